/** The sums NAME{row}_{column} that an invocation of a matrix kernel holds: declared, joined and stored. */
import { range } from './writer.js';

/** Declares them, one line per row. */
export function declareSums(name: string, rows: number, columns: number, indent = '  '): string {
  return range(rows).map((r) => indent + range(columns).map((c) => `var ${name}${r}_${c} = 0.0;`).join(' ')).join('\n');
}

/** Adds a block's sums s{row}_{column} to total{row}_{column}. */
export function joinTotals(rows: number, columns: number, indent = '  '): string {
  return range(rows).map((r) => indent + range(columns).map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')).join('\n');
}

/** More sums than this are put into an array before they are stored: one store's code serves all. */
const UNROLLED_STORES = 16;

/** Code that stores the sums of all rows from `row0` on, a loop where there are many: one store's code then serves all. */
export function storeRows(rows: number, columns: number, name: string,
  store: (row: string, value: (c: number) => string) => string): string {
  if (rows * columns <= UNROLLED_STORES) {
    return range(rows).map((r) => store(`(row0 + ${r}u)`, (c) => `${name}${r}_${c}`)).join('\n');
  }
  const all = range(rows).flatMap((r) => range(columns).map((c) => `${name}${r}_${c}`));
  return `  var all = array<f32, ${all.length}>(${all.join(', ')});
  for (var r = 0u; r < ${rows}u; r++) {
${store('(row0 + r)', (c) => `all[r * ${columns}u + ${c}u]`)}
  }`;
}
