/** `misfire sparse mistakes` at work. */
import { answerReading } from './answer.js';
import { blameCsv, mistakesCsv, mistakesJson, mistakesText, type FilterAgreement, type LayerMistakes,
  type MistakesResult } from '../../src/report/sparse-reading/mistakes.js';
import { filterCount } from '../../src/saliency/network.js';
import { topFilters } from '../../src/saliency/shared-filters.js';
import { agreement } from '../../src/sparse/reading/agreement.js';
import type { Reading } from '../../src/sparse/reading/layer.js';
import { blamedMistakes, byFeature, repairs, type BlamedMistake } from '../../src/sparse/reading/mistakes.js';
import { mistakesPage } from './mistakes-page.js';
import type { OpenedReading } from './open.js';
import type { ReadingOptions } from './options.js';

export interface MistakesOptions extends ReadingOptions {
  /** How many filters count as most salient. */
  readonly top: number;
}

const PAGE = 'mistakes.html';

export async function sparseMistakes(dir: string, text: string | undefined, options: MistakesOptions): Promise<void> {
  await answerReading(dir, text, options, PAGE, async (opened) => {
    const { reading, own, z, held, names, name } = opened;
    const { labels } = held;
    const samples = blamedMistakes(reading, z, labels);
    const result: MistakesResult = { about: opened.about, sparse: ofLayer(reading, z, labels), own: own && ofLayer(own, z, labels),
      groups: byFeature(samples), samples, filters: await agreementOf(opened, samples, options.top) };
    return {
      text: mistakesText(result, names, name),
      json: () => mistakesJson(result, held.picture, name),
      files: async () => [
        [PAGE, await mistakesPage(result, opened)],
        ['mistakes.csv', mistakesCsv(result, held.picture, name)],
        ['features.csv', blameCsv(result, names, name)],
      ],
      next: ['how few features change an answer', ['sparse', 'counterfactuals', dir, ...(text ? [text] : [])]],
    };
  });
}

function ofLayer(reading: Reading, z: Float64Array, labels: readonly number[]): LayerMistakes {
  const wrong = reading.answers(z).filter((a, k) => a !== labels[k]).length;
  const blamed = blamedMistakes(reading, z, labels);
  return { mistakes: wrong, repairs: blamed.length > 0 ? repairs(blamed) : null };
}

/** Of mistakes that the network makes too; null where there is no run with profiles, or features are no pooled channels. */
async function agreementOf({ held, reading, filters }: OpenedReading, samples: readonly BlamedMistake[],
  top: number): Promise<FilterAgreement | null> {
  const of = held.run;
  if (!of || !filters || of.run.meta.profiles === 'none' || held.grouped) return null;
  const both = samples.filter(({ row }) => of.rows[row].label !== of.rows[row].predicted);
  const rowOf = new Map(both.map(({ row }) => [of.rows[row].id, row]));
  const stats = await of.run.readStatistics();
  const all = Array.from({ length: filterCount(of.network.layers) }, (_, k) => k);
  const salient = new Map<number, number[]>();
  for await (const { row, profile } of of.run.samples(new Set(rowOf.keys()))) {
    salient.set(rowOf.get(row.id)!, topFilters(profile, 0, stats, all, top));
  }
  const found = agreement(reading, both, (m) => salient.get(m.row)!, filters);
  return found && { top, filters: all.length, ...found };
}
