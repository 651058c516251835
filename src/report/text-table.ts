/** Tables of plain text, for a terminal. */

/** Columns of a terminal that a command's output keeps to. */
export const WIDTH = 100;

/**
 * A table whose lines keep to `WIDTH`: where it is wider, its columns are told in several tables one below the other, each with the first
 * column. A single column that is wider stays so.
 */
export function fittedTable(rows: readonly (readonly string[])[], right: readonly number[] = [], indent = ''): string[] {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => row[c].length))) ?? [];
  const blocks: number[][] = [];
  let left = 0;
  for (let c = 1; c < widths.length; c++) {
    if (blocks.length === 0 || widths[c] + 2 > left) {
      blocks.push([0]);
      left = WIDTH - indent.length - widths[0];
    }
    blocks[blocks.length - 1].push(c);
    left -= widths[c] + 2;
  }
  return (blocks.length > 0 ? blocks : [widths.map((_, c) => c)]).flatMap((columns, b) => {
    const lines = table(rows.map((row) => columns.map((c) => row[c])), columns.flatMap((c, k) => (right.includes(c) ? [k] : [])), indent);
    return b === 0 ? lines : ['', ...lines];
  });
}

/** A sentence in lines of at most `WIDTH` columns, the later ones indented; a word that is longer stays whole. */
export function hanging(text: string, indent = '  '): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines;
}

/** Columns padded to their widest cell; those in `right` are set flush right. Each line begins with `indent`. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = [], indent = ''): string[] {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => row[c].length))) ?? [];
  return rows.map((row) => {
    const cells = row.map((cell, c) => (right.includes(c) ? cell.padStart(widths[c]) : cell.padEnd(widths[c])));
    return `${indent}${cells.join('  ').trimEnd()}`;
  });
}

/** A text in lines of at most `width` characters where its words allow it, each beginning with `indent`. */
export function wrapped(text: string, indent = '', width = 100): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}
