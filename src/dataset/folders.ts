/** A folder of class folders, each with the pictures of one class at any depth. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Classes } from '../data/classes.js';
import { shown, type DataSet, type DataSetOptions } from './dataset.js';
import { fileError } from '../files/files.js';

export const PICTURE = /\.(jpe?g|png|webp)$/i;

/**
 * Class k is the k-th folder by name, or, with `names`, the class that the folder's name finds: a WordNet id or a name,
 * blanks perhaps written as underscores. Throws one sentence where a folder finds no class, or where without names
 * there are not as many folders as classes.
 */
export async function openFolders(root: string, folders: readonly string[], { classes, names }: DataSetOptions): Promise<DataSet> {
  const labelOf = names ? matched(root, folders, names) : sorted(root, folders, classes);
  const files: string[] = [];
  const labels: number[] = [];
  let others = 0;
  for (const folder of folders) {
    const walk = async (under: string): Promise<void> => {
      const entries = await readdir(join(root, under), { withFileTypes: true }).catch((error) => {
        throw fileError('read', join(root, under), error);
      });
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = `${under}/${entry.name}`;
        if (entry.name.startsWith('.')) continue;
        if (entry.isDirectory()) await walk(path);
        else if (!PICTURE.test(entry.name)) others++;
        else if (entry.isFile() || (await stat(join(root, path)).catch(() => null))?.isFile()) {
          files.push(path);
          labels.push(labelOf.get(folder)!);
        }
      }
    };
    await walk(folder);
  }
  return {
    kind: 'folders',
    root,
    count: files.length,
    columns: [],
    classNames: shown(names) ?? folders,
    notices: [
      ...(names
        ? []
        : [
          `the class folders of ${root} are taken for the classes in the order of their names: ${folders[0]} is class 0, ` +
          `${folders[folders.length - 1]} class ${folders.length - 1}; give --classes where the model's order is another`,
        ]),
      ...(others > 0 ? [`${others} files of ${root} are no .jpg, .png or .webp and are left out`] : []),
    ],
    sample: (k) => ({ path: files[k], label: labels[k], carried: [],
      source: { format: 'picture', file: join(root, files[k]), record: 0 } }),
  };
}

function sorted(root: string, folders: readonly string[], classes: number): Map<string, number> {
  if (folders.length !== classes) {
    throw new Error(`${root} has ${folders.length} class folders, but the model has ${classes} classes; `
      + 'give --classes FILE, so that folders are matched by WordNet id or name');
  }
  const numbers = folders.map(Number);
  if (folders.every((f) => /^\d+$/.test(f)) && numbers.some((n, k) => k > 0 && n < numbers[k - 1])) {
    throw new Error(
      `the class folders of ${root} are numbers whose order by name (${folders.slice(0, 3).join(', ')}, ` +
        '...) is not their order by value; give --classes FILE with their names, or name them with leading zeros'
    );
  }
  return new Map(folders.map((f, k) => [f, k]));
}

function matched(root: string, folders: readonly string[], names: Classes): Map<string, number> {
  const labels = new Map<string, number>();
  const folderOf = new Map<number, string>();
  for (const folder of folders) {
    const label = names.find(folder) ?? names.find(folder.replace(/_/g, ' '));
    if (label === null) {
      throw new Error(
        `the folder ${join(root, folder)} is no class of ${names.source}; ` +
          `the nearest names are ${names.nearest(folder.replace(/_/g, ' ')).join(', ')}`
      );
    }
    const other = folderOf.get(label);
    if (other !== undefined) {
      throw new Error(`the folders ${other} and ${folder} of ${root} are both class ${label} of ${names.source}; name each class once`);
    }
    folderOf.set(label, folder);
    labels.set(folder, label);
  }
  return labels;
}
