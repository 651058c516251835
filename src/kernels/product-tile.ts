/**
 * The implicit matrix product (product.ts) with shared-memory tiles, for GPUs.
 *
 * Tiling: 256 invocations compute T x T elements of out (T = 64, or 32 where 64 would leave the GPU idle), each
 * T/16 x T/16 of them; the reduction q = (k, ty, tx) goes by in steps of 16, whose parts of A and B lie in workgroup
 * memory. Invocations that load together take neighbours in memory: along q or along the rows of A, along q or along
 * the columns of B, whichever is contiguous. Tap counts are constants of the text, so that q's parts cost no division.
 */
import { FLAT_WORKGROUP, flatGrid, KernelWriter, type Kernel, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import { BLOCK, type Product } from './product.js';
import { axis, range, strides } from './product-register.js';

const STEP = 16;
const SIDE = 16;
/** Fewer workgroups than this leave a GPU idle: smaller tiles then. */
const ENOUGH_WORKGROUPS = 128;

export function tileProduct(target: Target, product: Product, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, product.name);
  const { a, b, out } = product;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = finish ? definePointwise(w, finish) : undefined;
  const totalColumns = product.images * product.y.outputs * product.x.outputs;
  const tilesOf = (t: number): number => Math.ceil(product.rows / t) * Math.ceil(totalColumns / t) * product.groups;
  const T = product.rows > 32 && totalColumns > 32 && tilesOf(64) >= ENOUGH_WORKGROUPS ? 64 : 32;
  const columnTiles = Math.ceil(totalColumns / T);
  const rowTiles = Math.ceil(product.rows / T);
  const taps = product.y.taps * product.x.taps; // 0: nothing to sum
  const n = {
    groups: w.param('groups', product.groups), rows: w.param('rows', product.rows),
    q: w.param('q', product.k * taps),
    columns: w.param('columns', totalColumns), columnTiles: w.param('columnTiles', columnTiles), rowTiles: w.param('rowTiles', rowTiles),
    outX: w.param('outX', product.x.outputs), plane: w.param('plane', product.x.outputs * product.y.outputs),
  };
  const y = axis(w, 'y', product.y);
  const x = axis(w, 'x', product.x);
  const as = strides(w, 'a', a, ['offset', 'group', 'row', 'k', 'tapY', 'tapX']);
  const bs = strides(w, 'b', b, ['group', 'image', 'k', 'y', 'x']);
  const os = strides(w, 'o', out, ['offset', 'group', 'image', 'row', 'y', 'x']);

  const mine = T / SIDE; // rows, and columns, of out per invocation
  const loads = range((T * STEP) / 256);
  const M = range(mine);
  const vector = mine === 4 ? 'vec4f' : 'vec2f';
  const part = (v: string, i: number): string => `${v}.${'xyzw'[i]}`;
  // Where loads run along q, an invocation's q stays and its rows (or columns) differ; otherwise the reverse.
  const aAlongQ = a.row !== 1;
  const bAlongQ = b.k === 1;
  w.define('tileA', `var<workgroup> tileA: array<f32, ${STEP * T}>;`);
  w.define('tileB', `var<workgroup> tileB: array<f32, ${STEP * T}>;`);

  const body: string[] = [];
  const put = (line: string): void => { body.push(line); };
  put(`  let tile = ${FLAT_WORKGROUP};
  let rowTile = (tile / ${n.columnTiles}) % ${n.rowTiles};
  let group = tile / ${n.columnTiles} / ${n.rowTiles};
  if (group >= ${n.groups}) { return; }
  let row0 = rowTile * ${T}u;
  let firstColumn = (tile % ${n.columnTiles}) * ${T}u;`);
  for (const i of loads) {
    put(aAlongQ ? `  let ar${i} = li / ${STEP}u + ${i * (256 / STEP)}u; let aq${i} = li % ${STEP}u;`
      : `  let ar${i} = li % ${T}u; let aq${i} = li / ${T}u + ${i * (256 / T)}u;`);
    put(`  let aHas${i} = row0 + ar${i} < ${n.rows}; let aAt${i} = ${as.offset} + group * ${as.group} + min(row0 + ar${i}, ${n.rows} - 1u) * ${as.row};`);
    put(bAlongQ ? `  let bc${i} = li / ${STEP}u + ${i * (256 / STEP)}u; let bq${i} = li % ${STEP}u;`
      : `  let bc${i} = li % ${T}u; let bq${i} = li / ${T}u + ${i * (256 / T)}u;`);
    put(`  let column${i} = min(firstColumn + bc${i}, ${n.columns} - 1u);
  let y${i} = i32((column${i} % ${n.plane}) / ${n.outX}) * ${y.perColumn} + ${y.first}; let x${i} = i32(column${i} % ${n.outX}) * ${x.perColumn} + ${x.first};
  let bAt${i} = group * ${bs.group} + (column${i} / ${n.plane}) * ${bs.image};`);
  }
  put(`  let mr = (li / ${SIDE}u) * ${mine}u; let mc = (li % ${SIDE}u) * ${mine}u;`);
  for (const r of M) put(`  ${M.map((c) => `var total${r}_${c} = 0.0;`).join(' ')}`);
  put(`  for (var block = 0u; block < ${n.q}; block += ${BLOCK}u) {
  let blockEnd = min(block + ${BLOCK}u, ${n.q});`);
  for (const r of M) put(`  ${M.map((c) => `var s${r}_${c} = 0.0;`).join(' ')}`);
  put(`  for (var q0 = block; q0 < blockEnd; q0 += ${STEP}u) {`);
  const split = (q: string): string => (taps <= 1 ? `let k = ${q}; let ty = 0u; let tx = 0u;`
    : `let k = ${q} / ${taps}u; let ty = (${q} % ${taps}u) / ${product.x.taps}u; let tx = ${q} % ${product.x.taps}u;`);
  for (const i of loads) {
    put(`    { let q = q0 + aq${i}; var v = 0.0;
      if (aHas${i} && q < ${n.q}) { ${split('q')} v = ${A.at(`aAt${i} + k * ${as.k} + ty * ${as.tapY} + tx * ${as.tapX}`)}; }
      tileA[aq${i} * ${T}u + ar${i}] = v; }`);
    put(`    { let q = q0 + bq${i}; var v = 0.0;
      if (q < ${n.q}) { ${split('q')}
        let iy = u32(y${i} + i32(ty) * ${y.perTap}); let ix = u32(x${i} + i32(tx) * ${x.perTap});
        if (iy < ${y.extent} && ix < ${x.extent}) { v = ${B.at(`bAt${i} + k * ${bs.k} + iy * ${bs.y} + ix * ${bs.x}`)}; } }
      tileB[bq${i} * ${T}u + bc${i}] = v; }`);
  }
  put(`    workgroupBarrier();
    for (var q = 0u; q < ${STEP}u; q++) {
      let at = q * ${T}u + mr; let bt = q * ${T}u + mc;`);
  put(`      let av = ${vector}(${M.map((i) => `tileA[at + ${i}u]`).join(', ')}); let bv = ${vector}(${M.map((i) => `tileB[bt + ${i}u]`).join(', ')});`);
  for (const r of M) put(`      ${M.map((c) => `s${r}_${c} = ${part('av', r)} * ${part('bv', c)} + s${r}_${c};`).join(' ')}`);
  put('    }\n    workgroupBarrier();\n  }');
  for (const r of M) put(`  ${M.map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')}`);
  put('  }');
  for (const c of M) {
    put(`  if (firstColumn + mc + ${c}u < ${n.columns}) {
    let column = firstColumn + mc + ${c}u;
    let at = group * ${os.group} + (column / ${n.plane}) * ${os.image} + ((column % ${n.plane}) / ${n.outX}) * ${os.y} + (column % ${n.outX}) * ${os.x} + ${os.offset};`);
    for (const r of M) {
      put(`    if (row0 + mr + ${r}u < ${n.rows}) { let o = at + (row0 + mr + ${r}u) * ${os.row}; ${OUT.set('o', finished ? `${finished}(o, total${r}_${c})` : `total${r}_${c}`)} }`);
    }
    put('  }');
  }
  return w.build([256, 1, 1], flatGrid(columnTiles * rowTiles * product.groups, target), body.join('\n'));
}
