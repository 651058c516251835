/** Grids of workgroups, and the WGSL by which an invocation finds what is its own in them. */
import type { Target } from './kernel.js';
import type { KernelWriter } from './writer.js';

type Grid = [number, number, number];

/** A grid for `count` workgroups in one line, folded into x and y; the body finds its number with FLAT_WORKGROUP. */
export function flatGrid(count: number, target: Target): Grid {
  const x = Math.min(count, target.maxGrid);
  return [Math.max(1, x), Math.max(1, Math.ceil(count / Math.max(1, x))), 1];
}

/** WGSL expression: this workgroup's number in a flatGrid. */
export const FLAT_WORKGROUP = '(wid.x + wid.y * nwg.x)';

/** The workgroup of kernels with one invocation per element of their result. */
export const ELEMENT_WORKGROUP = [64, 1, 1] as const;

/** The grid of such a kernel; its last workgroups may have nothing to do. */
export function elementGrid(elements: number, target: Target): Grid {
  return flatGrid(Math.ceil(elements / ELEMENT_WORKGROUP[0]), target);
}

/** WGSL expression: the element of this invocation in an elementGrid. */
export const ELEMENT = `${FLAT_WORKGROUP} * ${ELEMENT_WORKGROUP[0]}u + li`;

/**
 * A grid of x * y * z workgroups and the code that finds the three numbers `tileX`, `tileY` and `tileZ`: the workgroup's
 * own coordinates where the adapter allows so many, else counted along a flat grid, whose last workgroups may have
 * nothing to do.
 */
export function tileGrid(w: KernelWriter, x: number, y: number, z: number): { readonly grid: Grid; readonly decode: string } {
  if (Math.max(x, y, z) <= w.target.maxGrid) {
    return { grid: [x, y, z], decode: '  let tileX = wid.x; let tileY = wid.y; let tileZ = wid.z;' };
  }
  const n = w.params('tiles', { X: x, Y: y, Z: z });
  const tileX = `tile % ${n.X}`;
  const tileY = `(tile / ${n.X}) % ${n.Y}`;
  const tileZ = `tile / ${n.X} / ${n.Y}`;
  return {
    grid: flatGrid(x * y * z, w.target),
    decode: `  let tile = ${FLAT_WORKGROUP}; let tileX = ${tileX}; let tileY = ${tileY}; let tileZ = ${tileZ};
  if (tileZ >= ${n.Z}) { return; }`,
  };
}
