/**
 * The implicit matrix product (product.ts) with shared-memory tiles, for GPUs.
 *
 * Tiling: 256 invocations compute T x T elements of out (T = 64, or 32 where 64 would leave the GPU idle), each
 * T/16 x T/16 of them; the reduction q = (k, ty, tx) goes by in steps of 16, whose parts of A and B lie in workgroup
 * memory. Invocations that load together take neighbours in memory: along q or along the rows of A, along q or along
 * the columns of B, whichever is contiguous. A product of a single tap has a text of its own, in which q is k.
 */
import { KernelWriter, type Kernel, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import { type Product } from './product.js';
import { divider, params, range, tileGrid } from './tiling.js';

export const STEP = 16;
/** Terms summed before they join the total. */
const BLOCK = 128;
/** Invocations along each side of a tile. */
export const SIDE = 16;
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
  const taps = product.y.taps * product.x.taps; // 0: nothing to sum
  const { grid, decode } = tileGrid(w, target, Math.ceil(totalColumns / T), Math.ceil(product.rows / T), product.groups);
  const n = params(w, '', {
    rows: product.rows,
    q: product.k * taps,
    columns: totalColumns,
    outX: product.x.outputs,
    plane: product.x.outputs * product.y.outputs,
    taps,
    tapsX: product.x.taps,
  });
  const channel = divider(w, 'taps', Math.max(1, taps), product.k * taps);
  const tapRow = divider(w, 'tapsX', Math.max(1, product.x.taps), taps);
  const y = { ...params(w, 'y', { Extent: product.y.extent }),
    ...params(w, 'y', { First: product.y.first, PerColumn: product.y.perColumn, PerTap: product.y.perTap }, 'i32') };
  const x = { ...params(w, 'x', { Extent: product.x.extent }),
    ...params(w, 'x', { First: product.x.first, PerColumn: product.x.perColumn, PerTap: product.x.perTap }, 'i32') };
  const as = params(w, 'a', { Offset: a.offset, Group: a.group, Row: a.row, K: a.k, TapY: a.tapY, TapX: a.tapX });
  const bs = params(w, 'b', { Group: b.group, Image: b.image, K: b.k, Y: b.y, X: b.x });
  const os = params(w, 'o', { Offset: out.offset, Group: out.group, Image: out.image, Row: out.row, Y: out.y, X: out.x });

  const mine = T / SIDE; // rows, and columns, of out per invocation
  const loads = range((T * STEP) / 256);
  const M = range(mine);
  // Where loads run along q, an invocation's q stays and its rows (or columns) differ; otherwise the reverse.
  const aAlongQ = a.row !== 1;
  const bAlongQ = b.k === 1;
  w.define('tileA', `var<workgroup> tileA: array<f32, ${STEP * T}>;`);
  w.define('tileB', `var<workgroup> tileB: array<f32, ${STEP * T}>;`);

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
    put(
      `  let aHas${i} = row0 + ar${i} < ${n.rows}; let aAt${i} = ${as.Offset} + group * ${as.Group} + min(row0 + ar${i}, ${n.rows} - 1u) * ${as.Row};`
    );
    put(bAlongQ ?
      `  let bc${i} = li / ${STEP}u + ${i * (256 / STEP)}u; let bq${i} = li % ${STEP}u;`
      : `  let bc${i} = li % ${T}u; let bq${i} = li / ${T}u + ${i * (256 / T)}u;`);
    put(`  let column${i} = min(firstColumn + bc${i}, ${n.columns} - 1u);
  let y${i} = i32((column${i} % ${n.plane}) / ${n.outX}) * ${y.PerColumn} + ${y.First}; let x${i} = i32(column${i} % ${n.outX}) * ${x.PerColumn} + ${x.First};
  let bAt${i} = group * ${bs.Group} + (column${i} / ${n.plane}) * ${bs.Image};`);
  }
  put(`  let mr = (li / ${SIDE}u) * ${mine}u; let mc = (li % ${SIDE}u) * ${mine}u;`);
  for (const r of M) put(`  ${M.map((c) => `var total${r}_${c} = 0.0;`).join(' ')}`);
  put(`  for (var block = 0u; block < ${n.q}; block += ${BLOCK}u) {
  let blockEnd = min(block + ${BLOCK}u, ${n.q});`);
  for (const r of M) put(`  ${M.map((c) => `var s${r}_${c} = 0.0;`).join(' ')}`);
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
  for (const r of M) put(`  ${M.map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')}`);
  put('  }');
  for (const c of M) {
    put(`  if (firstColumn + mc + ${c}u < ${n.columns}) {
    let column = firstColumn + mc + ${c}u;
    let at = group * ${os.Group} + (column / ${n.plane}) * ${os.Image} + ((column % ${n.plane}) / ${n.outX}) * ${os.Y} + (column % ${n.outX}) * ${os.X} + ${os.Offset};`);
    for (const r of M) {
      put(
        `    if (row0 + mr + ${r}u < ${n.rows}) { let o = at + (row0 + mr + ${r}u) * ${os.Row}; ${
          OUT.set('o', finished ? `${finished}(o, total${r}_${c})` : `total${r}_${c}`)
        } }`
      );
    }
    put('  }');
  }
  return w.build([256, 1, 1], grid, body.join('\n'));
}

/** Steps whose multiply-adds stand in the text one after the other. */
const UNROLL = 4;

/**
 * Between two barriers, one step's multiply-adds on the tiles: s{r}_{c} += a column of tileA times a row of tileB. Needs
 * `mr` and `mc`. The loop's end is a parameter: a driver that unrolled it further would compile for seconds.
 */
export function innerProducts(w: KernelWriter, T: number): string {
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
