/** `misfire irreproducibility run`: one setting, trained and measured, with its trajectories as arrays where they are asked for. */
import { join } from 'node:path';
import { openDawnDevice } from '../../src/dawn.js';
import { ndarray, type ArrayData } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { writeAllAtomic, type Content } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { divergedText, runText } from '../../src/report/reproducibility/run.js';
import { runSetting, type Result } from '../../src/reproducibility/experiment.js';
import { completeSetting, inputsOf, stepsOf, tensorsOf } from '../../src/reproducibility/setting.js';
import { logistic, parametersOf } from '../../src/reproducibility/task.js';
import { announce } from '../shared/computer.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice, version } from '../shared/terminal.js';
import { readJson } from './setting-file.js';

export interface RunSettingOptions {
  readonly out: string;
  readonly dump?: boolean;
  readonly kernel?: 'resident' | 'general';
  readonly schedule?: 'tile' | 'register';
  readonly adapter?: string;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

/** Steps whose weights `--dump` keeps, beside the first ones. */
const KEPT = [1, 10, 256];

/** `--kernel` to the trainer's path. */
export async function runIrreproducibility(file: string, options: RunSettingOptions): Promise<void> {
  const { out, dump = false, kernel, schedule, adapter, quiet } = options;
  const setting = completeSetting(await readJson(file), file);
  await checkJson(options.json);
  await makeOutFolder(out);
  const device = await openDawnDevice({ adapter, schedule });
  const progress = new Progress(stepsOf(setting), 0, { quiet, parts: true });
  try {
    if (!quiet) announce(device);
    const at = dump ? KEPT.filter((t) => t <= stepsOf(setting)) : [];
    const result = await runSetting(device, setting, { path: kernel, at, onSteps: (done) => progress.update(done, 'training') });
    progress.clear();
    const meta = metaOf(result, at, device.adapter.description);
    const files = new Map<string, Content>([[join(out, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`]]);
    if (dump) { for (const [name, values] of arraysOf(result)) files.set(join(out, `${name}.npy`), values); }
    await writeAllAtomic(files);
    const failed = divergedText(result.diverged, setting.models);
    if (failed !== null && !quiet) notice(`${failed}.`);
    await writeResult(() => [`${JSON.stringify(meta)}\n`], runText(result), options);
    next('what changes it: a factorial of settings (docs/irreproducibility.md)', ['irreproducibility', 'sweep', 'SWEEP.json', '--out',
      'sweep'], options);
  } finally {
    progress.clear();
    device.destroy();
  }
}

/** JSON has no NaN: a measure that is none is null. */
function metaOf({ setting, measures, diverged }: Result, steps: readonly number[], adapter: string) {
  return { setting, tensors: tensorsOf(setting), steps, measures, diverged, version, adapter };
}

/** The arrays of one setting by their names, in the layout of the reference's folders. */
function* arraysOf({ setting, data, orders, initial, snapshots, logits }: Result): Generator<[string, Uint8Array]> {
  const { models } = setting, inputs = inputsOf(setting), parameters = parametersOf(setting);
  const npy = (values: ArrayData, ...shape: number[]): Uint8Array => writeNpy(ndarray(values, shape));
  const points = data.pHeld.length;
  yield ['x', npy(data.x, data.y.length, inputs)];
  yield ['y', npy(data.y, data.y.length)];
  yield ['x_held', npy(data.xHeld, points, inputs)];
  yield ['y_held', npy(data.yHeld, points)];
  yield ['p_held', npy(data.pHeld, points)];
  const order = new Uint32Array(models * orders.length);
  for (let m = 0; m < models; m++) {
    const from = orders.rows === 1 ? 0 : m * orders.length;
    order.set(orders.values.subarray(from, from + orders.length), m * orders.length);
  }
  yield ['orders', npy(order, models, orders.length)];
  yield ['weights_0', npy(initial, models, parameters)];
  for (const [t, weights] of snapshots) yield [`weights_${t}`, npy(weights.slice(), models, parameters)];
  yield ['logits', npy(logits, models, points)];
  yield ['probabilities', npy(Float64Array.from(logits, logistic), models, points)];
}
