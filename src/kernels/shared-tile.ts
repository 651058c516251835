/**
 * What the micro-kernels with shared-memory tiles (gemm-tile.ts, gemm-nt-tile.ts) have in common: 256 invocations, SIDE x
 * SIDE, compute T x T elements; the reduction goes by in steps of STEP terms, whose parts of A and B lie in workgroup memory.
 */
import { range, type KernelWriter } from './writer.js';

/** Terms of the reduction in the tiles at once. */
export const STEP = 16;
/** Invocations along each side of a tile. */
export const SIDE = 16;

/** Steps whose multiply-adds stand in the text one after the other. */
const UNROLL = 4;

/**
 * Declares tileA and tileB and gives, between two barriers, one step's multiply-adds on them: s{r}_{c} += a column of
 * tileA times a row of tileB. Needs `mr` and `mc`, the invocation's first row and column. The loop's end is a parameter:
 * a driver that unrolled it further would compile for seconds.
 */
export function innerProducts(w: KernelWriter, T: number): string {
  w.define('tileA', `var<workgroup> tileA: array<f32, ${STEP * T}>;`);
  w.define('tileB', `var<workgroup> tileB: array<f32, ${STEP * T}>;`);
  const M = range(T / SIDE);
  const end = w.param('step', STEP);
  const one = (u: number): string =>
    `      { let at = (step + ${u}u) * ${T}u + mr; let bt = (step + ${u}u) * ${T}u + mc;
      ${M.map((i) => `let a_${i} = tileA[at + ${i}u]; let b_${i} = tileB[bt + ${i}u];`).join(' ')}
${M.map((r) => `      ${M.map((c) => `s${r}_${c} = a_${r} * b_${c} + s${r}_${c};`).join(' ')}`).join('\n')} }`;
  return `    workgroupBarrier();
    for (var step = 0u; step < ${end}; step += ${UNROLL}u) {
${range(UNROLL).map(one).join('\n')}
    }
    workgroupBarrier();`;
}
