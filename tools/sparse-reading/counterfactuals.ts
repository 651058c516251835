/** `misfire sparse counterfactuals` at work. */
import { answerReading } from './answer.js';
import { counterfactualsCsv, counterfactualsJson, counterfactualsText, type CounterfactualsResult,
  type LayerFlips } from '../../src/report/sparse-reading/counterfactuals.js';
import { Random } from '../../src/saliency/random.js';
import { counterfactuals, flipCounts, type Counterfactual } from '../../src/sparse/reading/counterfactuals.js';
import { Progress } from '../shared/progress.js';
import { counterfactualsPage } from './counterfactuals-page.js';
import type { ReadingOptions } from './options.js';

export interface CounterfactualsOptions extends ReadingOptions {
  /** Pictures, drawn at random; by default all. */
  readonly limit?: number;
}

const PAGE = 'counterfactuals.html';

export async function sparseCounterfactuals(dir: string, text: string | undefined, options: CounterfactualsOptions): Promise<void> {
  const { quiet, limit, seed = 0 } = options;
  await answerReading(dir, text, options, PAGE, async (opened) => {
    const { reading, own, z, held, name } = opened;
    const count = held.labels.length;
    const rows = limit === undefined || limit >= count
      ? Array.from({ length: count }, (_, k) => k)
      : new Random(seed, 0).choose(limit, count).sort((a, b) => a - b);
    const layers = own ? [reading, own] : [reading];
    const progress = new Progress(rows.length * layers.length, 0, { quiet });
    const found = layers.map((layer, k) =>
      counterfactuals(layer, z, held.labels, { rows, seed, onProgress: (done) => progress.update(k * rows.length + done) })
    );
    progress.clear();
    const [samples, ownSamples = null] = found;
    const result: CounterfactualsResult = { about: opened.about, pictures: rows.length, sparse: flipsOf(samples),
      own: ownSamples && flipsOf(ownSamples), samples, ownSamples };
    return {
      text: counterfactualsText(result),
      json: () => counterfactualsJson(result, held.picture, name),
      files: async () => [
        [PAGE, await counterfactualsPage(result, opened)],
        ['counterfactuals.csv', counterfactualsCsv(result, held.picture, name)],
      ],
      next: ['features that classes share, and what they are worth', ['sparse', 'biases', dir, ...(text ? [text] : [])]],
    };
  });
}

const flipsOf = (samples: readonly Counterfactual[]): LayerFlips => ({
  fewest: flipCounts(samples.map((s) => s.flip && s.flip.features.length)),
  random: flipCounts(samples.map((s) => s.random)),
});
