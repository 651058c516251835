/**
 * Softmax cross-entropy, one workgroup per row of logits z [N,C] with label y. With m the largest logit:
 *   p_j = exp(z_j - m) / sum of exp(z - m)
 *   loss = log1p(sum over j != y of exp(z_j - z_y)), shifted by the largest other logit where that exceeds z_y
 *   gradient_j = p_j for j != y, and -(sum over j != y of p_j) at y.
 * Neither the loss nor the gradient subtracts numbers near 1, so both keep their digits where p_y is within 1e-9 of 1.
 * Lanes take every LANES-th column and meet in a tree: the order of the sums depends on C alone.
 */
import { FUNCTIONS, HELPERS, orNaN } from './functions.js';
import { FLAT_WORKGROUP, flatGrid } from './grid.js';
import type { Lowering, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { KernelWriter } from './writer.js';

const LANES = 64;

/** Leaves in lane 0's `shared` slot the join of all lanes' values; every lane may read shared[0] after it. */
function tree(join: (a: string, b: string) => string): string {
  return `workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half = half / 2u) {
    if (li < half) { row[li] = ${join('row[li]', 'row[li + half]')}; }
    workgroupBarrier();
  }`;
}

function rows(target: Target, name: string, N: number, C: number, outputs: number, finish: Pointwise | undefined,
  body: (k: { z: (j: string) => string; C: string; set: (i: string, v: string) => string }) => string): Lowering {
  const writer = new KernelWriter(target, name);
  const z = writer.read('z', N * C);
  const y = writer.read('y', N);
  const finished = defineFinish(writer, finish);
  const out = writer.write('out', outputs);
  const classes = writer.param('classes', C);
  const count = writer.param('rows', N);
  writer.define('fn_log1p', HELPERS.log1p!);
  writer.define('fn_exp', HELPERS.exp!);
  writer.define('row', `var<workgroup> row: array<f32, ${LANES}>;`);
  const kernel = writer.build([LANES, 1, 1], flatGrid(N, target), `
  let n = ${FLAT_WORKGROUP};
  if (n >= ${count}) { return; }
  let label = u32(${y.at('n')});
  let zy = ${z.at(`n * ${classes} + min(label, ${classes} - 1u)`)};
  // The largest logit other than the label's.
  var m = -3.4028234e38;
  for (var j = li; j < ${classes}; j = j + ${LANES}u) { if (j != label) { let v = ${z.at(`n * ${classes} + j`)}; m = ${
    FUNCTIONS.max('v', 'm')
  }; } }
  row[li] = m;
  ${tree(FUNCTIONS.max)}
  let other = row[0];
  workgroupBarrier();
  ${body({ z: (j) => z.at(`n * ${classes} + ${j}`), C: classes, set: (i, v) => out.set(i, finished(i, v)) })}`);
  return { kernels: [kernel], scratch: [] };
}

/** Operands 'z' [N,C], 'y' [N], 'out' [N]. */
export function crossEntropyKernel(target: Target, N: number, C: number, finish?: Pointwise): Lowering {
  return rows(target, 'cross-entropy', N, C, N, finish, (k) => `
  let top = ${FUNCTIONS.max('other', 'zy')};
  var total = 0.0;
  for (var j = li; j < ${k.C}; j = j + ${LANES}u) { if (j != label) { total = total + fn_exp(${k.z('j')} - top); } }
  row[li] = total;
  ${tree((a, b) => `${a} + ${b}`)}
  if (li == 0u) {
    let s = row[0];
    var loss = 0.0;
    if (zy >= other) { loss = fn_log1p(s); }
    else { let q = s + fn_exp(zy - other); loss = (other - zy) + ${orNaN('q', 'log(q)')}; }
    ${k.set('n', 'loss')}
  }`);
}

/** Operands 'z' [N,C], 'y' [N], 'out' [N,C]. */
export function crossEntropyGradKernel(target: Target, N: number, C: number, finish?: Pointwise): Lowering {
  return rows(target, 'cross-entropy gradient', N, C, N * C, finish, (k) => `
  let top = ${FUNCTIONS.max('other', 'zy')};
  var total = 0.0;
  for (var j = li; j < ${k.C}; j = j + ${LANES}u) { if (j != label) { total = total + fn_exp(${k.z('j')} - top); } }
  row[li] = total;
  ${tree((a, b) => `${a} + ${b}`)}
  let others = row[0];
  let whole = others + fn_exp(zy - top);
  for (var j = li; j < ${k.C}; j = j + ${LANES}u) {
    var g = fn_exp(${k.z('j')} - top) / whole;
    if (j == label) { g = -(others / whole); }
    ${k.set(`(n * ${k.C} + j)`, 'g')}
  }`);
}
