/** Data sets in one or a few files of records of one size: CIFAR-10 and CIFAR-100 binaries, a pair of .npy. */
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { shown, type DataSet, type DataSetOptions, type Source } from './dataset.js';
import { fileError } from '../files/files.js';
import { placeOf, readNpyBytes, type NpyPlace } from '../files/npz.js';
import { npyHeader, npyInputs, type NpyInputs } from '../data/npy.js';
import { parseNpyLabels } from '../data/npy-labels.js';

const PIXELS = 3072;

/** Label bytes before a record's pixels. CIFAR-100's are of the coarse and of the fine class. */
export const CIFAR = {
  cifar10: { labels: 1, record: 1 + PIXELS, classes: [10], title: 'CIFAR-10' },
  cifar100: { labels: 2, record: 2 + PIXELS, classes: [20, 100], title: 'CIFAR-100' },
} as const;

/** Bytes in which the header of a .npy file ends. */
const HEADER = 70_000;

/** Bytes read at a time in search of labels: whole records. */
const CHUNK = 1000;

/**
 * Files of one kind, one after another. CIFAR-100 gives the fine classes to a model of 100 classes, the coarse ones to
 * one of 20. Throws one sentence where a file is neither kind, or the model has another number of classes.
 */
export async function openCifar(files: readonly string[], { classes, names }: DataSetOptions): Promise<DataSet> {
  const parts: { file: string; rows: Uint8Array; kind: keyof typeof CIFAR }[] = [];
  for (const file of files) parts.push({ file, ...(await readLabels(file)) });
  const { kind } = parts[0];
  const odd = parts.find((p) => p.kind !== kind);
  if (odd) {
    throw new Error(
      `${odd.file} is a ${CIFAR[odd.kind].title} file and ${parts[0].file} a ${CIFAR[kind].title} file; give files of one kind`
    );
  }
  const width = CIFAR[kind].labels;
  const column = (CIFAR[kind].classes as readonly number[]).indexOf(classes);
  if (column < 0) {
    throw new Error(
      `${parts[0].file} is a ${CIFAR[kind].title} file with ${CIFAR[kind].classes.join(' or ')} classes, but the model has ${classes}`
    );
  }
  const starts = [0];
  for (const { rows } of parts) starts.push(starts[starts.length - 1] + rows.length / width);
  return {
    kind,
    root: dirname(files[0]),
    count: starts[parts.length],
    notices: [],
    classNames: shown(names),
    columns: kind === 'cifar100' ? [column === 1 ? 'coarse' : 'fine'] : [],
    sample: (k) => {
      const part = starts.findIndex((start) => start > k) - 1;
      const { file, rows } = parts[part];
      const record = k - starts[part];
      const label = (c: number) => rows[record * width + c];
      return { path: `${basename(file)}[${record}]`, label: label(column), carried: width === 2 ? [String(label(1 - column))] : [],
        source: { format: kind, file, record } };
    },
  };
}

/** The label bytes of every record, and which kind of file it is. */
async function readLabels(path: string): Promise<{ rows: Uint8Array; kind: keyof typeof CIFAR }> {
  const { size } = await stat(path).catch((error) => {
    throw fileError('read', path, error);
  });
  const handle = await open(path).catch((error) => {
    throw fileError('read', path, error);
  });
  try {
    for (const kind of ['cifar10', 'cifar100'] as const) {
      const { labels, record, classes } = CIFAR[kind];
      if (size === 0 || size % record !== 0) continue;
      const rows = new Uint8Array((size / record) * labels);
      const chunk = Buffer.alloc(CHUNK * record);
      for (let at = 0, n = 0; at < size; at += CHUNK * record) {
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
        for (let b = 0; b < bytesRead; b += record) for (let c = 0; c < labels; c++) rows[n++] = chunk[b + c];
      }
      if (rows.every((label, k) => label < classes[k % labels])) return { rows, kind };
    }
  } finally {
    await handle.close();
  }
  const records = `records of ${CIFAR.cifar10.record} bytes (CIFAR-10) or ${CIFAR.cifar100.record} bytes (CIFAR-100)`;
  throw new Error(`${path} is no CIFAR file: its ${size} bytes are not ${records} with labels in range`);
}

/**
 * `inputs` floats [N,C,H,W] or [C,H,W], ready for the network, are read record by record later; `labels` are class indices, one-hot
 * rows or names. Throws one sentence where the shapes do not fit.
 */
export async function openNpyPair(inputs: string, labels: string, { names, classes, whole }: DataSetOptions): Promise<DataSet> {
  const { count } = await npyRecords(inputs, whole);
  const found = parseNpyLabels(await readNpyBytes(await placeOf(labels)), labels, { count, inputs, classes, names });
  return {
    kind: 'npy',
    root: dirname(inputs),
    count,
    columns: [],
    notices: found.notice === null ? [] : [found.notice],
    classNames: shown(names),
    sample: (k) => ({ path: `${basename(inputs)}[${k}]`, label: found.labels[k], carried: [],
      source: { format: 'npy', file: inputs, record: k } satisfies Source }),
  };
}

/** Records [C,H,W] and where their file lies. */
export interface NpyRecords extends NpyInputs {
  readonly place: NpyPlace;
}

/**
 * Where the records of a .npy file, or of one in an archive, lie: floats, or with `whole` also whole numbers. Throws one sentence where
 * it holds none.
 */
export async function npyRecords(path: string, whole = false): Promise<NpyRecords> {
  const place = await placeOf(path);
  const header = npyHeader(await readNpyBytes(place, HEADER), path);
  const records = npyInputs(header, path, whole);
  const needed = records.start + records.elements.width * header.shape.reduce((n, d) => n * d, 1);
  if (place.size !== needed) {
    throw new Error(`${path} has ${place.size} bytes, but its shape [${header.shape.join(', ')}] needs ${needed}; it is damaged`);
  }
  return { ...records, place };
}
