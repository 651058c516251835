/**
 * Weight gradient of a convolution, summed over the batch: dw[k,c,r,s] = sum over n,oh,ow of dy[n,k,oh,ow] * x[n,c,ih,iw].
 *
 * M = the group's filters, N = the group's weights per filter (c,r,s), K = images times positions. Where this gives
 * too few workgroups, the blocks of positions are split into chunks whose sums go to the scratch 'partial'
 * [chunks, K * C/groups * R * S]; a second pass adds them in order. Where the groups hold several samples, each has the
 * sums of its own, split as if it were alone.
 */
import { describe, oneSample, type ConvShape } from './conv-shape.js';
import type { GemmNT } from './gemm-nt.js';
import { ELEMENT, ELEMENT_WORKGROUP, elementGrid, tileGrid } from './grid.js';
import type { Kernel, Lowering, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { gemmNT } from './schedule.js';
import { storeRows } from './sums.js';
import { KernelWriter, range } from './writer.js';

/** Workgroups that keep an adapter busy. */
const WANTED = { register: 16, tile: 256 } as const;

/** How the blocks of all images are split, where one sample's weights make so many tiles. */
function chunksOf(target: Target, blocks: number, tiles: number): { readonly chunks: number; readonly chunkBlocks: number } {
  const chunkBlocks = Math.ceil(blocks / Math.min(blocks, Math.ceil(WANTED[target.schedule] / tiles)));
  return { chunks: Math.ceil(blocks / chunkBlocks), chunkBlocks };
}

/** Tiles of filters in all groups of one sample; a depthwise one is a single group of all its filters. */
function rowTilesOf(part: GemmNT, s: ConvShape): number {
  const { K, groups } = oneSample(s);
  return part.groups === 1 ? Math.ceil(K / part.tileRows) : groups * Math.ceil(K / groups / part.tileRows);
}

/** Operands 'x', 'dy' and 'out' [K,C/groups,R,S]; element i is stored as finish(i, sum). */
export function convWeightGrad(target: Target, s: ConvShape, finish?: Pointwise): Lowering {
  const weights = (s.C / s.groups) * s.R * s.S;
  const elements = s.K * weights;
  const w = new KernelWriter(target, `conv weight gradient ${describe(s)} ${target.schedule}`);
  const part = gemmNT(w, s);
  const blocks = s.N * part.imageBlocks;
  const rowTiles = Math.ceil(part.filters / part.tileRows);
  const columnTiles = Math.ceil(weights / part.tileColumns);
  const { chunks, chunkBlocks } = chunksOf(target, blocks, rowTilesOf(part, s) * columnTiles);
  const OUT = w.write(chunks === 1 ? 'out' : 'partial', elements * chunks);
  const finished = defineFinish(w, chunks === 1 ? finish : undefined);
  const { grid, decode } = tileGrid(w, columnTiles, rowTiles * part.groups, chunks);
  const n = w.params('of', { RowTiles: rowTiles, Chunk: chunkBlocks, Blocks: blocks, Elements: elements, Filters: part.filters,
    Weights: weights });
  const store = (row: string, value: (c: number) => string): string =>
    range(part.columns).map((c) =>
      `  if (${row} < ${n.Filters} && firstColumn + ${c * part.columnStep}u < ${n.Weights}) {
    let o = (group * ${n.Filters} + ${row}) * ${n.Weights} + firstColumn + ${c * part.columnStep}u;
    ${OUT.set(chunks === 1 ? 'o' : `tileZ * ${n.Elements} + o`, finished('o', value(c)))}
  }`
    ).join('\n');
  const kernel = w.build([part.workgroup, 1, 1], grid, `${decode}
  let group = tileY / ${n.RowTiles};
  let tileRow = (tileY - group * ${n.RowTiles}) * ${part.tileRows}u;
  let tileColumn = tileX * ${part.tileColumns}u;
  let block0 = tileZ * ${n.Chunk}; let block1 = min(block0 + ${n.Chunk}, ${n.Blocks});
${part.setup}
${part.sum}
${storeRows(part.rows, part.columns, 'total', store)}`);
  if (chunks === 1) return { kernels: [kernel], scratch: [] };
  return { kernels: [kernel, addChunks(target, elements, chunks, finish)], scratch: [{ operand: 'partial', elements: elements * chunks }] };
}

/** out[i] = finish(i, sum over chunks of partial[chunk, i]), added in order. */
function addChunks(target: Target, elements: number, chunks: number, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, `conv weight gradient sum ${target.schedule}`);
  const PARTIAL = w.read('partial', elements * chunks);
  const OUT = w.write('out', elements);
  const finished = defineFinish(w, finish);
  const n = w.params('of', { Elements: elements, Chunks: chunks });
  return w.build(ELEMENT_WORKGROUP, elementGrid(elements, target), `  let i = ${ELEMENT};
  if (i >= ${n.Elements}) { return; }
  var sum = 0.0;
  for (var chunk = 0u; chunk < ${n.Chunks}; chunk++) { sum = sum + ${PARTIAL.at(`chunk * ${n.Elements} + i`)}; }
  ${OUT.set('i', finished('i', 'sum'))}`);
}
