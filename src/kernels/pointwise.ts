/**
 * Element-wise work: out[i] = f(a[...], b[...], ...), one invocation per element.
 *
 * A chain of element-wise ops is a list of steps; it becomes one WGSL function of the output's linear index i, and,
 * where the chain follows a matrix kernel or a reduction, of the value that kernel has just computed ('input').
 * Broadcasting, transposing, slicing and flipping are index maps of the loads and cost no memory traffic.
 */
import { FUNCTIONS, HELPERS, type PointwiseFn } from './functions.js';
import { ELEMENT, ELEMENT_WORKGROUP, elementGrid } from './grid.js';
import type { IndexMap } from './index-map.js';
import type { Kernel, Target } from './kernel.js';
import { KernelWriter } from './writer.js';

export type Step =
  | { readonly kind: 'load'; readonly operand: string; readonly elements: number; readonly map: IndexMap }
  | { readonly kind: 'index'; readonly map: IndexMap }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'input' }
  | { readonly kind: 'apply'; readonly fn: PointwiseFn; readonly args: readonly number[] };

/** Steps in order of evaluation; the last one is the result. */
export interface Pointwise {
  readonly steps: readonly Step[];
}

/**
 * Defines `fn finish(i: u32, input: f32) -> f32` in the kernel being written and returns how to write its call. i is the
 * linear index of the element in the result; input, the kernel's own value there, is unused where no step asks for it.
 * Where there is no work the value stays as it is.
 */
export function defineFinish(writer: KernelWriter, work: Pointwise | undefined): (i: string, value: string) => string {
  if (!work) return (_, value) => value;
  const lines: string[] = [];
  const loaded = new Map<string, ReturnType<KernelWriter['read']>>();
  work.steps.forEach((step, k) => {
    let value: string;
    switch (step.kind) {
      case 'load': {
        let operand = loaded.get(step.operand);
        if (!operand) loaded.set(step.operand, operand = writer.read(step.operand, step.elements));
        value = operand.at(indexExpression(writer, step.map));
        break;
      }
      case 'index':
        value = `f32(${indexExpression(writer, step.map)})`;
        break;
      case 'constant':
        value = writer.param('value', step.value, 'f32');
        break;
      case 'input':
        value = 'input';
        break;
      case 'apply': {
        const helper = HELPERS[step.fn];
        if (helper) writer.define(`fn_${step.fn}`, helper);
        value = (FUNCTIONS[step.fn] as (...args: string[]) => string)(...step.args.map((a) => `t${a}`));
        break;
      }
    }
    lines.push(`  let t${k} = ${value};`);
  });
  writer.define('finish', `fn finish(i: u32, input: f32) -> f32 {\n${lines.join('\n')}\n  return t${work.steps.length - 1};\n}`);
  return (i, value) => `finish(${i}, ${value})`;
}

/** WGSL expression of the map at the u32 expression i. */
export function indexExpression(writer: KernelWriter, map: IndexMap, i = 'i'): string {
  const parts = map.terms.map(({ div, mod, stride }) => {
    let e = div === 1 ? i : `(${i} / ${writer.param('div', div)})`;
    if (mod !== 0) e = `(${e} % ${writer.param('wrap', mod)})`;
    return stride === 1 ? e : `${e} * ${writer.step('stride', stride)}`;
  });
  if (map.offset !== 0) parts.unshift(writer.step('offset', map.offset));
  return parts.length === 0 ? '0u' : parts.join(' + ');
}

/** One pass over `elements` results; `scatter` places result i elsewhere in an operand of `total` elements (concatenation). */
export function pointwiseKernel(
  target: Target,
  name: string,
  work: Pointwise,
  elements: number,
  scatter?: { readonly map: IndexMap; readonly total: number }
): Kernel {
  const writer = new KernelWriter(target, name);
  const finish = defineFinish(writer, work);
  const out = writer.write('out', scatter?.total ?? elements);
  const count = writer.param('elements', elements);
  const place = scatter ? indexExpression(writer, scatter.map) : 'i';
  return writer.build(ELEMENT_WORKGROUP, elementGrid(elements, target), `
  let i = ${ELEMENT};
  if (i >= ${count}) { return; }
  ${out.set(place, finish('i', '0.0'))}`);
}
