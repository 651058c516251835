/** A folder with labels.csv: columns file and label, in any order, and others that are carried along. */
import { createReadStream, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse, type Info } from 'csv-parse';
import { COMPUTED_COLUMNS, shown, type DataSet, type DataSetOptions } from './dataset.js';
import { doubts, noLabel, readLabel, type ReadLabel } from '../data/labels.js';
import { placeholder } from '../data/file-kind.js';
import { fileError, readHead } from '../files/files.js';

/**
 * A label is, with `names`, a WordNet id or a name, or else an index. Files are relative to `root` or absolute. Throws one
 * sentence that names the line where a file is missing, a label is none, or the text is no table.
 */
export async function openTable(root: string, table: string, options: DataSetOptions): Promise<DataSet> {
  const files: string[] = [];
  const labels: number[] = [];
  const kinds = new Map<string, ReadLabel>();
  const carried: string[][] = [];
  let header: Header | null = null;
  const stands = placeholder(await readHead(table));
  if (stands !== null) throw new Error(`${table} is ${stands}`);
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
      labels.push(labelOf(record[header.label], where, options, kinds));
      if (header.others.length > 0) carried.push(header.others.map((c) => record[c]));
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw code?.startsWith('CSV_') ? new Error(`${table} is no table: ${message.replace(/\s+/g, ' ')}`, { cause: error }) : error;
  }
  if (!header) throw new Error(`${table} is empty; its first line names the columns, file and label among them`);
  const { columns } = header;
  const { names } = options;
  const doubt = inPlace(table, () => doubts(kinds.values(), names));
  return {
    kind: 'table',
    root,
    count: files.length,
    columns,
    notices: doubt === null ? [] : [`${table}: ${doubt}`],
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

/** `known` has what each text was read as, so that none is looked for twice. */
function labelOf(text: string, where: string, { classes, names }: DataSetOptions, known: Map<string, ReadLabel>): number {
  const found = known.get(text) ?? inPlace(where, () => readLabel(text, classes, names));
  if (found === null) throw new Error(`${where}: ${lowered(noLabel(text, classes, names))}`);
  known.set(text, found);
  return found.label;
}

/** What is thrown says where. */
function inPlace<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${where}: ${lowered((error as Error).message)}`, { cause: error });
  }
}

const lowered = (sentence: string): string => sentence[0].toLowerCase() + sentence.slice(1).replace(/\.$/, '');
