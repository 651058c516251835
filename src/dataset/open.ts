/** Opens whatever a user calls a data set: class folders, a folder with labels.csv, CIFAR's binary files, a pair of .npy. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCifar, openNpyPair } from './arrays.js';
import { openFolders } from './folders.js';
import { openTable } from './table.js';
import { PICTURE, subfolders } from './walk.js';
import type { DataSet, DataSetOptions } from './dataset.js';
import { butIs } from '../data/file-kind.js';
import { fileError, readHead } from '../files/files.js';
import { isArray, isNpz, pairOf } from '../files/npz.js';

/** The table of a folder of pictures. */
export const TABLE = 'labels.csv';

const FORMS =
  'a folder of class folders, a folder with labels.csv, CIFAR binary files, inputs.npy,labels.npy, or an archive of both (.npz)';

/**
 * Reads the list of samples and their labels, not the pictures. `paths` is one folder, CIFAR's binary files, or a pair
 * of .npy files (also written as one text with a comma between). Throws one sentence that names what does not fit.
 */
export async function openDataSet(paths: readonly string[], options: DataSetOptions): Promise<DataSet> {
  const { names, classes } = options;
  if (names && names.count !== classes) throw new Error(`${names.source} names ${names.count} classes, but the model has ${classes}`);
  const given = paths.flatMap((p) => (/\.np[yz](:[^,/\\]+)?,.*\.np[yz](:[^,/\\]+)?$/i.test(p) ? p.split(',') : [p]));
  const set = await open(given, options);
  if (set.count === 0) throw new Error(`${given.join(', ')} holds no sample; a data set is ${FORMS}`);
  for (let k = 0; k < set.count; k++) {
    const { path, label } = set.sample(k);
    if (label < classes) continue;
    const fromOne = label === classes && all(set).every((l) => l >= 1 && l <= classes);
    throw new Error(
      `${path} has label ${label}, but the model has only ${classes} classes, 0 to ${classes - 1}` +
        (fromOne ? '; the labels seem to count from 1: subtract 1' : '')
    );
  }
  return set;
}

const all = (set: DataSet): number[] => Array.from({ length: set.count }, (_, k) => set.sample(k).label);

/** What a file may have been given for. */
function hint(path: string, head: Uint8Array): string {
  if (/\.csv$/i.test(path)) return `: give the folder that ${TABLE} lies in`;
  const kind = butIs(head, 'array');
  return /picture$/.test(kind) ? `${kind}, as \`misfire explain\` takes it` : kind;
}

async function open(paths: readonly string[], options: DataSetOptions): Promise<DataSet> {
  if (paths.length === 1 && isNpz(paths[0])) return openNpyPair(...(await pairOf(paths[0])), options);
  if (paths.every(isArray)) {
    if (paths.length !== 2) {
      throw new Error(`${paths.join(', ')}: .npy files come as a pair, the inputs and the labels: inputs.npy,labels.npy`);
    }
    return openNpyPair(paths[0], paths[1], options);
  }
  if (paths.every((p) => /\.bin$/i.test(p))) return openCifar(paths, options);
  if (paths.length !== 1) throw new Error(`${paths.join(', ')} are no data set together; a data set is ${FORMS}`);
  const [path] = paths;
  const found = await stat(path).catch((error) => {
    throw fileError('read', path, error);
  });
  if (!found.isDirectory()) throw new Error(`${path} is no data set${hint(path, await readHead(path))}; a data set is ${FORMS}`);
  const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
    throw fileError('read', path, error);
  });
  if (entries.some((e) => e.name === TABLE)) return openTable(path, join(path, TABLE), options);
  const { folders, clutter, lost } = await subfolders(path, entries);
  if (folders.length > 0) {
    const set = await openFolders(path, folders, options);
    const left = [...clutter, ...lost.map((name) => `${name} (a link that leads nowhere)`)];
    const loose = entries.filter((e) => !e.isDirectory() && !e.name.startsWith('.') && PICTURE.test(e.name) && !lost.includes(e.name));
    return {
      ...set,
      notices: [
        ...set.notices,
        ...(left.length > 0 ? [`${left.join(', ')} of ${path} are left out`] : []),
        ...(loose.length > 0 ? [`${loose.length} pictures of ${path} lie in no class folder and are left out (${loose[0].name})`] : []),
      ],
    };
  }
  const binaries = entries.filter((e) => /\.bin$/i.test(e.name)).map((e) => join(path, e.name)).sort();
  throw new Error(binaries.length > 0
    ? `${path} holds CIFAR binary files; name those to read, as in ${binaries[0]}`
    : `${path} has neither class folders nor ${TABLE}${lost.length > 0 ? ` (${lost[0]} is a link that leads nowhere)` : ''}; ` +
      `a data set is ${FORMS}`);
}
