/** `misfire doctor --model M --data D`: which usual preprocessing and order of classes fits some dozens of labelled pictures best. */
import { preprocess, type Preprocessing } from '../../src/data/preprocess.js';
import type { NamedPreprocessing } from '../../src/data/common-preprocessing.js';
import { checkWritable, writeAtomic } from '../../src/files/files.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { bestFit, commonOrders, fitOf } from '../../src/saliency/fit.js';
import { readClasses } from '../shared/classes.js';
import { classifierOf, hasOpenSize, openModel } from '../shared/model-file.js';
import { Progress } from '../shared/progress.js';
import { announce, openComputer } from '../shared/computer.js';
import { notice } from '../shared/terminal.js';
import { drawSamples, reframed, waysOfColours, waysOfFraming } from './candidates.js';
import type { FitOptions, FitResult, Tried } from './result.js';
import { fitJson, fitText } from './show.js';

/** Colours that are tried again with a better framing. */
const PROMISING = 4;

export async function fitModel(options: FitOptions): Promise<void> {
  if (options.save !== undefined) await checkWritable(options.save);
  const names = await readClasses(options.classes);
  const file = await openModel(options.model, { output: options.output, classes: names?.count });
  const drawn = await drawSamples(options.data, file, names, options.preprocess, options);
  const first = drawn.prepared ? [] : waysOfColours(file, drawn);
  const shape = drawn.prepared ?? preprocess(drawn.samples[0].picture!, first[0].how).shape;
  const network = classifierOf(file, hasOpenSize(file.model.inputs[0]) ? shape : undefined);
  const labels = drawn.samples.map((s) => s.label);
  const orders = commonOrders(network.classes, drawn.set.classNames, labels);
  const device = await openComputer(options);
  const progress = new Progress(drawn.samples.length * (first.length === 0 ? 1 : first.length + PROMISING + 4), 0, { quiet: options.json });
  let done = 0;
  try {
    if (!options.json) {
      for (const text of [...network.notices, ...drawn.set.notices, ...drawn.notices]) notice(`${text}.`);
      announce(device, options);
    }
    const explainer = new Explainer(network, device);
    const ask = async (pictures: readonly Float32Array[]): Promise<Float32Array[]> => {
      const logits = await explainer.logits(pictures);
      progress.update(done += pictures.length);
      return logits;
    };
    const under = (logits: readonly Float32Array[], { name, how }: { name: string; how: Preprocessing | null }): Tried[] =>
      orders.map((order) => ({ name, how, order, fit: fitOf(logits, labels, order) }));
    const prepared = ({ how }: NamedPreprocessing) => drawn.samples.map(({ picture }) => preprocess(picture!, how).data);

    const tried: Tried[][] = [];
    if (first.length === 0) {
      tried.push(under(await ask(drawn.samples.map((s) => s.prepared!)), { name: 'as the arrays are', how: null }));
    }
    for (const way of first) tried.push(under(await ask(prepared(way)), way));
    const best = bestFit(tried.flat());
    if (best.how) {
      const colours = [...tried].map((t) => bestFit(t)).sort((a, b) => a.fit.loss - b.fit.loss).slice(0, PROMISING);
      for (const way of waysOfFraming(drawn, { name: best.name, how: best.how }, shape)) tried.push(under(await ask(prepared(way)), way));
      // Colours were compared with a framing that was not the right one: once more the best of them with the better framing.
      const { name, how } = bestFit(tried.flat());
      if (name !== best.name) {
        for (const way of reframed(colours.map((t) => ({ name: t.name, how: t.how! })), { name, how: how! })) {
          tried.push(under(await ask(prepared(way)), way));
        }
      }
    }
    explainer.destroy();
    progress.clear();
    const winner = bestFit(tried.flat());
    const result: FitResult = {
      options,
      samples: labels.length,
      of: drawn.set.count,
      classes: network.classes,
      ways: tried.map(([asTheyAre]) => asTheyAre),
      orders: tried.find(([t]) => t.name === winner.name)!,
      given: drawn.given || first.length === 0 ? tried[0][0] : null,
      best: winner,
    };
    if (options.save !== undefined && winner.how) await writeAtomic(options.save, `${JSON.stringify(winner.how)}\n`);
    process.stdout.write(options.json ? fitJson(result) : fitText(result));
  } finally {
    progress.clear();
    device.destroy();
  }
}
