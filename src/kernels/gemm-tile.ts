/**
 * The implicit GEMM of gemm.ts with shared-memory tiles, for GPUs.
 *
 * Tiling: 256 invocations compute T x T elements of out (T = 64, or 32 where 64 would leave a GPU idle in a usual batch), each
 * T/16 x T/16 of them; the reduction q = (k, ty, tx) goes by in steps of 16, whose parts of A and B lie in workgroup
 * memory. Invocations that load together take neighbours in memory: along q or along the rows of A, along q or along
 * the columns of B, whichever is contiguous. A GEMM of a single tap has a text of its own, in which q is k.
 */
import { divider } from './division.js';
import { gemmParams, type Gemm } from './gemm.js';
import { tileGrid } from './grid.js';
import type { Kernel, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { innerProducts, SIDE, STEP } from './shared-tile.js';
import { BLOCK } from './summation.js';
import { declareSums, joinTotals } from './sums.js';
import { KernelWriter, range } from './writer.js';

/** Fewer workgroups than this leave a GPU idle: smaller tiles then. */
const ENOUGH_WORKGROUPS = 128;

export function tileGemm(target: Target, gemm: Gemm, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, gemm.name);
  const { a, b, out } = gemm;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = defineFinish(w, finish);
  const totalColumns = gemm.images * gemm.y.outputs * gemm.x.outputs;
  const { groups, rows, columns } = gemm.usual;
  const T = rows > 32 && columns > 32 && Math.ceil(rows / 64) * Math.ceil(columns / 64) * groups >= ENOUGH_WORKGROUPS ? 64 : 32;
  const taps = gemm.y.taps * gemm.x.taps; // 0: nothing to sum
  const { grid, decode } = tileGrid(w, Math.ceil(totalColumns / T), Math.ceil(gemm.rows / T), gemm.groups);
  const n = w.params('', {
    rows: gemm.rows,
    q: gemm.k * taps,
    columns: totalColumns,
    outX: gemm.x.outputs,
    plane: gemm.x.outputs * gemm.y.outputs,
    taps,
    tapsX: gemm.x.taps,
  });
  const channel = divider(w, 'taps', Math.max(1, taps), gemm.k * taps);
  const tapRow = divider(w, 'tapsX', Math.max(1, gemm.x.taps), taps);
  const { y, x, as, bs, os } = gemmParams(w, gemm);

  const mine = T / SIDE; // rows, and columns, of out per invocation
  const loads = range((T * STEP) / 256);
  const M = range(mine);
  // Where loads run along q, an invocation's q stays and its rows (or columns) differ; otherwise the reverse.
  const aAlongQ = a.row !== 1;
  const bAlongQ = b.k === 1;

  const body: string[] = [];
  const put = (line: string): void => {
    body.push(line);
  };
  put(`${decode}
  let group = tileZ;
  let row0 = tileY * ${T}u;
  let firstColumn = tileX * ${T}u;`);
  for (const i of loads) {
    put(aAlongQ ?
      `  let ar${i} = li / ${STEP}u + ${i * (256 / STEP)}u; let aq${i} = li % ${STEP}u;`
      : `  let ar${i} = li % ${T}u; let aq${i} = li / ${T}u + ${i * (256 / T)}u;`);
    const aRow = `min(row0 + ar${i}, ${n.rows} - 1u)`;
    put(`  let aHas${i} = row0 + ar${i} < ${n.rows}; let aAt${i} = ${as.Offset} + group * ${as.Group} + ${aRow} * ${as.Row};`);
    put(bAlongQ ?
      `  let bc${i} = li / ${STEP}u + ${i * (256 / STEP)}u; let bq${i} = li % ${STEP}u;`
      : `  let bc${i} = li % ${T}u; let bq${i} = li / ${T}u + ${i * (256 / T)}u;`);
    const oy = `i32((column${i} % ${n.plane}) / ${n.outX})`;
    const ox = `i32(column${i} % ${n.outX})`;
    put(`  let column${i} = min(firstColumn + bc${i}, ${n.columns} - 1u);
  let y${i} = ${oy} * ${y.PerColumn} + ${y.First}; let x${i} = ${ox} * ${x.PerColumn} + ${x.First};
  let bAt${i} = group * ${bs.Group} + (column${i} / ${n.plane}) * ${bs.Image};`);
  }
  put(`  let mr = (li / ${SIDE}u) * ${mine}u; let mc = (li % ${SIDE}u) * ${mine}u;`);
  put(declareSums('total', mine, mine));
  put(`  for (var block = 0u; block < ${n.q}; block += ${BLOCK}u) {
  let blockEnd = min(block + ${BLOCK}u, ${n.q});`);
  put(declareSums('s', mine, mine));
  put(`  for (var q0 = block; q0 < blockEnd; q0 += ${STEP}u) {`);
  const split = taps <= 1 ?
    'let k = q; let ty = 0u; let tx = 0u;'
    : `let k = ${channel('q')}; let tap = q - k * ${n.taps}; let ty = ${tapRow('tap')}; let tx = tap - ty * ${n.tapsX};`;
  for (const i of loads) {
    put(`    { let q = q0 + aq${i}; var v = 0.0;
      if (aHas${i} && q < ${n.q}) { ${split} v = ${A.at(`aAt${i} + k * ${as.K} + ty * ${as.TapY} + tx * ${as.TapX}`)}; }
      tileA[aq${i} * ${T}u + ar${i}] = v; }`);
    put(`    { let q = q0 + bq${i}; var v = 0.0;
      if (q < ${n.q}) { ${split}
        let iy = u32(y${i} + i32(ty) * ${y.PerTap}); let ix = u32(x${i} + i32(tx) * ${x.PerTap});
        if (iy < ${y.Extent} && ix < ${x.Extent}) { v = ${B.at(`bAt${i} + k * ${bs.K} + iy * ${bs.Y} + ix * ${bs.X}`)}; } }
      tileB[bq${i} * ${T}u + bc${i}] = v; }`);
  }
  put(innerProducts(w, T));
  put('  }');
  put(joinTotals(mine, mine));
  put('  }');
  for (const c of M) {
    const image = `(column / ${n.plane})`;
    const oy = `((column % ${n.plane}) / ${n.outX})`;
    const ox = `(column % ${n.outX})`;
    put(`  if (firstColumn + mc + ${c}u < ${n.columns}) {
    let column = firstColumn + mc + ${c}u;
    let at = group * ${os.Group} + ${image} * ${os.Image} + ${oy} * ${os.Y} + ${ox} * ${os.X} + ${os.Offset};`);
    for (const r of M) {
      const row = `row0 + mr + ${r}u`;
      const store = OUT.set('o', finished('o', `total${r}_${c}`));
      put(`    if (${row} < ${n.rows}) { let o = at + (${row}) * ${os.Row}; ${store} }`);
    }
    put('  }');
  }
  return w.build([256, 1, 1], grid, body.join('\n'));
}
