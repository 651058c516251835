/** Object boxes of a run's pictures as text: those that the run carried along, or those of a table. */
import { parse } from 'csv-parse/sync';
import { BOXES } from '../../src/data/boxes.js';
import { readText } from '../../src/files/files.js';
import type { Held } from './held.js';

/**
 * A text for each picture, empty where it has no box; null where nobody knows of boxes. `table` is a CSV file with columns file and boxes.
 * Throws one sentence where it is none, or names no picture of the run.
 */
export async function boxTexts({ run, name }: Held, table: string | undefined): Promise<string[] | null> {
  if (!run) {
    if (table !== undefined) throw new Error(`${name} are arrays, whose pictures and boxes are not known; give the folder of a run`);
    return null;
  }
  if (table === undefined) {
    const column = run.run.meta.data.columns.indexOf(BOXES);
    return column < 0 ? null : run.rows.map((row) => row.carried[column]);
  }
  const records = parsed(await readText(table), table);
  if (records.length === 0 || !('file' in records[0]) || !(BOXES in records[0])) {
    throw new Error(`${table} is no table of boxes: its first line names the columns, file and ${BOXES} among them`);
  }
  const found = new Map(records.map((r) => [r.file, r[BOXES]]));
  if (!run.rows.some(({ path }) => found.has(path))) {
    throw new Error(`${table} names no picture of ${name}: its files begin with ${records[0].file}, the run's with ${run.rows[0].path}`);
  }
  return run.rows.map(({ path }) => found.get(path) ?? '');
}

function parsed(text: string, table: string): Record<string, string>[] {
  try {
    return parse(text, { bom: true, columns: true, skip_empty_lines: true });
  } catch (error) {
    throw new Error(`${table} is no table: ${(error as Error).message.replace(/\s+/g, ' ')}`, { cause: error });
  }
}
