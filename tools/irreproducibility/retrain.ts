/** `misfire irreproducibility retrain`: a last layer, or the demo's network, trained again with one thing at a time left to chance. */
import { join } from 'node:path';
import { openDawnDevice } from '../../src/dawn.js';
import { Decoder } from '../../src/dataset/decoder.js';
import type { Device } from '../../src/engine/device.js';
import { writeAtomic } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { retrainJson, retrainText, type RetrainReport } from '../../src/report/reproducibility/retrain.js';
import { fileName } from '../../src/report/words.js';
import { featuresOf } from '../../src/reproducibility/features.js';
import { CHANCES, pairMeans, trainHeads, type Featured } from '../../src/reproducibility/retrain.js';
import { Random } from '../../src/saliency/random.js';
import { readClasses } from '../shared/classes.js';
import { announce } from '../shared/computer.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice, version } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { retrainDemo } from './demo.js';
import type { RetrainOptions } from './retrain-options.js';
import { openModels, samplesOf, type OpenedModel } from './profiled.js';

/** Pictures whose features are computed at once where nothing else is said. */
const BATCH = 16;

export async function retrain(model: string | undefined, options: RetrainOptions): Promise<void> {
  if ((model === undefined) === !options.demo) {
    throw new UsageError('name an ONNX classifier whose last layer is trained again, or give --demo');
  }
  if (model !== undefined && options.data === undefined) {
    throw new UsageError('--data says on which labelled pictures the last layer is trained');
  }
  await checkJson(options.json);
  if (options.out !== undefined) await makeOutFolder(options.out);
  const device = await openDawnDevice({ adapter: options.adapter });
  try {
    if (!options.quiet) announce(device);
    const report = options.demo ? await retrainDemo(device, options) : await retrainHead(device, model!, options);
    if (report === null) return;
    if (options.out !== undefined) await writeAtomic(join(options.out, 'result.json'), retrainJson(report));
    await writeResult(() => [retrainJson(report)], retrainText(report), options);
  } finally {
    device.destroy();
  }
}

async function retrainHead(device: Device, path: string, options: RetrainOptions): Promise<RetrainReport> {
  const [opened] = await openModels([path], options.data!, await readClasses(options.classes), options.preprocess);
  const { network: { classes } } = opened;
  if (!options.quiet) { for (const text of opened.notices) notice(`${text}.`); }
  const { models, seed, epochs, trainBatch: batch, rate, hidden, activation, beta } = options;
  const all = await featured(device, opened, options);
  // Half of the pictures, drawn at random, are trained on; the others are asked about.
  const count = all.labels.length, features = all.x.length / count;
  const order = [...new Random(seed, count).choose(count, count)];
  const trained = Math.floor(count / 2 / batch) * batch;
  if (trained === 0) {
    throw new Error(`${count} pictures are too few to train on half of them in batches of ${batch}; give more, or a smaller --train-batch`);
  }
  const part = (rows: readonly number[]): Featured => {
    const x = new Float32Array(rows.length * features);
    rows.forEach((from, to) => x.set(all.x.subarray(from * features, (from + 1) * features), to * features));
    return { x, labels: rows.map((k) => all.labels[k]) };
  };
  const [train, held] = [part(order.slice(0, trained)), part(order.slice(trained))];
  const window = options.window ?? trained;
  const settings = { models, seed, epochs, batch, rate, hidden, activation, beta, window };
  const chances: { name: string; measures: ReturnType<typeof pairMeans> }[] = [];
  for (const chance of CHANCES) {
    const logits = await trainHeads(device, chance, train, held, classes, settings);
    chances.push({ name: chance.name, measures: pairMeans(logits, classes, held.labels) });
  }
  const form = hidden === 0 ? 'linear' : `${hidden} hidden units, ${activation}`;
  return { what: `The last layer of ${fileName(path)} (${form}, ${features} features)`, models, trained, held: held.labels.length, chances,
    settings: { ...settings, model: path, data: options.data }, adapter: device.adapter.description, version };
}

async function featured(device: Device, { network, set, how }: OpenedModel,
  { limit, seed, batch, quiet }: RetrainOptions): Promise<Featured> {
  const samples = samplesOf(set, limit, seed).map((k) => set.sample(k));
  const decoder = new Decoder({ how, shape: network.pictureShape, channelsLast: network.channelsLast });
  const progress = new Progress(samples.length, 0, { quiet });
  progress.begin();
  try {
    const { values } = await featuresOf(network, device, samples.length, async (from, count) => {
      const { data, errors } = await decoder.decode(samples.slice(from, from + count).map((s) => s.source));
      const failed = errors.find((error) => error !== null);
      if (failed) throw new Error(failed);
      progress.update(from);
      return data;
    }, batch ?? BATCH);
    return { x: values, labels: samples.map(({ label }) => label) };
  } finally {
    progress.clear();
    await decoder.close();
  }
}
