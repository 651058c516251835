/** `misfire sparse` at work: the path fitted, measured on held samples, written; the chosen layer saved into the model. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { openDawnDevice } from '../../src/dawn.js';
import { checkWritable } from '../../src/files/files.js';
import { saveSparseLayer } from '../../src/local/save-layer.js';
import { openSparse } from '../../src/local/sparse-folder.js';
import { sparseText, type SparseTables } from '../../src/report/sparse/tables.js';
import { toRaw } from '../../src/sparse/fold.js';
import { RESULT, type SparseResult } from '../../src/sparse/format.js';
import { workIn, type FolderKind } from '../../src/store/folder.js';
import { EXPERIMENT } from '../experiment/journal.js';
import { announce } from '../shared/computer.js';
import { Interrupt } from '../shared/interrupt.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { fitPath } from './fit.js';
import { openInputs, type SparseInputs } from './inputs.js';
import { lambdasOf } from './lambdas.js';
import { measure } from './measure.js';
import type { SparseOptions } from './options.js';
import { writePath } from './write.js';

const SPARSE: FolderKind = { ...EXPERIMENT,
  refusal: (folder, name) => `${folder} holds ${name} and no sparse layers; choose an empty or a new folder for --out` };

export async function sparse(run: string, options: SparseOptions): Promise<void> {
  const { held, out, quiet, save, json } = options;
  for (const [name, value] of [['--held <run2>', held], ['--out <folder>', out]]) {
    if (value === undefined) throw new UsageError(`required option '${name}' not specified`);
  }
  await checkJson(json);
  lambdasOf(options, 1); // what cannot be asked is said before anything is read
  if (save !== undefined) await checkWritable(save);
  const inputs = await openInputs(run, options);
  if (save !== undefined && !inputs.model) throw new UsageError(`--save writes into a network's file, and ${run} are arrays; give a run`);
  const device = await openDawnDevice({ adapter: options.adapter });
  const interrupt = new Interrupt('layer');
  try {
    if (!quiet) announce(device);
    const { standard: { constant } } = inputs;
    if (constant.length > 0 && !quiet) notice(constantNotice(constant));
    const result = await workIn(out, SPARSE, async (lock) => {
      interrupt.begin();
      const fitted = await fitPath(inputs, options, { device, lock, interrupt, progress: (total, before) =>
        new Progress(total, before, { quiet, parts: true }) });
      if (!fitted) return null;
      const measured = await measure(inputs, fitted, options, device);
      const tables: SparseTables = { ...measured, weights: measured.layer.w, raw: toRaw(measured.layer, inputs.standard).w, name: (k) =>
        inputs.classNames?.[k] ?? `class ${k}` };
      await writePath(out, fitted, tables, inputs.standard, () => lock.check());
      return measured.result;
    }, (text) => quiet || notice(text));
    if (!result) return notice(`stopped; the same command goes on with ${out}.`);
    await finish(result, inputs, options);
  } finally {
    device.destroy();
    interrupt.end();
  }
}

async function finish(result: SparseResult, inputs: SparseInputs, options: SparseOptions): Promise<void> {
  const { out, save, json, quiet } = options;
  await access(join(out, RESULT));
  await writeResult(() => [JSON.stringify(result, null, 1), '\n'], `${sparseText(result)}\nThe page: ${join(out, 'sparse.html')}\n`,
    options);
  if (save !== undefined) {
    await saveSparseLayer(save, inputs.model!.file.path, await (await openSparse(out)).layer());
    if (!quiet) notice(`${save} is ${inputs.model!.file.path} with layer ${result.chosen} in the place of its last one.`);
  }
  next('what the features of each class look like', ['sparse', 'show', out], { json, quiet });
}

const constantNotice = (constant: readonly number[]): string =>
  `${
    constant.length === 1
      ? `feature ${constant[0]} is`
      : `${constant.length} features (${constant.slice(0, 5).join(', ')}${constant.length > 5 ? ', ...' : ''}) are`
  } `
  + 'constant over the training rows: weight 0.';
