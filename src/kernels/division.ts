/** Division of indices by a size that only the parameters know, exact and quick. */
import type { KernelWriter } from './writer.js';

/** Dividends up to here are divided exactly by multiplying with the float32 reciprocal: (a + 1/2) / d is far enough from whole numbers. */
const EXACT = 2 ** 21;

/**
 * Returns how to write dividend / divisor for dividends up to `largest`. CPU adapters have no vector division of
 * integers, and the few divisions that place a column would cost as much as a short sum.
 */
export function divider(w: KernelWriter, name: string, divisor: number, largest: number): (dividend: string) => string {
  if (largest > EXACT) {
    const d = w.param(name, divisor);
    return (dividend) => `((${dividend}) / ${d})`;
  }
  const inverse = w.param(`${name}Inverse`, 1 / divisor, 'f32');
  w.define('quotient', 'fn quotient(a: u32, inverse: f32) -> u32 { return u32(i32((f32(i32(a)) + 0.5) * inverse)); }');
  return (dividend) => `quotient(${dividend}, ${inverse})`;
}
