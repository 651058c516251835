/** Everything a report says, computed. */
import type { Classes } from '../data/classes.js';
import type { AdapterDescription } from '../engine/device.js';
import { chooseFilters, lastStage, type ChooseFrom } from '../saliency/controls.js';
import type { Explainer, Explanation } from '../saliency/explainer.js';
import { fillPixels, randomPixels, salientPixels } from '../saliency/masking.js';
import { filterCount, locate } from '../saliency/network.js';
import { answerOf, maskOf, type Answer } from '../saliency/off.js';
import { probability } from '../saliency/prediction.js';
import { Random } from '../saliency/random.js';
import type { Aggregation } from '../saliency/profile.js';
import { isDead, standardize, type Statistics } from '../saliency/standardize.js';
import { conclude } from './conclusion.js';
import type { ClassAnswer, FilterAnswer, Neighbor, RandomChanged, Report, Spread } from './data.js';

/** How many filters are turned off, and which shares of the pixels filled. */
export const OFF = [1, 2, 5, 10, 20, 30, 50] as const;
export const SHARES = [0.01, 0.02, 0.05, 0.1] as const;
/** Draws of as many filters, and of as many pixels, at random. */
const DRAWS = 8;
const SEED = 0;
/** The most probable ones, which are shown. */
const CLASSES = 5;

export interface Subject {
  /** The picture's file, or what it is called. */
  readonly input: string;
  /** Prepared, of `shape` [channels, height, width]. */
  readonly picture: Float32Array;
  readonly shape: readonly number[];
  readonly label: number;
  readonly predicted: number;
  readonly explanation: Explanation;
  /** Filters to list. */
  readonly top: number;
  /** The input-space map [H*W], and what it was made with. */
  readonly map:
    | { readonly values: Float32Array; readonly distance: number; readonly boosted: readonly number[]; readonly boost: number }
    | null;
  /** First-order maps [H*W] by name. */
  readonly comparisons: ReadonlyMap<string, Float32Array>;
  /** The nearest of a run's mistakes. */
  readonly neighbors: { readonly run: string; readonly candidates: number;
    readonly found: readonly Pick<Neighbor, 'id' | 'path' | 'label' | 'predicted' | 'similarity'>[] } | null;
}

/** What all samples of one command have in common. */
export interface Setting {
  readonly explainer: Explainer;
  readonly model: { readonly path: string; readonly sha256: string };
  readonly adapter: AdapterDescription;
  readonly stats: Statistics | null;
  /** The statistics' file. */
  readonly statsName: string | null;
  readonly aggregation: Aggregation;
  readonly classes: Classes | null;
  /** Of the program. */
  readonly version: string;
  readonly draws?: number;
  readonly seed?: number;
}

