/** What the matrix kernels' texts have in common: numbers of tiles, quick divisions, tables of parameters. */
import { FLAT_WORKGROUP, flatGrid, type KernelWriter, type Target } from './kernel.js';

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Declares numbers as parameters, under the names of their keys after a prefix; negative ones must be named signed. */
export function params<K extends string>(w: KernelWriter, prefix: string, from: { readonly [P in K]: number },
  type: 'u32' | 'i32' = 'u32'): Record<K, string> {
  return Object.fromEntries(Object.entries<number>(from).map(([key, value]) => [key, w.param(prefix + key, value, type)])) as Record<K,
    string>;
}

/**
 * A grid of x * y * z workgroups and the code that finds the three numbers: the workgroup's own coordinates where the
 * adapter allows so many, else counted along a flat grid, whose last workgroups may have nothing to do.
 */
export function tileGrid(w: KernelWriter, target: Target, x: number, y: number,
  z: number): { grid: [number, number, number]; decode: string } {
  if (Math.max(x, y, z) <= target.maxGrid) return { grid: [x, y, z], decode: '  let tileX = wid.x; let tileY = wid.y; let tileZ = wid.z;' };
  const n = params(w, 'tiles', { X: x, Y: y, Z: z });
  return {
    grid: flatGrid(x * y * z, target),
    decode:
      `  let tile = ${FLAT_WORKGROUP}; let tileX = tile % ${n.X}; let tileY = (tile / ${n.X}) % ${n.Y}; let tileZ = tile / ${n.X} / ${n.Y};
  if (tileZ >= ${n.Z}) { return; }`,
  };
}

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
