/** A folder with labels.csv: columns file and label, in any order, and others that are carried along. */
import { createReadStream, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse, type Info } from 'csv-parse';
import { COMPUTED_COLUMNS, shown, type DataSet, type DataSetOptions } from './dataset.js';
import { fileError } from '../files/files.js';

/**
 * A label is an index or, with `names`, a WordNet id or a name. Files are relative to `root` or absolute. Throws one
 * sentence that names the line where a file is missing, a label is none, or the text is no table.
 */
export async function openTable(root: string, table: string, options: DataSetOptions): Promise<DataSet> {
  const files: string[] = [];
  const labels: number[] = [];
  const carried: string[][] = [];
  let header: Header | null = null;
  const stream = createReadStream(table);
  const rows = stream.pipe(parse({ bom: true, info: true, skip_empty_lines: true }));
  stream.on('error', (error) => rows.destroy(fileError('read', table, error)));
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: Info }>) {
      if (!header) {
        header = readHeader(record, table);
        continue;
      }
      const where = `${table}, line ${info.lines}`;
      const file = record[header.file];
      checkFile(root, file, where);
      files.push(file);
      labels.push(readLabel(record[header.label], where, options));
      if (header.others.length > 0) carried.push(header.others.map((c) => record[c]));
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw code?.startsWith('CSV_') ? new Error(`${table} is no table: ${message.replace(/\s+/g, ' ')}`, { cause: error }) : error;
  }
  if (!header) throw new Error(`${table} is empty; its first line names the columns, file and label among them`);
  const { columns } = header;
  const { names } = options;
  return {
    kind: 'table',
    root,
    count: files.length,
    columns,
    notices: [],
    classNames: shown(names),
    sample: (k) => ({
      path: files[k],
      label: labels[k],
      carried: columns.length > 0 ? carried[k] : [],
      source: { format: 'picture', file: resolve(root, files[k]), record: 0 },
    }),
  };
}

interface Header {
  readonly file: number;
  readonly label: number;
  readonly others: readonly number[];
  readonly columns: readonly string[];
}

const resolve = (root: string, file: string): string => (isAbsolute(file) ? file : join(root, file));

function readHeader(record: readonly string[], table: string): Header {
  const names = record.map((name) => name.trim());
  const at = (name: string): number => {
    const k = names.indexOf(name);
    if (k < 0) {
      throw new Error(`${table} has the columns ${names.map((n) => `"${n.slice(0, 60)}"`).join(', ')}; it needs "file" and "label"`);
    }
    return k;
  };
  const file = at('file'), label = at('label');
  const others = names.map((_, k) => k).filter((k) => k !== file && k !== label);
  // Readers of the store tell columns apart without regard to case.
  const taken = new Set(COMPUTED_COLUMNS.map((c) => c.toLowerCase()));
  for (const k of others) {
    const name = names[k].toLowerCase();
    if (name === '') throw new Error(`${table}: column ${k + 1} has no name; give it one or remove it`);
    if (taken.has(name)) {
      throw new Error(`${table}: the column "${names[k]}" ` +
        `${COMPUTED_COLUMNS.some((c) => c.toLowerCase() === name) ? 'has the name of a column that is computed' : 'is there twice'}; ` +
        'rename it');
    }
    taken.add(name);
  }
  return { file, label, others, columns: others.map((k) => names[k]) };
}

function checkFile(root: string, file: string, where: string): void {
  if (file === '') throw new Error(`${where}: the file is empty`);
  const found = statSync(resolve(root, file), { throwIfNoEntry: false });
  if (!found) throw new Error(`${where}: the file ${file} does not exist`);
  if (!found.isFile()) throw new Error(`${where}: ${file} is no file`);
}

function readLabel(text: string, where: string, { classes, names }: DataSetOptions): number {
  const label = text.trim();
  if (/^\d+$/.test(label)) {
    if (Number(label) < classes) return Number(label);
    throw new Error(`${where}: label ${label} is out of range: the model has ${classes} classes, 0 to ${classes - 1}`);
  }
  if (!names) {
    throw new Error(
      `${where}: label "${label}" is not an index from 0 to ${classes - 1}; to use names, give --classes FILE with one name a line`
    );
  }
  const found = names.find(label);
  if (found === null) {
    throw new Error(`${where}: label "${label}" is no class of ${names.source}; the nearest names are ${names.nearest(label).join(', ')}`);
  }
  return found;
}