/** Turns filters off and fills pixels in one call to the explainer, so that one program serves and its batches are full. */
export async function gatherReport(subject: Subject, setting: Setting): Promise<Report> {
  const { picture, shape, label, predicted, explanation: { logits, loss, profile }, map } = subject;
  const { explainer, stats, classes, draws = DRAWS, seed = SEED } = setting;
  const { layers } = explainer.network;
  const filters = filterCount(layers);
  const saliency = stats ? standardize(profile, stats) : profile;
  const from: ChooseFrom = { saliency, profile, stats, layers, lastStage: lastStage(explainer.network) };
  const ranking = chooseFilters('salient', filters, from, new Random(seed));

  const counts = [...new Set(OFF.map((n) => Math.min(n, ranking.length)))];
  const orders = Array.from({ length: draws }, (_, d) => chooseFilters('random', Math.max(...counts), from, new Random(seed, d)));
  const pixels = shape[1] * shape[2];
  const shares = map ? SHARES.map((share) => ({ share, count: Math.max(1, Math.round(share * pixels)) })) : [];
  const most = Math.max(0, ...shares.map(({ count }) => count));
  const salientOrder = map ? salientPixels(map.values, most) : [];
  const pixelOrders = Array.from({ length: draws }, (_, d) => randomPixels(most, pixels, new Random(seed, d, 1)));
  const filled = (order: readonly number[], count: number) => ({ picture: fillPixels(picture, shape, order.slice(0, count), 'mean', null),
    off: [] });

  const answers = await ask(explainer, filters, label, predicted, [
    ...counts.flatMap((n) => [ranking, ...orders].map((order) => ({ picture, off: order.slice(0, n) }))),
    ...shares.flatMap(({ count }) => [salientOrder, ...pixelOrders].map((order) => filled(order, count))),
  ]);
  const steps = [...counts, ...shares.map(({ count }) => count)].map((count, k) => {
    const [salient, ...random] = answers.slice(k * (draws + 1), (k + 1) * (draws + 1));
    return { count, salient, random: spread(random, label, predicted) };
  });
  const before = answerOf(logits, label, predicted);
  const unchanged = { count: 0, salient: before, random: spread([before], label, predicted) };

  const name = (k: number) => classes?.show(k) ?? `class ${k}`;
  const answer = (k: number): ClassAnswer => ({ class: k, name: name(k), probability: probability(logits, k) });
  const order = Array.from(logits, (_, k) => k).sort((a, b) => logits[b] - logits[a] || a - b).slice(0, CLASSES);
  const shown = [...order, ...(order.includes(label) ? [] : [label])];
  const found = subject.neighbors?.found.map((n): Neighbor => ({
    id: n.id,
    path: n.path,
    label: n.label,
    labelName: name(n.label),
    predicted: n.predicted,
    predictedName: name(n.predicted),
    similarity: n.similarity,
  }));
  const spoken = [...shown, ...steps.map((s) => s.salient.predicted), ...(found ?? []).flatMap((n) => [n.label, n.predicted])];
  const report: Omit<Report, 'conclusion'> = {
    input: subject.input,
    answer: { predicted: answer(predicted), label: answer(label), loss, top: shown.map(answer) },
    saliency: { standardized: stats !== null, values: Array.from(saliency, (v) => Number(v.toPrecision(6))),
      dead: stats ? [...saliency.keys()].filter((k) => isDead(stats, k)) : [] },
    top: ranking.slice(0, subject.top).map((index): FilterAnswer => {
      const { layer, filter } = locate(layers, index);
      return { index, layer: layer.node, filter, saliency: saliency[index] };
    }),
    map: map &&
      { boosted: map.boosted, salient: map.boosted.every((k) => ranking.indexOf(k) < map.boosted.length), boost: map.boost,
        distance: map.distance },
    comparisons: [...subject.comparisons.keys()],
    off: [unchanged, ...steps.slice(0, counts.length)],
    masked: map && [{ ...unchanged, share: 0 }, ...shares.map(({ share }, k) => ({ ...steps[counts.length + k], share }))],
    neighbors: subject.neighbors && { run: subject.neighbors.run, candidates: subject.neighbors.candidates, found: found! },
    classes: Object.fromEntries(spoken.map((k) => [k, name(k)])),
    made: {
      version: setting.version,
      model: { file: setting.model.path, sha256: setting.model.sha256, filters,
        layers: layers.map(({ node, filters: n, offset }) => ({ node, filters: n, offset })) },
      pictureShape: [...shape],
      adapter: { description: setting.adapter.description, software: setting.adapter.software },
      aggregation: setting.aggregation,
      statistics: stats && { file: setting.statsName ?? '', samples: stats.samples },
      settings: { draws, seed, fill: 'mean', off: 'channel' },
    },
  };
  return { ...report, conclusion: conclude(report) };
}

interface Trial {
  readonly picture: Float32Array;
  readonly off: readonly number[];
}

async function ask(explainer: Explainer, filters: number, label: number, predicted: number, trials: readonly Trial[]): Promise<Answer[]> {
  const rows = await explainer.logits(trials.map((t) => t.picture), trials.map((t) => maskOf(t.off, filters)));
  return rows.map((logits) => answerOf(logits, label, predicted));
}

function spread(answers: readonly Answer[], label: number, predicted: number): RandomChanged {
  const of = (key: 'wrong' | 'label'): Spread => {
    const values = answers.map((a) => a[key]);
    return { mean: values.reduce((sum, v) => sum + v, 0) / values.length, low: Math.min(...values), high: Math.max(...values) };
  };
  return {
    wrong: of('wrong'),
    label: of('label'),
    moved: answers.filter((a) => a.predicted !== predicted).length,
    repaired: answers.filter((a) => a.predicted === label).length,
  };
}
