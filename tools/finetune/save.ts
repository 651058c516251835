/** `misfire finetune --save`: the network tuned on one sample as an ONNX file, loaded again to see what it answers. */
import { classifier } from '../../src/classifier.js';
import { checkWritable, readBytes, writeAtomic } from '../../src/files/files.js';
import { openDawnDevice } from '../../src/dawn.js';
import { withWeights } from '../../src/onnx/write.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { normalizedStep, tunedWeights } from '../../src/saliency/step.js';
import { filterCount } from '../../src/saliency/network.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import { percent } from '../../src/report/numbers.js';
import { parseModel } from '../shared/model-file.js';
import { announce } from '../shared/computer.js';
import type { Experiment } from '../experiment/open.js';

export interface SaveOptions {
  readonly save: string;
  readonly sample: number;
  /** So many of the most salient filters; null for the whole network. */
  readonly k: number | null;
  readonly step: number;
  readonly adapter?: string;
  readonly quiet?: boolean;
}

/** Throws one sentence where the sample is not there, has no gradient on its filters, or the file cannot hold the weights. */
export async function saveTuned(experiment: Experiment, options: SaveOptions): Promise<void> {
  const { save: path, k, step: eta } = options;
  await checkWritable(path);
  const { file, folder, network, stats, meta } = experiment;
  const { row, profile } = await experiment.sample(options.sample);
  const total = filterCount(network.layers);
  const filters = k === null ? Array.from({ length: total }, (_, f) => f) : rankFilters(standardize(profile, stats), stats).slice(0, k);
  if (k !== null && filters.length < k) throw new Error(`${folder} has only ${filters.length} living filters; -k was given ${k}`);
  const pictures = experiment.preparedPictures();
  const device = await openDawnDevice({ adapter: options.adapter });
  try {
    if (!options.quiet) announce(device);
    const picture = await pictures.read(row);
    const gradient = await new FineTuner(network, device).gradient(picture, row.label);
    const step = normalizedStep(network, gradient, filters, eta);
    if (step.norm === 0) {
      throw new Error(
        `the gradient of sample ${row.id} is 0 on these ${filters.length} filters, so that there is no direction to step in; ` +
          'take a larger -k'
      );
    }
    const bytes = withWeights(await readBytes(file.path), network.stored(tunedWeights(network, step)));
    const tuned = classifier(parseModel(bytes, path), meta.model.pictureShape, { output: meta.model.output });
    const [after] = await new FineTuner(tuned, device).logits([picture]);
    await writeAtomic(path, bytes);
    const answer = (logits: Float32Array): string =>
      `${experiment.name(argmax(logits))} (${experiment.name(row.label)} at ${percent(probability(logits, row.label))})`;
    process.stdout.write(
      `${path}: the model after a step of ${eta} on ${filters.length} of ${total} filters for sample ${row.id}, ` +
        `a ${experiment.name(row.label)}: ${answer(gradient.logits)} before, ${answer(after)} after\n`
    );
  } finally {
    pictures.close();
    device.destroy();
  }
}
