/** Names of classes: a file of --classes, or those a run was made with. */
import { parseClasses, type Classes } from '../../src/data/classes.js';
import { knownClasses } from '../../src/data/known-classes.js';
import { classesInMetadata } from '../../src/data/metadata.js';
import { readText } from '../../src/files/files.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import type { Meta } from '../../src/store/format.js';

/** The names in the file, or those of a well-known data set; null where none is given. Throws one sentence where it is no list of names. */
export async function readClasses(path: string | undefined): Promise<Classes | null> {
  return path === undefined ? null : knownClasses(path) ?? parseClasses(await readText(path), path);
}

/** The names that the model's own file has for its classes, and what to say of them; null where it has none. */
export function namesInModel({ name, metadata }: OnnxModel, count: number): { classes: Classes; notice: string } | null {
  const found = classesInMetadata(metadata, count, name);
  if (!found) return null;
  const { classes, key } = found;
  const ends = `class 0 is ${classes.show(0)}, class ${count - 1} ${classes.show(count - 1)}`;
  return { classes, notice: `the classes are called as ${name} itself says (${key}): ${ends}` };
}

/** Throws one sentence where they are not as many as the run's model has. */
export function checkClasses(classes: Classes | null, { model }: Meta): void {
  if (classes && classes.count !== model.classes) {
    throw new Error(`${classes.source} names ${classes.count} classes, but the run's model has ${model.classes}`);
  }
}

/** A class as a person calls it: by the names given, else by the run's own. */
export function classNamer({ data }: Meta, classes: Classes | null): (label: number) => string {
  return (label) => classes?.show(label) ?? data.classNames?.[label] ?? `class ${label}`;
}
