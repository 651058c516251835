/**
 * Filter saliency of every sample: out[n,k] = mean over c,r,s of |dW_n[k,c,r,s]|, dW_n the weight gradient of sample n
 * alone (equation 1 of the method). The other aggregation takes |.| of the mean instead.
 *
 * M = the group's filters, N = the group's weights per filter, K = positions. The absolute value needs the complete sum
 * over positions first, so one workgroup owns it for its filters and a run of weight tiles, and adds the tiles'
 * absolute values as it goes. What it found goes to the scratch 'partial' [N, K, parts]; a second pass adds the parts
 * in order. The weight gradients themselves are never written, and a whole batch is one dispatch.
 */
import { describe, type ConvShape } from './conv-shape.js';
import { ELEMENT, ELEMENT_WORKGROUP, elementGrid, tileGrid } from './grid.js';
import type { Kernel, Lowering, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { gemmNT } from './schedule.js';
import { storeRows } from './sums.js';
import { KernelWriter, range } from './writer.js';

/**
 * How the gradients of a filter's weights become one number. 'mean-abs': the mean of their absolute values, the paper's.
 * 'abs-mean': the absolute value of their mean, with which the authors' published statistics were computed. Never mix the two.
 */
export type Aggregation = 'mean-abs' | 'abs-mean';

/** A kernel that leaves sums over weights in 'partial' [N, K, parts]. */
interface PartialSaliency {
  readonly kernel: Kernel;
  readonly parts: number;
}

/** Operands 'x' [N,C,H,W], 'dy' [N,K,OH,OW] and 'out' [N,K]; element i is stored as finish(i, saliency). */
export function filterSaliency(target: Target, s: ConvShape, aggregation: Aggregation, finish?: Pointwise): Lowering {
  const { kernel, parts } = partialSaliency(target, s, aggregation);
  const weights = (s.C / s.groups) * s.R * s.S;
  return {
    kernels: [kernel, addParts(target, s.N * s.K, parts, weights, aggregation, finish)],
    scratch: [{ operand: 'partial', elements: s.N * s.K * parts }],
  };
}

/** Workgroups per sample that keep an adapter busy. */
const WANTED = { register: 16, tile: 128 } as const;

function partialSaliency(target: Target, s: ConvShape, aggregation: Aggregation): PartialSaliency {
  const weights = (s.C / s.groups) * s.R * s.S;
  const w = new KernelWriter(target, `filter saliency ${describe(s)} ${target.schedule}`);
  const part = gemmNT(w, s);
  const rowTiles = Math.ceil(part.filters / part.tileRows);
  const columnTiles = Math.ceil(weights / part.tileColumns);
  // The split must not depend on the batch: a sample's sums are added in the same order in any batch.
  const runTiles = Math.ceil(columnTiles / Math.min(columnTiles, Math.ceil(WANTED[target.schedule] / (rowTiles * part.groups))));
  const runs = Math.ceil(columnTiles / runTiles);
  const parts = runs * part.sharers;
  const PARTIAL = w.write('partial', s.N * s.K * parts);
  const { grid, decode } = tileGrid(w, runs, rowTiles * part.groups, s.N);
  const n = w.params('of', { RowTiles: rowTiles, Run: runTiles, Columns: columnTiles, Parts: parts, Filters: part.filters, Weights: weights,
    Blocks: part.imageBlocks, K: s.K });
  const R = range(part.rows);
  const C = range(part.columns);
  const term = (r: number, c: number): string => {
    const total = aggregation === 'mean-abs' ? `abs(total${r}_${c})` : `total${r}_${c}`;
    return `select(0.0, ${total}, firstColumn + ${c * part.columnStep}u < ${n.Weights})`;
  };
  const kernel = w.build([part.workgroup, 1, 1], grid, `${decode}
  let group = tileY / ${n.RowTiles};
  let tileRow = (tileY - group * ${n.RowTiles}) * ${part.tileRows}u;
  let block0 = tileZ * ${n.Blocks}; let block1 = block0 + ${n.Blocks};
${part.setup}
${R.map((r) => `  var sum${r}_0 = 0.0;`).join('\n')}
  let runEnd = min((tileX + 1u) * ${n.Run}, ${n.Columns});
  for (var columnTile = tileX * ${n.Run}; columnTile < runEnd; columnTile++) {
  let tileColumn = columnTile * ${part.tileColumns}u;
${part.sum}
${R.map((r) => `  sum${r}_0 = sum${r}_0 + (${C.map((c) => term(r, c)).join(' + ')});`).join('\n')}
  }
${
    storeRows(part.rows, 1, 'sum', (row, value) =>
      `  if (${row} < ${n.Filters}) {
    ${PARTIAL.set(`(tileZ * ${n.K} + group * ${n.Filters} + ${row}) * ${n.Parts} + tileX * ${part.sharers}u + sharer`, value(0))}
  }`)
  }`);
  return { kernel, parts };
}

/** out[i] = finish(i, sum of partial[i, :] / weights), added in order. */
function addParts(target: Target, elements: number, parts: number, weights: number, aggregation: Aggregation, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, `filter saliency mean ${target.schedule}`);
  const PARTIAL = w.read('partial', elements * parts);
  const OUT = w.write('out', elements);
  const finished = defineFinish(w, finish);
  const n = w.params('of', { Elements: elements, Parts: parts });
  const mean = `sum / ${w.param('weights', weights, 'f32')}`;
  const value = aggregation === 'mean-abs' ? mean : `abs(${mean})`;
  return w.build(ELEMENT_WORKGROUP, elementGrid(elements, target), `  let i = ${ELEMENT};
  if (i >= ${n.Elements}) { return; }
  var sum = 0.0;
  for (var part = 0u; part < ${n.Parts}; part++) { sum = sum + ${PARTIAL.at(`i * ${n.Parts} + part`)}; }
  ${OUT.set('i', finished('i', value))}`);
}
