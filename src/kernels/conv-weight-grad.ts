/**
 * Weight gradient of a convolution, summed over the batch: dw[k,c,r,s] = sum over n,oh,ow of dy[n,k,oh,ow] * x[n,c,ih,iw].
 *
 * M = the group's filters, N = the group's weights per filter (c,r,s), K = images times positions. Where this gives
 * too few workgroups, the lines (images times rows of dy) are split into chunks whose sums go to the scratch 'partial'
 * [chunks, K * C/groups * R * S]; a second pass adds them in order.
 */
import { describe, isPointwiseConv, type ConvShape } from './conv-shape.js';
import { longLines, registerCorrelation } from './correlation-register.js';
import { FLAT_WORKGROUP, flatGrid, KernelWriter, type Kernel, type Lowering, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import { range, rowsPerInvocation } from './product-register.js';

/** Operands 'x', 'dy' and 'out' [K,C/groups,R,S]; element i is stored as finish(i, sum). */
export function convWeightGrad(target: Target, shape: ConvShape, finish?: Pointwise): Lowering {
  const s = longLines(shape, isPointwiseConv(shape));
  return registerWeightGrad(target, s, finish);
}

/** Workgroups that keep an adapter busy, and terms below which a chunk is not worth its own pass. */
const WANTED = { register: 16, tile: 256 } as const;
const CHUNK_TERMS = 2048;

function chunksOf(target: Target, s: ConvShape, tiles: number): { chunks: number; chunkLines: number } {
  const lines = s.N * s.OH;
  const wanted = Math.min(Math.ceil(WANTED[target.schedule] / tiles), Math.ceil((lines * s.OW) / CHUNK_TERMS), lines);
  const chunkLines = Math.ceil(lines / wanted);
  return { chunks: Math.ceil(lines / chunkLines), chunkLines };
}

function registerWeightGrad(target: Target, s: ConvShape, finish?: Pointwise): Lowering {
  const filters = s.K / s.groups;
  const weights = (s.C / s.groups) * s.R * s.S;
  const elements = s.K * weights;
  const w = new KernelWriter(target, `conv weight gradient ${describe(s)} ${target.schedule}`);
  const tileRows = rowsPerInvocation(target, filters);
  const part = registerCorrelation(w, target, s, tileRows);
  const rowTiles = Math.ceil(filters / tileRows);
  const columnTiles = Math.ceil(weights / part.columns);
  const tiles = rowTiles * columnTiles * s.groups;
  const { chunks, chunkLines } = chunksOf(target, s, tiles);
  const OUT = w.write(chunks === 1 ? 'out' : 'partial', elements * chunks);
  const finished = finish && chunks === 1 ? definePointwise(w, finish) : undefined;
  const n = {
    rowTiles: w.param('rowTiles', rowTiles), columnTiles: w.param('columnTiles', columnTiles), tiles: w.param('tiles', tiles),
    chunks: w.param('chunks', chunks), chunkLines: w.param('chunkLines', chunkLines), lines: w.param('lines', s.N * s.OH),
    elements: w.param('elements', elements), filters: w.param('filters', filters), weights: w.param('weights', weights), oh: w.param('oh', s.OH),
  };
  const C = range(part.perLane);
  const store = (total: (c: number) => string): string => C.map((c) => `    if (row < ${n.filters} && firstColumn + ${c * part.lanes}u < ${n.weights}) {
      let o = (group * ${n.filters} + row) * ${n.weights} + firstColumn + ${c * part.lanes}u;
      ${OUT.set(`chunk * ${n.elements} + o`, finished ? `${finished}(o, ${total(c)})` : total(c))}
    }`).join('\n');
  const kernel = w.build([part.lanes, 1, 1], flatGrid(tiles * chunks, target), `  let tile = ${FLAT_WORKGROUP} % ${n.tiles}; let chunk = ${FLAT_WORKGROUP} / ${n.tiles};
  if (chunk >= ${n.chunks}) { return; }
  let group = tile / ${n.columnTiles} / ${n.rowTiles};
  let row0 = ((tile / ${n.columnTiles}) % ${n.rowTiles}) * ${tileRows}u;
  let firstColumn = (tile % ${n.columnTiles}) * ${part.columns}u + li;
  let line0 = chunk * ${n.chunkLines}; let line1 = min(line0 + ${n.chunkLines}, ${n.lines}); let image = line0 / ${n.oh};
${part.setup}
${part.sum}
  var totals = array<f32, ${tileRows * part.perLane}>(${range(tileRows).flatMap((r) => C.map((c) => `total${r}_${c}`)).join(', ')});
  for (var r = 0u; r < ${tileRows}u; r++) { let row = row0 + r;
${store((c) => `totals[r * ${part.perLane}u + ${c}u]`)}
  }`);
  if (chunks === 1) return { kernels: [kernel], scratch: [] };
  return { kernels: [kernel, addChunks(target, elements, chunks, finish)], scratch: [{ operand: 'partial', elements: elements * chunks }] };
}

/** out[i] = finish(i, sum over chunks of partial[chunk, i]), added in order. */
export function addChunks(target: Target, elements: number, chunks: number, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, `conv weight gradient sum ${target.schedule}`);
  const PARTIAL = w.read('partial', elements * chunks);
  const OUT = w.write('out', elements);
  const finished = finish ? definePointwise(w, finish) : undefined;
  const count = w.param('elements', elements);
  const parts = w.param('chunks', chunks);
  return w.build([64, 1, 1], flatGrid(Math.ceil(elements / 64), target), `  let i = ${FLAT_WORKGROUP} * 64u + li;
  if (i >= ${count}) { return; }
  var sum = 0.0;
  for (var chunk = 0u; chunk < ${parts}; chunk++) { sum = sum + ${PARTIAL.at(`chunk * ${count} + i`)}; }
  ${OUT.set('i', finished ? `${finished}(i, sum)` : 'sum')}`);
}
