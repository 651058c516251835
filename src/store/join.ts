/** Two runs over the same pictures, row by row: a picture is the same where it lies in the same place or has the same content. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SampleReader } from '../dataset/sample.js';
import { fileError } from '../files/files.js';
import type { AnswerPair } from '../saliency/compare.js';
import type { Meta, Row } from './format.js';
import { sourceOf } from './sample.js';
import type { StoredRun } from './stored-run.js';

export interface JoinOptions {
  /** Join the pictures that both runs have, where each has others too. */
  readonly common?: boolean;
  /** Called with how many pictures have been read, where their contents are compared. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface JoinedRuns {
  /** In the order of the first run. */
  readonly pairs: readonly AnswerPair<Row>[];
  /** Pictures of each run that the other does not have, those that could not be computed among them. */
  readonly alone: readonly [number, number];
  /** What a user should know: pictures that could not be held against each other. */
  readonly notices: readonly string[];
}

/**
 * Joins two complete runs by picture: by its place on the disk, and where that differs, by what is in it (SHA-256 of the file, or
 * of the pixels). Throws one sentence where the runs are over other pictures or label one differently.
 */
export async function joinRuns(run: StoredRun, other: StoredRun, { common = false, onProgress }: JoinOptions = {}): Promise<JoinedRuns> {
  const mine = await run.readRows(), theirs = await other.readRows();
  const partner = new Map<Row, Row>();
  match(mine, theirs, (row) => place(run.meta, row), (row) => place(other.meta, row), partner);
  const notices: string[] = [];
  const left = (rows: readonly Row[], taken: ReadonlySet<Row>): Row[] => rows.filter((row) => !taken.has(row));
  if (partner.size < Math.min(mine.length, theirs.length)) {
    const rest = [left(mine, new Set(partner.keys())), left(theirs, new Set(partner.values()))] as const;
    const note = await matchContents([run, other], rest, partner, onProgress);
    if (note !== null) notices.push(note);
  }
  const alone = [left(mine, new Set(partner.keys())), left(theirs, new Set(partner.values()))] as const;
  await refuseOthers([run, other], alone, partner.size, common);
  const pairs = mine.flatMap((row) => (partner.has(row) ? [[row, partner.get(row)!] as const] : []));
  refuseLabels(run, other, pairs);
  return { pairs, alone: [alone[0].length, alone[1].length], notices };
}

const place = ({ data }: Meta, row: Pick<Row, 'path'>): string => {
  const { file, record } = sourceOf(data, row);
  return `${file}\n${record}`;
};

/** Rows with the same key, in their order where a key is there several times. */
function match(mine: readonly Row[], theirs: readonly Row[], key: (row: Row) => string, otherKey: (row: Row) => string,
  partner: Map<Row, Row>): void {
  const waiting = new Map<string, Row[]>();
  for (const row of theirs) {
    const k = otherKey(row);
    const list = waiting.get(k);
    if (list) list.push(row);
    else waiting.set(k, [row]);
  }
  for (const list of waiting.values()) list.reverse();
  for (const row of mine) {
    const found = waiting.get(key(row))?.pop();
    if (found) partner.set(row, found);
  }
}

/** By content; where that is not there any more and the lists of both runs are the same, by the list, which a sentence says. */
async function matchContents(runs: readonly [StoredRun, StoredRun], rest: readonly [readonly Row[], readonly Row[]], partner: Map<Row, Row>,
  onProgress?: (done: number, total: number) => void): Promise<string | null> {
  const [a, b] = runs;
  const files = runs.every(({ meta: { data: { kind } } }) => kind === 'folders' || kind === 'table');
  const total = rest[0].length + rest[1].length;
  const hashes = new Map<Row, string>();
  try {
    for (const k of [0, 1] as const) {
      const reader = new SampleReader(null, runs[k].meta.model.channelsLast);
      try {
        for (const row of rest[k]) {
          hashes.set(row, await content(reader, runs[k].meta, row, files));
          onProgress?.(hashes.size, total);
        }
      } finally {
        reader.close();
      }
    }
  } catch (error) {
    if (a.meta.data.sha256 !== b.meta.data.sha256) {
      const why = String((error as Error).message).replace(/[.]$/, '');
      throw new Error(`${a.folder} and ${b.folder} have pictures in different places, which cannot be compared: ${why}`, { cause: error });
    }
    const byId = new Map(rest[1].map((row) => [row.id, row]));
    for (const row of rest[0]) if (byId.has(row.id)) partner.set(row, byId.get(row.id)!);
    return `the pictures of ${a.folder} and ${b.folder} lie in different places and cannot be read there any more; ` +
      'they are taken for the same, since both lists of names and labels are';
  }
  match(rest[0], rest[1], (row) => hashes.get(row)!, (row) => hashes.get(row)!, partner);
  return null;
}

async function content(reader: SampleReader, { data }: Meta, row: Row, files: boolean): Promise<string> {
  const source = sourceOf(data, row);
  const hash = createHash('sha256');
  if (files) {
    hash.update(await readFile(source.file).catch((error) => {
      throw fileError('read', source.file, error);
    }));
  } else if (source.format === 'npy') {
    const { data: values, shape } = await reader.read(source);
    hash.update(`array ${shape.join(' ')}\n`).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  } else {
    const { width, height, data: pixels } = await reader.picture(source);
    hash.update(`picture ${width} ${height}\n`).update(pixels);
  }
  return hash.digest('hex');
}

/** Throws where a run has pictures that the other does not: but for those that could not be computed there. */
async function refuseOthers(runs: readonly [StoredRun, StoredRun], alone: readonly [readonly Row[], readonly Row[]], pairs: number,
  common: boolean): Promise<void> {
  const [a, b] = runs;
  if (pairs === 0) {
    throw new Error(`${a.folder} and ${b.folder} are over other pictures, none of which is in both; profile the same pictures with both`);
  }
  if (common) return;
  const strange = await Promise.all([0, 1].map(async (k) => {
    const other = runs[1 - k];
    const failed = new Set((await other.readErrors()).map(({ path }) => path));
    return alone[k].filter(({ path }) => !failed.has(path));
  }));
  const said = strange.flatMap((rows, k) =>
    rows.length === 0 ? [] : [`${rows.length} of ${runs[k].folder} ${rows.length === 1 ? 'is' : 'are'} not in ${runs[1 - k].folder}, ` +
      `${rows[0].path} for one`]
  );
  if (said.length === 0) return;
  throw new Error(`${a.folder} and ${b.folder} are not over the same pictures: ${said.join('; ')}; ` +
    `profile the same ones with both, or compare the ${pairs} that both have with --common`);
}

function refuseLabels(run: StoredRun, other: StoredRun, pairs: readonly AnswerPair<Row>[]): void {
  const differ = pairs.filter(([a, b]) => a.label !== b.label);
  if (differ.length === 0) return;
  const [[a, b]] = differ;
  throw new Error(
    `${differ.length} of ${pairs.length} pictures have another label in each run: ${a.path} is ${a.label} in ${run.folder} and ` +
      `${b.label} in ${other.folder}; profile both with the same labels (--classes, where the networks order their classes differently)`
  );
}
