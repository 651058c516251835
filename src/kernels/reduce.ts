/**
 * Sums and maxima over whole dimensions:  out[o] = reduce over r of x[o, r].
 *
 * One invocation owns one run of at most CHUNK terms of one result; longer reductions write partial results and reduce
 * those in the same way. Within a run, terms are added in blocks, so that rounding grows with the root of the number of
 * blocks. The order of every sum depends on the reduction's length alone: reruns, and other batch sizes, give the same bits.
 */
import { FUNCTIONS } from './functions.js';
import { ELEMENT, ELEMENT_WORKGROUP, elementGrid } from './grid.js';
import type { Kernel, Lowering, Target } from './kernel.js';
import { affineMap, rowMajor, type IndexMap } from './index-map.js';
import { defineFinish, indexExpression, type Pointwise } from './pointwise.js';
import { KernelWriter } from './writer.js';

/** Terms of one invocation. */
const CHUNK = 1024;
/** Terms summed before they join the run's sum: as many as a full run has blocks, so that neither sum is long. */
const CHUNK_BLOCK = 32;

/** Operands 'x' (of the given shape) and 'out'; axes are reduced. Scratch 'partial', 'partial2', ... */
export function reduceKernels(
  target: Target,
  kind: 'sum' | 'max',
  shape: readonly number[],
  axes: readonly number[],
  finish?: Pointwise
): Lowering {
  const kept = shape.map((_, k) => k).filter((k) => !axes.includes(k));
  const outputs = kept.reduce((n, k) => n * shape[k], 1);
  let length = axes.reduce((n, k) => n * shape[k], 1);
  let map = { from: 'x', elements: outputs * length, kept: dimensionMap(shape, kept),
    reduced: dimensionMap(shape, [...axes].sort((a, b) => a - b)) };
  const kernels: Kernel[] = [];
  const scratch: { operand: string; elements: number }[] = [];
  while (length > CHUNK) {
    const chunks = Math.ceil(length / CHUNK);
    const to = scratch.length === 0 ? 'partial' : `partial${scratch.length + 1}`;
    scratch.push({ operand: to, elements: outputs * chunks });
    kernels.push(pass(target, kind, map, outputs, length, chunks, to));
    map = {
      from: to,
      elements: outputs * chunks,
      kept: { offset: 0, terms: [{ div: 1, mod: 0, stride: chunks }] },
      reduced: { offset: 0, terms: [{ div: 1, mod: 0, stride: 1 }] },
    };
    length = chunks;
  }
  kernels.push(pass(target, kind, map, outputs, length, 1, 'out', finish));
  return { kernels, scratch };
}

/** Where the i-th combination of the given dimensions begins. */
export function dimensionMap(shape: readonly number[], dims: readonly number[]): IndexMap {
  const strides = rowMajor(shape);
  return affineMap(dims.map((d) => shape[d]), dims.map((d) => strides[d]));
}

function pass(
  target: Target,
  kind: 'sum' | 'max',
  map: { from: string; elements: number; kept: IndexMap; reduced: IndexMap },
  outputs: number,
  length: number,
  chunks: number,
  to: string,
  finish?: Pointwise
): Kernel {
  const writer = new KernelWriter(target, `${kind} of ${length}${chunks > 1 ? ' in parts' : ''}`);
  const x = writer.read(map.from, map.elements);
  const finished = defineFinish(writer, finish);
  const out = writer.write(to, outputs * chunks);
  const total = writer.param('total', outputs * chunks);
  const n = writer.param('length', length);
  const parts = writer.param('chunks', chunks);
  const run = writer.param('chunk', Math.ceil(length / chunks));
  const base = indexExpression(writer, map.kept, 'o');
  const at = x.at(`base + ${indexExpression(writer, map.reduced, 'r')}`);
  const join = kind === 'sum' ? 'block = block + v;' : `block = ${FUNCTIONS.max('v', 'block')};`;
  const merge = kind === 'sum' ? 'acc = acc + block;' : `acc = ${FUNCTIONS.max('block', 'acc')};`;
  // A maximum begins with a term of its own: there is no infinity to write in WGSL, and -infinity may be the answer.
  const start = kind === 'sum' ? '0.0' : x.at(`base + ${indexExpression(writer, map.reduced, 'first')}`);
  return writer.build(ELEMENT_WORKGROUP, elementGrid(outputs * chunks, target), `
  let i = ${ELEMENT};
  if (i >= ${total}) { return; }
  let o = i / ${parts};
  let first = (i % ${parts}) * ${run};
  let end = min(first + ${run}, ${n});
  let base = ${base};
  let start = ${start};
  var acc = start;
  for (var r0 = first; r0 < end; r0 = r0 + ${CHUNK_BLOCK}u) {
    var block = start;
    for (var r = r0; r < min(r0 + ${CHUNK_BLOCK}u, end); r = r + 1u) {
      let v = ${at};
      ${join}
    }
    ${merge}
  }
  ${out.set('i', finished('i', 'acc'))}`);
}
