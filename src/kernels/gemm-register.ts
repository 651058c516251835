/**
 * The implicit GEMM of gemm.ts without barriers or shared memory.
 *
 * Tiling: a workgroup is one subgroup; its lanes share `tileRows` rows of A and own one column each, twice.
 * CPU adapters make every lane's load one by one, so a load must serve many multiply-adds: B's values serve all
 * rows of the tile, and A's are loaded once per subgroup, a different one by each lane, and then broadcast. Where
 * the adapter has no subgroups each lane loads A for itself, from an address that all lanes share.
 * The rows' sums are touched once per four terms: a CPU has few registers, and these sums then live in its cache.
 * Taps go by inside a block of channels, so that the weights of a block are still in the cache at its next tap; a block of
 * the sum (summation.ts) is one row of taps over as many channels as make BLOCK terms.
 */
import { divider } from './division.js';
import { gemmParams, USUAL_BATCH, type Gemm } from './gemm.js';
import { tileGrid } from './grid.js';
import type { Kernel, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { laneLayout, multiplyAdds, rowsPerInvocation, spread } from './register-tile.js';
import { BLOCK } from './summation.js';
import { declareSums, joinTotals, storeRows } from './sums.js';
import { KernelWriter, range } from './writer.js';

export function registerGemm(target: Target, gemm: Gemm, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, gemm.name);
  const { broadcast, lanes, perLane } = laneLayout(target);
  if (broadcast !== undefined) w.useSubgroups();
  const taps = gemm.y.taps * gemm.x.taps;
  const plane = gemm.x.outputs * gemm.y.outputs;
  const { usual } = gemm;
  const tileRows = rowsPerInvocation(target, usual.rows, (usual.groups * usual.rows * usual.columns * gemm.k * taps) / USUAL_BATCH);
  const { span, step } = spread(broadcast, tileRows, gemm.k);
  const C = range(perLane);
  const U = range(step);
  const vectors = range(tileRows / span);

  const { a, b, out } = gemm;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = defineFinish(w, finish);
  const columns = gemm.images * plane;
  const { grid, decode } = tileGrid(w, Math.ceil(columns / (lanes * perLane)), Math.ceil(gemm.rows / tileRows), gemm.groups);
  const n = w.params('', {
    rows: gemm.rows,
    columns,
    k: gemm.k,
    outX: gemm.x.outputs,
    plane,
    tapsY: gemm.y.taps,
    tapsX: gemm.x.taps,
    blockK: Math.max(1, Math.floor(BLOCK / Math.max(1, gemm.x.taps) / step)) * step,
  });
  const image = divider(w, 'plane', plane, columns);
  const line = divider(w, 'outX', gemm.x.outputs, columns);
  const { y, x, as, bs, os } = gemmParams(w, gemm);

  const body: string[] = [];
  const put = (text: string): void => {
    body.push(text);
  };
  put(`${decode}
  let group = tileZ;
  let row0 = tileY * ${tileRows}u;
  let firstColumn = tileX * ${lanes * perLane}u + li;
  let kEnd = ${n.k}; let kLast = kEnd - 1u; let kStride = ${bs.K}; let aStride = ${as.K};`);
  for (const c of C) {
    put(`  let column${c} = min(firstColumn + ${c * lanes}u, ${n.columns} - 1u);
  let image${c} = ${image(`column${c}`)}; let place${c} = column${c} - image${c} * ${n.plane};
  let oy${c} = ${line(`place${c}`)}; let ox${c} = place${c} - oy${c} * ${n.outX};
  let y${c} = i32(oy${c}) * ${y.PerColumn} + ${y.First}; let x${c} = i32(ox${c}) * ${x.PerColumn} + ${x.First};
  let b${c} = group * ${bs.Group} + image${c} * ${bs.Image};`);
  }
  if (broadcast !== undefined) put(`  let aTerm = lane % ${step}u; let aRow = row0 + min(lane / ${step}u, ${span - 1}u);`);
  else put('  let aRow = row0;');
  for (const v of vectors) put(`  let a${v} = min(aRow + ${v * span}u, ${n.rows} - 1u) * ${as.Row} + group * ${as.Group} + ${as.Offset};`);
  put(declareSums('total', tileRows, perLane));

  put(`  for (var kBlock = 0u; kBlock < kEnd; kBlock += ${n.blockK}) {
    let blockEnd = min(kBlock + ${n.blockK}, kEnd);
    for (var ty = 0u; ty < ${n.tapsY}; ty++) {`);
  put(declareSums('s', tileRows, perLane, '    '));
  put(`    for (var tx = 0u; tx < ${n.tapsX}; tx++) {`);
  for (const c of C) {
    put(`    let iy${c} = u32(y${c} + i32(ty) * ${y.PerTap}); let ix${c} = u32(x${c} + i32(tx) * ${x.PerTap});
    let in${c} = iy${c} < ${y.Extent} && ix${c} < ${x.Extent};
    let at${c} = b${c} + select(0u, iy${c} * ${bs.Y} + ix${c} * ${bs.X}, in${c});`);
  }
  put(`    let aTap = ty * ${as.TapY} + tx * ${as.TapX};
    for (var k = kBlock; k < blockEnd; k += ${step}u) {`);
  for (const u of U) {
    put(`      let k${u} = min(k + ${u}u, kLast) * kStride; let has${u} = k + ${u}u < kEnd;`);
    for (const c of C) put(`      let v${c}_${u} = select(0.0, ${B.at(`at${c} + k${u}`)}, in${c} && has${u});`);
  }
  if (broadcast !== undefined) {
    put(`      let aAt = aTap + min(k + aTerm, kLast) * aStride; let aHas = k + aTerm < kEnd;`);
    for (const v of vectors) {
      put(`      let a${v}_ = select(0.0, ${A.at(`a${v} + aAt`)}, aHas);`);
      for (const i of range(span)) {
        put(`      ${U.map((u) => `let w${v * span + i}_${u} = subgroupBroadcast(a${v}_, ${i * step + u}u);`).join(' ')}`);
        put(multiplyAdds(target, v * span + i, perLane, step));
      }
    }
  } else {
    for (const r of range(tileRows)) {
      const at = (u: number): string => `a${r} + aTap + min(k + ${u}u, kLast) * aStride`;
      put(`      ${U.map((u) => `let w${r}_${u} = select(0.0, ${A.at(at(u))}, has${u});`).join(' ')}`);
      put(multiplyAdds(target, r, perLane, step));
    }
  }
  put('    } }');
  put(joinTotals(tileRows, perLane, '    '));
  put('  } }');

  const storeOne = (row: string, c: number, value: string): string =>
    `    if (firstColumn + ${c * lanes}u < ${n.columns}) {
      let o = group * ${os.Group} + image${c} * ${os.Image} + ${row} * ${os.Row} + oy${c} * ${os.Y} + ox${c} * ${os.X} + ${os.Offset};
      ${OUT.set('o', finished('o', value))}
    }`;
  put(storeRows(tileRows, perLane, 'total', (row, value) =>
    `  if (${row} < ${n.rows}) {
${C.map((c) => storeOne(row, c, value(c))).join('\n')}
  }`));
  return w.build([lanes, 1, 1], grid, body.join('\n'));
}
