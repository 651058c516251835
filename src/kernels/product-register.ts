/**
 * The implicit matrix product (product.ts) without barriers or shared memory.
 *
 * Tiling: a workgroup is one subgroup; its lanes share `tileRows` rows of A and own one column each, twice.
 * CPU adapters make every lane's load one by one, so a load must serve many multiply-adds: B's values serve all
 * rows of the tile, and A's are loaded once per subgroup, a different one by each lane, and then broadcast. Where
 * the adapter has no subgroups each lane loads A for itself, from an address that all lanes share.
 * The rows' sums are touched once per four terms: a CPU has few registers, and these sums then live in its cache.
 * Taps go by inside a block of channels, so that the weights of a block are still in the cache at its next tap.
 */
import { KernelWriter, type Kernel, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import { BLOCK, QUAD, type Product } from './product.js';
import { divider, params, range, tileGrid } from './tiling.js';

/** Lanes per workgroup where there are no subgroups: few for a CPU, whose vectors are short. */
const LANES = { register: 16, tile: 64 } as const;
/** More sums than this are put into an array before they are stored: one store's code serves all. */
const UNROLLED_STORES = 16;

/** How a workgroup without shared memory is laid out: its lanes, whether they exchange values, and columns per lane. */
export function laneLayout(target: Target): { readonly broadcast: number | undefined; readonly lanes: number; readonly perLane: number } {
  const broadcast = target.schedule === 'register' ? target.subgroup : undefined;
  return { broadcast, lanes: broadcast ?? LANES[target.schedule], perLane: target.schedule === 'register' ? 2 : 1 };
}

/**
 * Rows of A that an invocation sums at once, a power of two: as many as there are, up to what pays. The more rows, the
 * longer a CPU adapter compiles, so short work gets fewer. `work` counts one image's multiply-adds, not the batch's.
 */
export function rowsPerInvocation(target: Target, rows: number, work: number): number {
  const most = target.schedule === 'tile' ? 8 : target.subgroup === undefined ? 4 : work < 1e6 ? 8 : work < 8e6 ? 16 : 32;
  let r = 1;
  while (r < most && r < rows) r *= 2;
  return r;
}

/**
 * How one vector of A is spread over the lanes: `span` rows times `step` terms. Without broadcasts there is no vector,
 * and a step is one quad.
 */
export function spread(broadcast: number | undefined, tileRows: number, terms: number): { readonly span: number; readonly step: number } {
  if (broadcast === undefined) return { span: 1, step: QUAD };
  const span = Math.max(1, Math.min(tileRows, Math.floor(broadcast / QUAD)));
  return { span, step: terms <= QUAD ? QUAD : broadcast / span };
}

/**
 * The multiply-adds of one step: s{row}_{column} += sums of QUAD products w{row}_{u} * v{column}_{u}. With the schedule
 * 'tile', one product after the other, as product-tile.ts adds them: a fully connected layer is narrow in a small batch and
 * tiled in a large one, and a sample's numbers must not depend on that.
 */
export function multiplyAdds(target: Target, row: number, perLane: number, step: number): string {
  if (target.schedule === 'tile') {
    return range(perLane).flatMap((c) => range(step).map((u) => `      s${row}_${c} = w${row}_${u} * v${c}_${u} + s${row}_${c};`)).join(
      '\n'
    );
  }
  return range(perLane).flatMap((c) =>
    range(step / QUAD).map((q) => {
      const products = range(QUAD).map((u) => `w${row}_${q * QUAD + u} * v${c}_${q * QUAD + u}`);
      return `      s${row}_${c} = s${row}_${c} + (${products.join(' + ')});`;
    })
  ).join('\n');
}

export function registerProduct(target: Target, product: Product, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, product.name);
  const { broadcast, lanes, perLane } = laneLayout(target);
  if (broadcast !== undefined) w.useSubgroups();
  const taps = product.y.taps * product.x.taps;
  const plane = product.x.outputs * product.y.outputs;
  const tileRows = rowsPerInvocation(target, product.rows, product.groups * product.rows * product.k * taps * plane);
  const { span, step } = spread(broadcast, tileRows, product.k);
  const C = range(perLane);
  const R = range(tileRows);
  const U = range(step);
  const vectors = range(tileRows / span);

  const { a, b, out } = product;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = finish ? definePointwise(w, finish) : undefined;
  const columns = product.images * plane;
  const { grid, decode } = tileGrid(w, target, Math.ceil(columns / (lanes * perLane)), Math.ceil(product.rows / tileRows), product.groups);
  const n = params(w, '', {
    rows: product.rows,
    columns,
    k: product.k,
    outX: product.x.outputs,
    plane,
    tapsY: product.y.taps,
    tapsX: product.x.taps,
    blockK: Math.max(64, Math.floor(BLOCK / Math.max(1, taps) / step) * step),
  });
  const image = divider(w, 'plane', plane, columns);
  const line = divider(w, 'outX', product.x.outputs, columns);
  const y = { ...params(w, 'y', { Extent: product.y.extent }),
    ...params(w, 'y', { First: product.y.first, PerColumn: product.y.perColumn, PerTap: product.y.perTap }, 'i32') };
  const x = { ...params(w, 'x', { Extent: product.x.extent }),
    ...params(w, 'x', { First: product.x.first, PerColumn: product.x.perColumn, PerTap: product.x.perTap }, 'i32') };
  const as = params(w, 'a', { Offset: a.offset, Group: a.group, Row: a.row, K: a.k, TapY: a.tapY, TapX: a.tapX });
  const bs = params(w, 'b', { Group: b.group, Image: b.image, K: b.k, Y: b.y, X: b.x });
  const os = params(w, 'o', { Offset: out.offset, Group: out.group, Image: out.image, Row: out.row, Y: out.y, X: out.x });

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
  for (const r of R) put(`  ${C.map((c) => `var total${r}_${c} = 0.0;`).join(' ')}`);

  put(`  for (var kBlock = 0u; kBlock < kEnd; kBlock += ${n.blockK}) {
    let blockEnd = min(kBlock + ${n.blockK}, kEnd);`);
  for (const r of R) put(`    ${C.map((c) => `var s${r}_${c} = 0.0;`).join(' ')}`);
  put(`    for (var ty = 0u; ty < ${n.tapsY}; ty++) { for (var tx = 0u; tx < ${n.tapsX}; tx++) {`);
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
    for (const r of R) {
      put(
        `      ${
          U.map((u) => `let w${r}_${u} = select(0.0, ${A.at(`a${r} + aTap + min(k + ${u}u, kLast) * aStride`)}, has${u});`).join(' ')
        }`
      );
      put(multiplyAdds(target, r, perLane, step));
    }
  }
  put('    } } }');
  for (const r of R) put(`    ${C.map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')}`);
  put('  }');

  const store = (row: string, value: (c: number) => string): string =>
    `  if (${row} < ${n.rows}) {
${
      C.map((c) =>
        `    if (firstColumn + ${c * lanes}u < ${n.columns}) {
      let o = group * ${os.Group} + image${c} * ${os.Image} + ${row} * ${os.Row} + oy${c} * ${os.Y} + ox${c} * ${os.X} + ${os.Offset};
      ${OUT.set('o', finished ? `${finished}(o, ${value(c)})` : value(c))}
    }`
      ).join('\n')
    }
  }`;
  put(forEachRow(tileRows, perLane, 'total', store));
  return w.build([lanes, 1, 1], grid, body.join('\n'));
}

/** Code that stores the sums NAME{r}_{c} of all rows, a loop where there are many: one store's code then serves all. */
export function forEachRow(tileRows: number, perLane: number, name: string,
  store: (row: string, value: (c: number) => string) => string): string {
  if (tileRows * perLane <= UNROLLED_STORES) {
    return range(tileRows).map((r) => store(`(row0 + ${r}u)`, (c) => `${name}${r}_${c}`)).join('\n');
  }
  const all = range(tileRows).flatMap((r) => range(perLane).map((c) => `${name}${r}_${c}`));
  return `  var all = array<f32, ${all.length}>(${all.join(', ')});
  for (var r = 0u; r < ${tileRows}u; r++) {
${store('(row0 + r)', (c) => `all[r * ${perLane}u + ${c}u]`)}
  }`;
}
