/** `misfire sparse counterfactuals` at work. */
import { join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { counterfactualsCsv, counterfactualsJson, counterfactualsText, type CounterfactualsResult,
  type LayerFlips } from '../../src/report/sparse-reading/counterfactuals.js';
import { Random } from '../../src/saliency/random.js';
import { counterfactuals, flipCounts, type Counterfactual } from '../../src/sparse/reading/counterfactuals.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { counterfactualsPage } from './counterfactuals-page.js';
import { openReading } from './open.js';
import type { ReadingOptions } from './options.js';

export interface CounterfactualsOptions extends ReadingOptions {
  /** Pictures, drawn at random; by default all. */
  readonly limit?: number;
}

const PAGE = 'counterfactuals.html';

export async function sparseCounterfactuals(dir: string, text: string | undefined, options: CounterfactualsOptions): Promise<void> {
  const { out, json, quiet, limit, seed = 0 } = options;
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, PAGE);
  const opened = await openReading(dir, text, options);
  try {
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
    if (out !== undefined) {
      await writeFolderAtomic(out, new Map<string, string | Iterable<string>>([
        [join(out, PAGE), await counterfactualsPage(result, opened)],
        [join(out, 'counterfactuals.csv'), counterfactualsCsv(result, held.picture, name)],
      ]));
    }
    const page = out === undefined ? '' : `\nThe page: ${join(out, PAGE)}\n`;
    await writeResult(() => counterfactualsJson(result, held.picture, name), `${counterfactualsText(result)}${page}`, options);
    next('features that classes share, and what they are worth', ['sparse', 'biases', dir, ...(text ? [text] : [])], options);
  } finally {
    opened.close();
  }
}

const flipsOf = (samples: readonly Counterfactual[]): LayerFlips => ({
  fewest: flipCounts(samples.map((s) => s.flip && s.flip.features.length)),
  random: flipCounts(samples.map((s) => s.random)),
});
