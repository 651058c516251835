/**
 * The sums of gram.ts with shared-memory tiles, for GPUs. Tiling as in gemm-nt-tile.ts: 256 invocations compute T x T elements
 * (T = 64, or 32 for narrow layers), each T/16 x T/16 of them; positions go by in steps of 16, whose values under the rows' and the
 * columns' taps lie in workgroup memory, loaded along the positions.
 */
import type { ConvShape } from './conv-shape.js';
import { gatherOperands } from './gemm-nt.js';
import { gramSize, type Gram } from './gram-sums.js';
import { innerProducts, SIDE, STEP } from './shared-tile.js';
import { BLOCK } from './summation.js';
import { declareSums, joinTotals } from './sums.js';
import { range, type KernelWriter } from './writer.js';

export function tileGram(w: KernelWriter, s: ConvShape): Gram {
  const T = gramSize(s) > 32 ? 64 : 32;
  const mine = T / SIDE;
  const M = range(mine);
  const { X, n, flat, line, locate } = gatherOperands(w, s);
  const setup = [`  let mr = (li / ${SIDE}u) * ${mine}u; let mc = (li % ${SIDE}u) * ${mine}u;
  let row0 = tileRow + mr; let firstColumn = tileColumn + mc; let loadQ = li % ${STEP}u; let load0 = li / ${STEP}u;`];
  for (const [side, first] of [['r', 'tileRow'], ['c', 'tileColumn']]) {
    for (const i of M) {
      setup.push(`  let column${side}${i} = min(${first} + load0 + ${i * SIDE}u, ${n.weights} - 1u);`, locate(`${side}${i}`));
    }
  }
  const body: string[] = [];
  const put = (text: string): void => void body.push(text);
  const load = (side: string, tile: string, i: number): string => {
    const start = `image * ${n.xImage} + b${side}${i}`;
    const value = flat
      ? `if (has) { v = ${X.at(`${start} + q`)}; }`
      : `let iy = u32(top + y${side}${i}); let ix = u32(left + x${side}${i});
      if (has && iy < ${n.height} && ix < ${n.width}) { v = ${X.at(`${start} + iy * ${n.width} + ix`)}; }`;
    return `    { var v = 0.0; ${value}
      ${tile}[loadQ * ${T}u + load0 + ${i * SIDE}u] = v; }`;
  };
  put(`  for (var place0 = 0u; place0 < ${n.positions}; place0 += ${BLOCK}u) {
  let place1 = min(place0 + ${BLOCK}u, ${n.positions});`);
  put(declareSums('s', mine, mine));
  put(`  for (var place = place0; place < place1; place += ${STEP}u) {
    let q = place + loadQ; let has = q < place1;`);
  if (!flat) put(`    let oh = ${line('q')}; let top = i32(oh * ${n.strideH}); let left = i32((q - oh * ${n.ow}) * ${n.strideW});`);
  for (const i of M) put(load('r', 'tileA', i));
  for (const i of M) put(load('c', 'tileB', i));
  put(innerProducts(w, T));
  put('  }');
  put(joinTotals(mine, mine));
  put('  }');
  return { workgroup: 256, tileRows: T, tileColumns: T, rows: mine, columns: mine, columnStep: 1, setup: setup.join('\n'),
    image: body.join('\n') };
}
