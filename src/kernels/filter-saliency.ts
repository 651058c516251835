/**
 * Filter saliency of every sample: out[n,k] = mean over c,r,s of |dW_n[k,c,r,s]|, dW_n the weight gradient of sample n
 * alone (equation 1 of the method). The other aggregation takes |.| of the mean instead.
 *
 * M = the group's filters, N = the group's weights per filter, K = positions. The absolute value needs the complete sum
 * over positions first, so one workgroup owns it for its filters and a run of weight tiles, and adds the tiles'
 * absolute values as it goes. What it found goes to the scratch 'partial' [N, K, parts]; a second pass adds the parts
 * in order. The weight gradients themselves are never written, and a whole batch is one dispatch.
 */
import { describe, isPointwiseConv, type ConvShape } from './conv-shape.js';
import { longLines, registerCorrelation } from './correlation-register.js';
import { FLAT_WORKGROUP, flatGrid, KernelWriter, type Kernel, type Lowering, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import { range, rowsPerInvocation } from './product-register.js';

/** 'mean-abs': the mean of absolute values, the paper's. 'abs-mean': the absolute value of the mean. */
export type Aggregation = 'mean-abs' | 'abs-mean';

/** Operands 'x' [N,C,H,W], 'dy' [N,K,OH,OW] and 'out' [N,K]; element i is stored as finish(i, saliency). */
export function filterSaliency(target: Target, shape: ConvShape, aggregation: Aggregation, finish?: Pointwise): Lowering {
  const s = longLines(shape, isPointwiseConv(shape));
  const { kernel, parts } = registerSaliency(target, s, aggregation);
  const weights = (s.C / s.groups) * s.R * s.S;
  return {
    kernels: [kernel, addParts(target, s.N * s.K, parts, weights, aggregation, finish)],
    scratch: [{ operand: 'partial', elements: s.N * s.K * parts }],
  };
}

/** Workgroups per sample that keep an adapter busy. */
const WANTED = { register: 16, tile: 128 } as const;

function registerSaliency(target: Target, s: ConvShape, aggregation: Aggregation): { kernel: Kernel; parts: number } {
  const filters = s.K / s.groups;
  const weights = (s.C / s.groups) * s.R * s.S;
  const w = new KernelWriter(target, `filter saliency ${describe(s)} ${target.schedule}`);
  const tileRows = rowsPerInvocation(target, filters);
  const part = registerCorrelation(w, target, s, tileRows);
  const rowTiles = Math.ceil(filters / tileRows);
  const columnTiles = Math.ceil(weights / part.columns);
  // The split must not depend on the batch: a sample's sums are added in the same order in any batch.
  const runs = Math.min(columnTiles, Math.ceil(WANTED[target.schedule] / (rowTiles * s.groups)));
  const runTiles = Math.ceil(columnTiles / runs);
  const parts = Math.ceil(columnTiles / runTiles) * part.lanes;
  const PARTIAL = w.write('partial', s.N * s.K * parts);
  const n = {
    images: w.param('images', s.N), groups: w.param('groups', s.groups), rowTiles: w.param('rowTiles', rowTiles), runs: w.param('runs', parts / part.lanes),
    runTiles: w.param('runTiles', runTiles), columnTiles: w.param('columnTiles', columnTiles), parts: w.param('parts', parts),
    filters: w.param('filters', filters), weights: w.param('weights', weights), oh: w.param('oh', s.OH), k: w.param('k', s.K),
  };
  const R = range(tileRows);
  const C = range(part.perLane);
  const term = (r: number, c: number): string => {
    const total = aggregation === 'mean-abs' ? `abs(total${r}_${c})` : `total${r}_${c}`;
    return `select(0.0, ${total}, firstColumn + ${c * part.lanes}u < ${n.weights})`;
  };
  const kernel = w.build([part.lanes, 1, 1], flatGrid((parts / part.lanes) * rowTiles * s.groups * s.N, target), `  let tile = ${FLAT_WORKGROUP};
  let run = tile % ${n.runs};
  let row0 = ((tile / ${n.runs}) % ${n.rowTiles}) * ${tileRows}u;
  let group = (tile / ${n.runs} / ${n.rowTiles}) % ${n.groups};
  let image = tile / ${n.runs} / ${n.rowTiles} / ${n.groups};
  if (image >= ${n.images}) { return; }
  let line0 = 0u; let line1 = ${n.oh};
${part.setup}
${R.map((r) => `  var sum${r} = 0.0;`).join('\n')}
  let runEnd = min((run + 1u) * ${n.runTiles}, ${n.columnTiles});
  for (var columnTile = run * ${n.runTiles}; columnTile < runEnd; columnTile++) {
  let firstColumn = columnTile * ${part.columns}u + li;
${part.sum}
${R.map((r) => `  sum${r} = sum${r} + (${C.map((c) => term(r, c)).join(' + ')});`).join('\n')}
  }
  var sums = array<f32, ${tileRows}>(${R.map((r) => `sum${r}`).join(', ')});
  for (var r = 0u; r < ${tileRows}u; r++) {
    if (row0 + r < ${n.filters}) {
      let owner = group * ${n.filters} + row0 + r;
      ${PARTIAL.set(`(image * ${n.k} + owner) * ${n.parts} + run * ${part.lanes}u + li`, 'sums[r]')}
    }
  }`);
  return { kernel, parts };
}

/** out[i] = finish(i, sum of partial[i, :] / weights), added in order. */
function addParts(target: Target, elements: number, parts: number, weights: number, aggregation: Aggregation, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, `filter saliency mean ${target.schedule}`);
  const PARTIAL = w.read('partial', elements * parts);
  const OUT = w.write('out', elements);
  const finished = finish ? definePointwise(w, finish) : undefined;
  const count = w.param('elements', elements);
  const number = w.param('parts', parts);
  const mean = `sum / ${w.param('weights', weights, 'f32')}`;
  const value = aggregation === 'mean-abs' ? mean : `abs(${mean})`;
  return w.build([64, 1, 1], flatGrid(Math.ceil(elements / 64), target), `  let i = ${FLAT_WORKGROUP} * 64u + li;
  if (i >= ${count}) { return; }
  var sum = 0.0;
  for (var part = 0u; part < ${number}; part++) { sum = sum + ${PARTIAL.at(`i * ${number} + part`)}; }
  ${OUT.set('i', finished ? `${finished}(i, ${value})` : value)}`);
}
