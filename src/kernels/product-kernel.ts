/** Which schedule computes an implicit product (product.ts). */
import type { Kernel, Target } from './kernel.js';
import type { Pointwise } from './pointwise.js';
import type { Product } from './product.js';
import { depthwiseProduct } from './product-depthwise.js';
import { registerProduct } from './product-register.js';
import { tileProduct } from './product-tile.js';

/** Rows per group below which a shared-memory tile would mostly compute nothing. */
export const NARROW = 16;

/** The kernel of one product in the schedule that suits the adapter; narrow products never pay for a tile. */
export function productKernel(target: Target, product: Product, finish?: Pointwise): Kernel {
  if (product.rows === 1 && product.k === 1 && product.x.perTap !== 0 && product.x.taps > 0) {
    return depthwiseProduct(target, product, finish);
  }
  if (target.schedule === 'tile' && product.rows > NARROW) return tileProduct(target, product, finish);
  return registerProduct(target, product, finish);
}
