/**
 * The sums of gram.ts without barriers or shared memory. Tiling as in gemm-nt-register.ts: a workgroup is one subgroup; its lanes share
 * `tileRows` rows and own one column each, twice. A row's values are loaded once per subgroup and broadcast, and each column's serve all
 * rows of the tile. Both are gathered from x by their taps.
 */
import type { ConvShape } from './conv-shape.js';
import { gatherOperands } from './gemm-nt.js';
import { gramSize, type Gram } from './gram-sums.js';
import { laneLayout, multiplyAdds, rowsPerInvocation, spread } from './register-tile.js';
import { BLOCK } from './summation.js';
import { declareSums, joinTotals } from './sums.js';
import { range, type KernelWriter } from './writer.js';

export function registerGram(w: KernelWriter, s: ConvShape): Gram {
  const { target } = w;
  const { broadcast, lanes, perLane } = laneLayout(target);
  if (broadcast !== undefined) w.useSubgroups();
  const D = gramSize(s), positions = s.OH * s.OW;
  const tileRows = rowsPerInvocation(target, D, s.groups * D * D * positions);
  const { span, step } = spread(broadcast, tileRows, positions);
  const C = range(perLane), U = range(step), vectors = range(tileRows / span);
  const { X, n, flat, line, locate } = gatherOperands(w, s);

  const setup: string[] = ['  let row0 = tileRow; let firstColumn = tileColumn + li;'];
  setup.push(`  let places = ${n.positions}; let width = ${n.width}; let height = ${n.height};`);
  for (const c of C) setup.push(`  let column${c} = min(firstColumn + ${c * lanes}u, ${n.weights} - 1u);`, locate(c));
  if (broadcast !== undefined) setup.push(`  let aTerm = lane % ${step}u; let aRow = row0 + min(lane / ${step}u, ${span - 1}u);`);
  for (const v of vectors) {
    const row = broadcast === undefined ? `row0 + ${v}u` : `aRow + ${v * span}u`;
    setup.push(`  let columnr${v} = min(${row}, ${n.weights} - 1u);`, locate(`r${v}`));
  }

  const body: string[] = [];
  const put = (text: string): void => void body.push(text);
  /** The value of row or column `i` at the position whose place, corner and presence have these names. */
  const value = (i: number | string, name: string, place: string, top: string, left: string, has: string): string => {
    const start = `image * ${n.xImage} + b${i}`;
    if (flat) return `    let ${name} = select(0.0, ${X.at(`${start} + ${place}`)}, ${has});`;
    return `    let iy_${name} = u32(${top} + y${i}); let ix_${name} = u32(${left} + x${i});
    let ok_${name} = ${has} && iy_${name} < height && ix_${name} < width;
    let ${name} = select(0.0, ${X.at(`${start} + select(0u, iy_${name} * width + ix_${name}, ok_${name})`)}, ok_${name});`;
  };
  /** The corner of the window at position `p`, under names that end in `as`. */
  const corner = (p: string, as: string): string => (flat ?
    ''
    : `    let oh${as} = ${line(p)}; let top${as} = i32(oh${as} * ${n.strideH});`
      + ` let left${as} = i32((${p} - oh${as} * ${n.ow}) * ${n.strideW});`);

  put(`  for (var place0 = 0u; place0 < places; place0 += ${BLOCK}u) {
  let place1 = min(place0 + ${BLOCK}u, places);`);
  put(declareSums('s', tileRows, perLane));
  put(`  for (var place = place0; place < place1; place += ${step}u) {`);
  for (const u of U) {
    put(`    let p${u} = min(place + ${u}u, places - 1u); let has${u} = place + ${u}u < places;`);
    put(corner(`p${u}`, `${u}`));
    for (const c of C) put(value(c, `v${c}_${u}`, `p${u}`, `top${u}`, `left${u}`, `has${u}`));
  }
  if (broadcast !== undefined) {
    put('    let pa = min(place + aTerm, places - 1u); let hasA = place + aTerm < places;');
    put(corner('pa', 'A'));
    for (const v of vectors) {
      put(value(`r${v}`, `a${v}`, 'pa', 'topA', 'leftA', 'hasA'));
      for (const i of range(span)) {
        put(`    ${U.map((u) => `let w${v * span + i}_${u} = subgroupBroadcast(a${v}, ${i * step + u}u);`).join(' ')}`);
        put(multiplyAdds(target, v * span + i, perLane, step));
      }
    }
  } else {
    for (const r of vectors) {
      for (const u of U) put(value(`r${r}`, `w${r}_${u}`, `p${u}`, `top${u}`, `left${u}`, `has${u}`));
      put(multiplyAdds(target, r, perLane, step));
    }
  }
  put('  }');
  put(joinTotals(tileRows, perLane));
  put('  }');
  return { workgroup: lanes, tileRows, tileColumns: lanes * perLane, rows: tileRows, columns: perLane, columnStep: lanes,
    setup: setup.join('\n'), image: body.join('\n') };
}
