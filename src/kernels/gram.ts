/**
 * Gram matrix of a convolution's windows, added to what is there: with u_n,p = the D = C/groups * R * S values of x under the window at
 * position p of image n (zeros where it reaches beyond x),
 *
 *   H[g, i, j] += sum over n of (sum over p of u_n,p[i] u_n,p[j]),  j <= i
 *
 * As an implicit GEMM with its second factor transposed (gemm-nt.ts) both of whose factors are gathered by taps, not unfolded: M = N = D,
 * K = positions. Only tiles that hold elements with j <= i are computed, and no other element is written. An image's positions are
 * summed in blocks (summation.ts), the images are added one after another to what stands in H: its bits depend neither on the batch nor
 * on how images are divided into batches. Where D gives a GPU too few tiles, every image is summed in workgroups of its own, to the
 * scratch 'partial' [N, groups * D * D], and a second pass adds the images in the same order.
 */
import { describe, type ConvShape } from './conv-shape.js';
import { gramSize } from './gram-sums.js';
import { ELEMENT, ELEMENT_WORKGROUP, elementGrid, tileGrid } from './grid.js';
import type { Kernel, Lowering, Target } from './kernel.js';
import { gramSums } from './schedule.js';
import { KernelWriter, range } from './writer.js';

/** Tiles below which a GPU is not busy, and every image gets workgroups of its own. */
const FEW_TILES = 64;

/**
 * Operands 'x' [N,C,H,W] and 'out' [groups,D,D], which is read and written; K of the shape does not matter. Elements of it with j > i are
 * left alone.
 */
export function gram(target: Target, shape: Omit<ConvShape, 'K'>): Lowering {
  const D = gramSize(shape);
  const s: ConvShape = { ...shape, K: shape.groups * D };
  const elements = s.groups * D * D;
  const w = new KernelWriter(target, `gram ${describe(s)} ${target.schedule}`);
  w.takes((s.N * s.groups * s.OH * s.OW * D * (D + 1)) / 2);
  const part = gramSums(w, s);
  const tiles = range(Math.ceil(D / part.tileRows)).reduce((n, k) => n + Math.ceil(Math.min(D, (k + 1) * part.tileRows) / part.tileColumns),
    0);
  const split = target.schedule === 'tile' && s.N > 1 && s.groups * tiles < FEW_TILES;
  const H = w.write(split ? 'partial' : 'out', split ? s.N * elements : elements);
  const rowTiles = Math.ceil(D / part.tileRows);
  const { grid, decode } = tileGrid(w, Math.ceil(D / part.tileColumns), rowTiles * s.groups, split ? s.N : 1);
  const n = w.params('of', { RowTiles: rowTiles, Size: D, Images: s.N, Elements: elements });
  const at = (r: number, c: number): string =>
    `(group * ${n.Size} + min(row0 + ${r}u, ${n.Size} - 1u)) * ${n.Size} + min(firstColumn + ${c * part.columnStep}u, ${n.Size} - 1u)`;
  const each = (text: (r: number, c: number) => string): string =>
    range(part.rows).map((r) => `  ${range(part.columns).map((c) => text(r, c)).join(' ')}`).join('\n');
  const zero = each((r, c) => `var total${r}_${c} = 0.0;`);
  const store = (name: string, from: string): string =>
    `  var all = array<f32, ${part.rows * part.columns}>(${
      range(part.rows).flatMap((r) => range(part.columns).map((c) => `${name}${r}_${c}`)).join(', ')
    });
  for (var r = 0u; r < ${part.rows}u; r++) {
    let row = row0 + r;
${
      range(part.columns).map((c) =>
        `    let column${c}_ = firstColumn + ${c * part.columnStep}u;
    if (row < ${n.Size} && column${c}_ <= row) {
      ${H.set(`${from}(group * ${n.Size} + row) * ${n.Size} + column${c}_`, `all[r * ${part.columns}u + ${c}u]`)}
    }`
      ).join('\n')
    }
  }`;
  const body = split
    ? `  let image = tileZ;\n${zero}\n${part.image}\n${store('total', `image * ${n.Elements} + `)}`
    : `${each((r, c) => `var sum${r}_${c} = ${H.at(at(r, c))};`)}
  for (var image = 0u; image < ${n.Images}; image++) {
${zero}
${part.image}
${each((r, c) => `sum${r}_${c} = sum${r}_${c} + total${r}_${c};`)}
  }
${store('sum', '')}`;
  const kernel = w.build([part.workgroup, 1, 1], grid, `${decode}
  let group = tileY / ${n.RowTiles};
  let tileRow = (tileY - group * ${n.RowTiles}) * ${part.tileRows}u;
  let tileColumn = tileX * ${part.tileColumns}u;
  if (tileColumn >= tileRow + ${part.tileRows}u) { return; }
${part.setup}
${body}`);
  if (!split) return { kernels: [kernel], scratch: [] };
  return { kernels: [kernel, addImages(target, s.N, s.groups, D)], scratch: [{ operand: 'partial', elements: s.N * elements }] };
}

/** h[g,i,j] += sum over images of partial[image,g,i,j], one after another, j <= i. */
function addImages(target: Target, images: number, groups: number, D: number): Kernel {
  const elements = groups * D * D;
  const w = new KernelWriter(target, 'gram sum');
  const PARTIAL = w.read('partial', images * elements);
  const H = w.write('out', elements);
  const n = w.params('of', { Elements: elements, Images: images, Size: D });
  return w.build(ELEMENT_WORKGROUP, elementGrid(elements, target), `  let i = ${ELEMENT};
  if (i >= ${n.Elements} || i % ${n.Size} > (i / ${n.Size}) % ${n.Size}) { return; }
  var sum = ${H.at('i')};
  for (var image = 0u; image < ${n.Images}; image++) { sum = sum + ${PARTIAL.at(`image * ${n.Elements} + i`)}; }
  ${H.set('i', 'sum')}`);
}
