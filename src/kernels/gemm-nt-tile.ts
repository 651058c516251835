/**
 * The implicit GEMM of gemm-nt.ts with shared-memory tiles, for GPUs.
 *
 * Tiling: 256 invocations compute T x T weights (T = 64, or 32 for narrow layers), each T/16 x T/16 of them; positions
 * go by in steps of 16, whose parts of dy and x lie in workgroup memory. Both are loaded along the positions, where
 * neighbours in memory are neighbours.
 */
import type { ConvShape } from './conv-shape.js';
import { gemmNTOperands, gemmNTSizes, type GemmNT } from './gemm-nt.js';
import { innerProducts, SIDE, STEP } from './shared-tile.js';
import { BLOCK } from './summation.js';
import { declareSums, joinTotals } from './sums.js';
import { range, type KernelWriter } from './writer.js';

export function tileGemmNT(w: KernelWriter, s: ConvShape): GemmNT {
  const { filters, weights, imageBlocks } = gemmNTSizes(s);
  const T = filters > 32 && weights > 32 ? 64 : 32;
  const mine = T / SIDE;
  const M = range(mine);
  const { DY, X, n, flat, line, locate } = gemmNTOperands(w, s);

  const setup = [`  let mr = (li / ${SIDE}u) * ${mine}u; let mc = (li % ${SIDE}u) * ${mine}u;
  let row0 = tileRow + mr; let sharer = li % ${SIDE}u; let loadQ = li % ${STEP}u; let load0 = li / ${STEP}u;`];
  for (const i of M) {
    setup.push(`  let aRow${i} = tileRow + load0 + ${i * SIDE}u; let aHas${i} = aRow${i} < ${n.filters};
  let a${i} = (group * ${n.filters} + min(aRow${i}, ${n.filters} - 1u)) * ${n.positions};`);
  }

  const body: string[] = [];
  const put = (text: string): void => {
    body.push(text);
  };
  put('  let firstColumn = tileColumn + mc;');
  for (const i of M) {
    put(`  let column${i} = min(tileColumn + load0 + ${i * SIDE}u, ${n.weights} - 1u);`);
    put(locate(i));
  }
  put(declareSums('total', mine, mine));
  put(`  for (var block = block0; block < block1; block++) {
  let image = block / ${n.imageBlocks};
  let place0 = (block - image * ${n.imageBlocks}) * ${BLOCK}u; let place1 = min(place0 + ${BLOCK}u, ${n.positions});`);
  put(declareSums('s', mine, mine));
  put(`  for (var place = place0; place < place1; place += ${STEP}u) {
    let q = place + loadQ; let has = q < place1;`);
  if (!flat) put(`    let oh = ${line('q')}; let top = i32(oh * ${n.strideH}); let left = i32((q - oh * ${n.ow}) * ${n.strideW});`);
  for (const i of M) {
    put(`    { var v = 0.0; if (has && aHas${i}) { v = ${DY.at(`image * ${n.dyImage} + a${i} + q`)}; }
      tileA[loadQ * ${T}u + load0 + ${i * SIDE}u] = v; }`);
    put(flat
      ? `    { var v = 0.0; if (has) { v = ${X.at(`image * ${n.xImage} + b${i} + q`)}; }`
      : `    { var v = 0.0; let iy = u32(top + y${i}); let ix = u32(left + x${i});
      if (has && iy < ${n.height} && ix < ${n.width}) { v = ${X.at(`image * ${n.xImage} + b${i} + iy * ${n.width} + ix`)}; }`);
    put(`      tileB[loadQ * ${T}u + load0 + ${i * SIDE}u] = v; }`);
  }
  put(innerProducts(w, T));
  put('  }');
  put(joinTotals(mine, mine));
  put('  }');
  return {
    groups: s.groups,
    filters,
    imageBlocks,
    workgroup: 256,
    tileRows: T,
    tileColumns: T,
    rows: mine,
    columns: mine,
    columnStep: 1,
    sharers: SIDE,
    setup: setup.join('\n'),
    sum: body.join('\n'),
  };
}
