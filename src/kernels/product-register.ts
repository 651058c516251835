/**
 * The implicit matrix product (product.ts) without barriers or shared memory.
 *
 * Tiling: a workgroup is one subgroup; its lanes share `rows` rows of A and own one column each, COLUMNS times.
 * CPU adapters make every lane's load one by one, so a load must serve many multiply-adds: B's values serve all
 * rows of the tile, and A's are loaded once per subgroup, a different one by each lane, and then broadcast. Where
 * the adapter has no subgroups each lane loads A for itself, from an address that all lanes share.
 * The rows' sums are touched once per four terms: a CPU has few registers, and these sums then live in its cache.
 */
import { FLAT_WORKGROUP, flatGrid, KernelWriter, type Kernel, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import { BLOCK, QUAD, type Axis, type Product } from './product.js';

/** Lanes per workgroup where there are no subgroups: few for a CPU, whose vectors are short; a GPU's warp twice. */
const LANES = { register: 16, tile: 64 } as const;
/** More sums than this are put into an array before they are stored: one store's code serves all. */
const UNROLLED_STORES = 16;

/** Rows of A that an invocation sums at once, a power of two: as many as there are, up to what pays. */
export function rowsPerInvocation(target: Target, rows: number): number {
  const most = target.subgroup !== undefined && target.schedule === 'register' ? 32 : target.schedule === 'register' ? 8 : 16;
  let r = 1;
  while (r < most && r < rows) r *= 2;
  return r;
}

export function registerProduct(target: Target, product: Product, tileRows: number, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, product.name);
  const broadcast = target.schedule === 'register' ? target.subgroup : undefined;
  const lanes = broadcast ?? LANES[target.schedule];
  const columns = target.schedule === 'tile' ? 1 : tileRows === 1 ? 4 : 2;
  const C = range(columns);
  const R = range(tileRows);
  if (broadcast !== undefined) w.useSubgroups();

  const { a, b, out } = product;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = finish ? definePointwise(w, finish) : undefined;
  const totalColumns = product.images * product.y.outputs * product.x.outputs;
  const columnTiles = Math.ceil(totalColumns / (lanes * columns));
  const rowTiles = Math.ceil(product.rows / tileRows);
  const n = {
    groups: w.param('groups', product.groups), rows: w.param('rows', product.rows), k: w.param('k', product.k),
    columns: w.param('columns', totalColumns), columnTiles: w.param('columnTiles', columnTiles), rowTiles: w.param('rowTiles', rowTiles),
    outX: w.param('outX', product.x.outputs), plane: w.param('plane', product.x.outputs * product.y.outputs),
    tapsY: w.param('tapsY', product.y.taps), tapsX: w.param('tapsX', product.x.taps),
  };
  const y = axis(w, 'y', product.y);
  const x = axis(w, 'x', product.x);
  const as = strides(w, 'a', a, ['offset', 'group', 'row', 'k', 'tapY', 'tapX']);
  const bs = strides(w, 'b', b, ['group', 'image', 'k', 'y', 'x']);
  const os = strides(w, 'o', out, ['offset', 'group', 'image', 'row', 'y', 'x']);

  const { span, step, quad } = spread(broadcast, tileRows, product.k);
  const U = range(step);
  const body: string[] = [];
  const put = (line: string): void => { body.push(line); };

  put(`  let tile = ${FLAT_WORKGROUP};
  let rowTile = (tile / ${n.columnTiles}) % ${n.rowTiles};
  let group = tile / ${n.columnTiles} / ${n.rowTiles};
  if (group >= ${n.groups}) { return; }
  let row0 = rowTile * ${tileRows}u;
  let firstColumn = (tile % ${n.columnTiles}) * ${lanes * columns}u + li;
  let kEnd = ${n.k}; let kLast = kEnd - 1u; let kStride = ${bs.k};`);
  for (const c of C) {
    put(`  let column${c} = min(firstColumn + ${c * lanes}u, ${n.columns} - 1u);
  let image${c} = column${c} / ${n.plane}; let oy${c} = (column${c} % ${n.plane}) / ${n.outX}; let ox${c} = column${c} % ${n.outX};
  let y${c} = i32(oy${c}) * ${y.perColumn} + ${y.first}; let x${c} = i32(ox${c}) * ${x.perColumn} + ${x.first};
  let b${c} = group * ${bs.group} + image${c} * ${bs.image};`);
  }
  const vectors = range(tileRows / span);
  if (broadcast !== undefined) {
    put(`  let aTerm = lane % ${step}u;`);
    for (const v of vectors) put(`  let a${v} = min(row0 + ${v * span}u + min(lane / ${step}u, ${span - 1}u), ${n.rows} - 1u) * ${as.row} + group * ${as.group} + ${as.offset};`);
  } else {
    for (const v of vectors) put(`  let a${v} = min(row0 + ${v}u, ${n.rows} - 1u) * ${as.row} + group * ${as.group} + ${as.offset};`);
  }
  for (const r of R) put(`  ${C.map((c) => `var total${r}_${c} = 0.0;`).join(' ')}`);
  put(`  for (var ty = 0u; ty < ${n.tapsY}; ty++) { for (var tx = 0u; tx < ${n.tapsX}; tx++) {`);
  for (const c of C) {
    put(`    let iy${c} = u32(y${c} + i32(ty) * ${y.perTap}); let ix${c} = u32(x${c} + i32(tx) * ${x.perTap});
    let in${c} = iy${c} < ${y.extent} && ix${c} < ${x.extent};
    let at${c} = b${c} + select(0u, iy${c} * ${bs.y} + ix${c} * ${bs.x}, in${c});`);
  }
  put(`    let aTap = ty * ${as.tapY} + tx * ${as.tapX};
    for (var kBlock = 0u; kBlock < kEnd; kBlock += ${BLOCK}u) {
    let blockEnd = min(kBlock + ${BLOCK}u, kEnd);`);
  for (const r of R) put(`    ${C.map((c) => `var s${r}_${c} = 0.0;`).join(' ')}`);
  put(`    for (var k = kBlock; k < blockEnd; k += ${step}u) {`);
  for (const u of U) {
    put(`      let k${u} = min(k + ${u}u, kLast) * kStride; let has${u} = k + ${u}u < kEnd;`);
    for (const c of C) put(`      let v${c}_${u} = select(0.0, ${B.at(`at${c} + k${u}`)}, in${c} && has${u});`);
  }
  if (broadcast !== undefined) put(`      let aAt = aTap + min(k + aTerm, kLast) * ${as.k}; let aHas = k + aTerm < kEnd;`);
  for (const v of vectors) {
    if (broadcast !== undefined) put(`      let w${v} = select(0.0, ${A.at(`a${v} + aAt`)}, aHas);`);
    for (const i of range(span)) {
      const r = v * span + i;
      for (const u of U) {
        put(broadcast !== undefined
          ? `      let w${r}_${u} = subgroupBroadcast(w${v}, ${i * step + u}u);`
          : `      let w${r}_${u} = select(0.0, ${A.at(`a${v} + aTap + min(k + ${u}u, kLast) * ${as.k}`)}, has${u});`);
      }
      for (const c of C) {
        for (let u = 0; u < step; u += quad) {
          put(`      s${r}_${c} = s${r}_${c} + (${range(quad).map((q) => `w${r}_${u + q} * v${c}_${u + q}`).join(' + ')});`);
        }
      }
    }
  }
  put('    }');
  for (const r of R) put(`    ${C.map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')}`);
  put('    }\n  } }');

  const store = (row: string, value: (c: number) => string): void => {
    put(`    if (${row} < ${n.rows}) {`);
    for (const c of C) {
      put(`      if (firstColumn + ${c * lanes}u < ${n.columns}) {
        let o = group * ${os.group} + image${c} * ${os.image} + ${row} * ${os.row} + oy${c} * ${os.y} + ox${c} * ${os.x} + ${os.offset};
        ${OUT.set('o', finished ? `${finished}(o, ${value(c)})` : value(c))}
      }`);
    }
    put('    }');
  };
  if (tileRows * columns <= UNROLLED_STORES) {
    for (const r of R) { put(`  { let row = row0 + ${r}u;`); store('row', (c) => `total${r}_${c}`); put('  }'); }
  } else {
    put(`  var totals = array<f32, ${tileRows * columns}>(${R.flatMap((r) => C.map((c) => `total${r}_${c}`)).join(', ')});
  for (var r = 0u; r < ${tileRows}u; r++) { let row = row0 + r;`);
    store('row', (c) => `totals[r * ${columns}u + ${c}u]`);
    put('  }');
  }
  return w.build([lanes, 1, 1], flatGrid(columnTiles * rowTiles * product.groups, target), body.join('\n'));
}

