/** Tables that spreadsheets and data frames read as they are (RFC 4180, lines ended by a line feed). */

/** One line, quoted where a cell needs it. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}

/** A table with its heading; the lines of each element of `items` are made when they are asked for. */
export function* csvTable<T>(heading: readonly string[], items: Iterable<T>,
  lines: (each: T) => Iterable<readonly (string | number)[]>): Generator<string> {
  yield csvLine(heading);
  for (const each of items) for (const line of lines(each)) yield csvLine(line);
}
