/** Tables of plain text, for a terminal. */

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
