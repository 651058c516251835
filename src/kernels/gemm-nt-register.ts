/**
 * The implicit GEMM of gemm-nt.ts without barriers or shared memory.
 *
 * Tiling: a workgroup is one subgroup; its lanes share `tileRows` filters and own one weight each, twice. As in
 * gemm-register.ts, dy is loaded once per subgroup and broadcast, and each x serves all filters of the tile.
 */
import { oneSample, type ConvShape } from './conv-shape.js';
import { gemmNTOperands, gemmNTSizes, type GemmNT } from './gemm-nt.js';
import { laneLayout, multiplyAdds, rowsPerInvocation, spread } from './register-tile.js';
import { BLOCK } from './summation.js';
import { declareSums, joinTotals } from './sums.js';
import { range, type KernelWriter } from './writer.js';

export function registerGemmNT(w: KernelWriter, s: ConvShape): GemmNT {
  const { target } = w;
  const { broadcast, lanes, perLane } = laneLayout(target);
  if (broadcast !== undefined) w.useSubgroups();
  const { filters, weights, positions, imageBlocks } = gemmNTSizes(s);
  const tileRows = rowsPerInvocation(target, filters, oneSample(s).K * weights * positions);
  const { span, step } = spread(broadcast, tileRows, positions);
  const C = range(perLane);
  const U = range(step);
  const vectors = range(tileRows / span);
  const { DY, X, n, flat, line, locate } = gemmNTOperands(w, s);

  const setup = [`  let row0 = tileRow; let sharer = li; let places = ${n.positions}; let width = ${n.width};`];
  if (broadcast !== undefined) setup.push(`  let aTerm = lane % ${step}u; let aRow = row0 + min(lane / ${step}u, ${span - 1}u);`);
  else setup.push('  let aRow = row0;');
  for (const v of vectors) {
    setup.push(`  let a${v} = (group * ${n.filters} + min(aRow + ${v * span}u, ${n.filters} - 1u)) * ${n.positions};`);
  }

  const body: string[] = [];
  const put = (text: string): void => {
    body.push(text);
  };
  put('  let firstColumn = tileColumn + li;');
  for (const c of C) {
    put(`  let column${c} = min(firstColumn + ${c * lanes}u, ${n.weights} - 1u);`);
    put(locate(c));
  }
  put(declareSums('total', tileRows, perLane));
  put(`  for (var block = block0; block < block1; block++) {
  let image = block / ${n.imageBlocks};
  let place0 = (block - image * ${n.imageBlocks}) * ${BLOCK}u; let place1 = min(place0 + ${BLOCK}u, places);
  let aImage = image * ${n.dyImage};
  ${C.map((c) => `let at${c} = image * ${n.xImage} + b${c};`).join(' ')}`);
  put(declareSums('s', tileRows, perLane));
  put(`  for (var place = place0; place < place1; place += ${step}u) {`);
  for (const u of U) {
    put(`    let p${u} = min(place + ${u}u, places - 1u); let has${u} = place + ${u}u < places;`);
    if (!flat) {
      const left = `i32((p${u} - oh${u} * ${n.ow}) * ${n.strideW})`;
      put(`    let oh${u} = ${line(`p${u}`)}; let top${u} = i32(oh${u} * ${n.strideH}); let left${u} = ${left};`);
    }
    for (const c of C) {
      if (flat) put(`    let v${c}_${u} = select(0.0, ${X.at(`at${c} + p${u}`)}, has${u});`);
      else {
        const [iy, ix, ok] = [`iy${c}_${u}`, `ix${c}_${u}`, `ok${c}_${u}`];
        const at = `at${c} + select(0u, ${iy} * width + ${ix}, ${ok})`;
        put(`    let ${iy} = u32(top${u} + y${c}); let ${ix} = u32(left${u} + x${c});`
          + ` let ${ok} = has${u} && ${iy} < ${n.height} && ${ix} < width;
    let v${c}_${u} = select(0.0, ${X.at(at)}, ${ok});`);
      }
    }
  }
  if (broadcast !== undefined) {
    put('    let aAt = aImage + min(place + aTerm, places - 1u); let aHas = place + aTerm < places;');
    for (const v of vectors) {
      put(`    let a${v}_ = select(0.0, ${DY.at(`a${v} + aAt`)}, aHas);`);
      for (const i of range(span)) {
        put(`    ${U.map((u) => `let w${v * span + i}_${u} = subgroupBroadcast(a${v}_, ${i * step + u}u);`).join(' ')}`);
        put(multiplyAdds(target, v * span + i, perLane, step));
      }
    }
  } else {
    for (const r of range(tileRows)) {
      put(`    ${U.map((u) => `let w${r}_${u} = select(0.0, ${DY.at(`a${r} + aImage + p${u}`)}, has${u});`).join(' ')}`);
      put(multiplyAdds(target, r, perLane, step));
    }
  }
  put('  }');
  put(joinTotals(tileRows, perLane));
  put('  }');
  return {
    groups: s.groups,
    filters,
    imageBlocks,
    workgroup: lanes,
    tileRows,
    tileColumns: lanes * perLane,
    rows: tileRows,
    columns: perLane,
    columnStep: lanes,
    sharers: lanes,
    setup: setup.join('\n'),
    sum: body.join('\n'),
  };
}