/**
 * How one vector of A is spread over the lanes: `span` rows times `step` terms, summed `quad` at a time. A reduction
 * of a single term per tap (depthwise) gives its lanes to rows alone.
 */
export function spread(broadcast: number | undefined, tileRows: number, k: number): { span: number; step: number; quad: number } {
  const quad = k === 1 ? 1 : QUAD;
  if (broadcast === undefined) return { span: 1, step: quad, quad };
  const span = Math.max(1, Math.min(tileRows, Math.floor(broadcast / quad)));
  return { span, step: k <= quad ? quad : broadcast / span, quad };
}

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Declares the numbers of one axis as parameters. */
export function axis(w: KernelWriter, name: string, a: Axis): Record<'extent' | 'first' | 'perColumn' | 'perTap', string> {
  return {
    extent: w.param(`${name}Extent`, a.extent), first: w.param(`${name}First`, a.first, 'i32'),
    perColumn: w.param(`${name}PerColumn`, a.perColumn, 'i32'), perTap: w.param(`${name}PerTap`, a.perTap, 'i32'),
  };
}

/** Declares the named strides of one operand as parameters. */
export function strides<K extends string>(w: KernelWriter, name: string, from: { readonly [P in K]: number }, keys: readonly K[]): Record<K, string> {
  return Object.fromEntries(keys.map((key) => [key, w.param(`${name}_${key}`, from[key])])) as Record<K, string>;
}
