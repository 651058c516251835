/**
 * Kernels that place elements: one invocation per element of the result, which finds where its value comes from.
 * A transpose that sums (takeTranspose) lets each result look for its sources, in order: no atomics.
 */
import { ELEMENT, ELEMENT_WORKGROUP, elementGrid } from './grid.js';
import type { Lowering, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { KernelWriter } from './writer.js';

/** Writes the body around `value`, WGSL statements that set `var v` for the result at linear index i. */
export function perElement(writer: KernelWriter, elements: number, statements: string, finish?: Pointwise): Lowering {
  const finished = defineFinish(writer, finish);
  const out = writer.write('out', elements);
  const total = writer.param('total', elements);
  const kernel = writer.build(ELEMENT_WORKGROUP, elementGrid(elements, writer.target), `
  let i = ${ELEMENT};
  if (i >= ${total}) { return; }
  var v = 0.0;
  ${statements}
  ${out.set('i', finished('i', 'v'))}`);
  return { kernels: [kernel], scratch: [] };
}

const elementsOf = (d: readonly number[]): number => d.reduce((a, b) => a * b, 1);

/** out[c] = x[(c - low) / (interior + 1)] where that is whole and inside x, else value. Operands 'x', 'out'. */
export function padKernel(
  target: Target,
  from: readonly number[],
  to: readonly number[],
  attrs: { readonly low: readonly number[]; readonly interior: readonly number[]; readonly value: number },
  finish?: Pointwise
): Lowering {
  const writer = new KernelWriter(target, `pad ${from.length}d`);
  const x = writer.read('x', elementsOf(from));
  const lines = [`var inside = true; var at = 0; var rest = i;`];
  for (let d = from.length - 1; d >= 0; d--) {
    const extent = writer.param('extent', to[d]);
    const low = writer.param('low', attrs.low[d], 'i32');
    const n = writer.param('n', from[d], 'i32');
    const stride = writer.param('stride', elementsOf(from.slice(d + 1)), 'i32');
    lines.push(`{ var c = i32(rest % ${extent}) - ${low}; rest = rest / ${extent};`);
    if (attrs.interior[d] > 0) {
      const gap = writer.param('gap', attrs.interior[d] + 1, 'i32');
      lines.push(`inside = inside && c >= 0 && c % ${gap} == 0; c = c / ${gap};`);
    }
    lines.push(`inside = inside && c >= 0 && c < ${n}; at = at + c * ${stride}; }`);
  }
  const value = writer.param('value', attrs.value, 'f32');
  lines.push(`v = ${value}; if (inside) { v = ${x.at('u32(at)')}; }`);
  return perElement(writer, elementsOf(to), lines.join('\n  '), finish);
}

/** out[a, k, b] = x[a, indices[k], b] with a and b the dimensions before and after the axis. Operands 'x', 'indices', 'out'. */
export function takeKernel(target: Target, from: readonly number[], axis: number, count: number, finish?: Pointwise): Lowering {
  const writer = new KernelWriter(target, 'take');
  const inner = elementsOf(from.slice(axis + 1));
  const outer = elementsOf(from.slice(0, axis));
  const x = writer.read('x', elementsOf(from));
  const indices = writer.read('indices', count);
  const [n, k, b] = [writer.param('extent', from[axis]), writer.param('count', count), writer.param('inner', inner)];
  return perElement(writer, outer * count * inner, `
  let e = min(u32(${indices.at(`(i / ${b}) % ${k}`)}), ${n} - 1u);
  v = ${x.at(`((i / ${b}) / ${k} * ${n} + e) * ${b} + i % ${b}`)};`, finish);
}

/** out[a, e, b] = sum over k with indices[k] = e of g[a, k, b], k ascending. Operands 'g', 'indices', 'out'. */
export function takeTransposeKernel(target: Target, from: readonly number[], axis: number, extent: number, finish?: Pointwise): Lowering {
  const writer = new KernelWriter(target, 'take transposed');
  const inner = elementsOf(from.slice(axis + 1));
  const outer = elementsOf(from.slice(0, axis));
  const g = writer.read('g', elementsOf(from));
  const indices = writer.read('indices', from[axis]);
  writer.takes(4 * outer * extent * inner * from[axis]);
  const [n, count, b] = [writer.param('extent', extent), writer.param('count', from[axis]), writer.param('inner', inner)];
  return perElement(writer, outer * extent * inner, `
  let e = (i / ${b}) % ${n};
  let base = (i / ${b}) / ${n} * ${count} * ${b} + i % ${b};
  for (var k = 0u; k < ${count}; k = k + 1u) {
    if (u32(${indices.at('k')}) == e) { v = v + ${g.at(`base + k * ${b}`)}; }
  }`, finish);
}
