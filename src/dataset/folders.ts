/** A folder of class folders, each with the pictures of one class at any depth. */
import { join } from 'node:path';
import type { Classes } from '../data/classes.js';
import { doubts, readLabel, type ReadLabel } from '../data/labels.js';
import { shown, type DataSet, type DataSetOptions } from './dataset.js';
import { PictureWalk } from './walk.js';

/** So many names stand in a message. */
const NAMED = 5;
const SPLITS = /^(train|training|val|valid|validation|test|testing|images?)$/i;

/**
 * With `names` a folder is the class that its name stands for, as labels.ts says: a WordNet id, a name (blanks perhaps written as
 * underscores), or an index. Without, class k is the k-th folder by name; where there are other than as many folders as classes, but
 * all are numbers, they are indices. Folders that stand for no class and hold no picture are left out and told. Throws one sentence
 * where a folder with pictures stands for no class, or where without names there are not as many folders as classes.
 */
export async function openFolders(root: string, folders: readonly string[], { classes, names }: DataSetOptions): Promise<DataSet> {
  const walk = new PictureWalk(root);
  const found = new Map<string, string[]>();
  for (const folder of folders) found.set(folder, await walk.pictures(folder));
  const holds = (folder: string): boolean => found.get(folder)!.length > 0;
  const left = walk.notices();
  if (left.length > 0 && !folders.some(holds)) throw new Error(`${root} holds no sample: ${left.join('; ')}`);
  const { labelOf, notices, order } = names
    ? matched(root, folders, holds, classes, names)
    : unnamed(root, folders, holds, classes);
  const files: string[] = [];
  const labels: number[] = [];
  for (const [folder, label] of labelOf) {
    for (const file of found.get(folder)!) {
      files.push(file);
      labels.push(label);
    }
  }
  return {
    kind: 'folders',
    root,
    count: files.length,
    columns: [],
    classNames: shown(names) ?? order,
    notices: [...notices, ...left],
    sample: (k) => ({ path: files[k], label: labels[k], carried: [],
      source: { format: 'picture', file: join(root, files[k]), record: 0 } }),
  };
}

interface Mapping {
  readonly labelOf: ReadonlyMap<string, number>;
  readonly notices: readonly string[];
  /** The folders' names as those of the classes; null where they are not. */
  readonly order: readonly string[] | null;
}

function unnamed(root: string, all: readonly string[], holds: (folder: string) => boolean, classes: number): Mapping {
  // As many as classes: an empty one keeps its place. Else only those that hold pictures count.
  const folders = all.length === classes ? all : all.filter(holds);
  const empty = all.filter((f) => !holds(f));
  const numbers = folders.map(Number);
  const numeric = folders.length > 0 && folders.every((f) => /^\d+$/.test(f));
  const noted = empty.length > 0 && folders !== all ? [`${listed(empty)} of ${root} hold no picture and are left out`] : [];
  if (folders.length !== classes) {
    if (numeric && folders.length < classes && numbers.every((n) => n < classes) && new Set(numbers).size === numbers.length) {
      const notice = `the class folders of ${root} are numbers and taken for indices: ${folders[0]} is class ${numbers[0]}; ` +
        'give --classes where they are names';
      return { labelOf: new Map(folders.map((f, k) => [f, numbers[k]])), notices: [...noted, notice], order: null };
    }
    const inside = folders.find((f) => SPLITS.test(f));
    const hints = [
      ...(empty.length > 0 ? [`${listed(empty)} hold no picture`] : []),
      ...(inside !== undefined ? [`if ${inside} is a part of the data, name it: ${join(root, inside)}`] : []),
    ];
    throw new Error(
      `${root} has ${all.length} class folders, but the model has ${classes} classes; ` +
        `give --classes FILE, so that folders (here ${listed(folders)}) are matched by WordNet id or name` + hints.map((h) =>
          `; ${h}`
        ).join('')
    );
  }
  if (numeric && numbers.some((n, k) => k > 0 && n < numbers[k - 1])) {
    const byValue = [...folders].sort((a, b) => Number(a) - Number(b));
    throw new Error(
      `the class folders of ${root} are numbers whose order by name (${folders.slice(0, 3).join(', ')}, ...) is not their order by value ` +
        `(${byValue.slice(0, 3).join(', ')}, ...); say which one the model has: give --classes FILE with the folders' names, one a line, ` +
        "in the model's order (by name where it was trained with torchvision's ImageFolder or Keras)"
    );
  }
  const last = folders.length - 1;
  const notice = `the class folders of ${root} are taken for the classes in the order of their names: ${folders[0]} is class 0, ` +
    `${folders[last]} class ${last}; give --classes where the model's order is another`;
  return { labelOf: new Map(folders.map((f, k) => [f, k])), notices: [notice, ...noted], order: folders };
}

function matched(root: string, folders: readonly string[], holds: (folder: string) => boolean, classes: number, names: Classes): Mapping {
  const labelOf = new Map<string, number>();
  const folderOf = new Map<number, string>();
  const read: ReadLabel[] = [];
  const strangers: string[] = [];
  for (const folder of folders) {
    const label = inPlace(join(root, folder), () => readLabel(folder, classes, names));
    if (label === null) {
      if (holds(folder)) {
        const near = names.nearest(folder.replace(/_/g, ' ')).join(', ');
        throw new Error(`the folder ${join(root, folder)} is no class of ${names.source}; the nearest names are ${near}`);
      }
      strangers.push(folder);
      continue;
    }
    const other = folderOf.get(label.label);
    if (other !== undefined) {
      throw new Error(
        `the folders ${other} and ${folder} of ${root} are both class ${label.label} of ${names.source}; name each class once`
      );
    }
    folderOf.set(label.label, folder);
    labelOf.set(folder, label.label);
    read.push(label);
  }
  const doubt = inPlace(`the class folders of ${root}`, () => doubts(read, names));
  return {
    labelOf,
    order: null,
    notices: [
      ...(doubt === null ? [] : [`the class folders of ${root}: ${doubt}`]),
      ...(strangers.length > 0
        ? [`${listed(strangers)} of ${root} are no classes of ${names.source}, hold no picture and are left out`]
        : []),
    ],
  };
}

/** What is thrown says where. */
function inPlace<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

const listed = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ` and ${names.length - NAMED} more` : '');
