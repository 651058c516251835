/** `misfire finetune --save`: the network tuned on one sample as an ONNX file, and what that is worth. */
import { readBytes } from '../../src/files/files.js';
import { withWeights } from '../../src/onnx/write.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { normalizedStep, tunedWeights, type WeightGradient } from '../../src/saliency/step.js';
import { filterCount, locate, type Network } from '../../src/saliency/network.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import { saveChanged, type SaveOptions } from '../experiment/changed-model.js';
import type { Experiment } from '../experiment/open.js';
import { openComputer, type ComputerOptions } from '../shared/computer.js';

export interface SaveTunedOptions extends SaveOptions {
  readonly save: string;
  readonly sample: number;
  /** So many of the most salient filters; null for the whole network. */
  readonly k: number | null;
  readonly step: number;
}

/**
 * Throws one sentence where the sample is not there, has no gradient on its filters, the file cannot hold the weights, or the sample is
 * not repaired and the options do not force it.
 */
export async function saveTuned(experiment: Experiment, options: SaveTunedOptions): Promise<void> {
  const { save: path, k, step: eta } = options;
  const { file, folder, network, stats } = experiment;
  const { row, profile } = await experiment.sample(options.sample);
  const total = filterCount(network.layers);
  const filters = k === null ? Array.from({ length: total }, (_, f) => f) : rankFilters(standardize(profile, stats), stats).slice(0, k);
  if (k !== null && filters.length < k) throw new Error(`${folder} has only ${filters.length} living filters; -k was given ${k}`);
  const what = `the model after a step of ${eta} on ${filters.length} of ${total} filters for sample ${row.id}`;
  const tuned = k === null ? 'all' : filters.map((f) => locate(network.layers, f))
    .map(({ layer, filter }) => ({ layer: layer.name, weight: layer.weight, filter }));
  const done = { command: 'finetune', path, what, how: { step: eta, tuned } } as const;
  await saveChanged(experiment, row, done, options, async (picture) => {
    const gradient = await gradientOf(network, picture, row.label, options);
    const step = normalizedStep(network, gradient, filters, eta);
    if (step.norm === 0) {
      throw new Error(
        `the gradient of sample ${row.id} is 0 on these ${filters.length} filters, so that there is no direction to step in; ` +
          'take a larger -k'
      );
    }
    return withWeights(await readBytes(file.path), network.stored(tunedWeights(network, step)));
  });
}

async function gradientOf(network: Network, picture: Float32Array, label: number, options: ComputerOptions): Promise<WeightGradient> {
  const computer = await openComputer(options);
  try {
    return await new FineTuner(network, computer).gradient(picture, label);
  } finally {
    computer.destroy();
  }
}
