/** Everything a report says, computed. */
import type { Classes } from '../data/classes.js';
import type { AdapterDescription } from '../engine/device.js';
import { chooseFilters, lastStage, type ChooseFrom } from '../saliency/controls.js';
import type { Explainer, Explanation } from '../saliency/explainer.js';
import { leftOutOf } from '../saliency/leave-one-out.js';
import { filterCount, locate } from '../saliency/network.js';
import { argmax, probability } from '../saliency/prediction.js';
import type { Aggregation } from '../saliency/profile.js';
import { Random } from '../saliency/random.js';
import { isDead, standardize, type Statistics } from '../saliency/standardize.js';
import { measureChanges } from './changes.js';
import { conclude, verdicts } from './conclusion.js';
import type { ClassAnswer, FilterAnswer, Neighbor, Report } from './data.js';

/** Draws of as many filters, and of as many pixels, at random. */
export const DRAWS = 8;
const SEED = 0;
/** The most probable ones, which are shown. */
const CLASSES = 5;

/** One picture, and what has been computed of it. */
export interface ReportSubject {
  /** The picture's file, or what it is called. */
  readonly input: string;
  /** Prepared, of `shape` [channels, height, width]. */
  readonly picture: Float32Array;
  readonly shape: readonly number[];
  readonly label: number;
  /** The explainer's, for this picture and label. */
  readonly explanation: Explanation;
  /** Filters to list. */
  readonly top: number;
  /** The sample that it is among those the statistics are of, where that is known. */
  readonly among?: Report['among'];
  /** The input-space map [H*W], and what it was made with. */
  readonly map:
    | { readonly values: Float32Array; readonly distance: number; readonly boosted: readonly number[]; readonly boost: number }
    | null;
  /** First-order maps [H*W] by name, and what they are the gradient of: the loss unless told. */
  readonly comparisons: ReadonlyMap<string, Float32Array>;
  readonly comparedOf?: 'loss' | 'logit';
  /** The class whose logit attributions among them are of. */
  readonly attributed?: number;
  /** Pixels that are known to be the cause, and what they are called ("the sticker"): they are covered as a test. */
  readonly known?: { readonly name: string; readonly pixels: readonly number[] };
  /** The nearest of a run's mistakes. */
  readonly neighbors: { readonly run: string; readonly candidates: number; readonly blank?: true;
    readonly found: readonly Pick<Neighbor, 'id' | 'path' | 'label' | 'predicted' | 'similarity'>[] } | null;
  /** Whether the label may be wrong, where that was asked. */
  readonly labelDoubt?: Report['labelDoubt'];
  /** What other networks of the task say, where they were asked. */
  readonly also?: Report['also'];
  /** The features to blame, where a sparse layer was given. */
  readonly features?: Report['features'];
  /** What the first filters respond to, where that was looked at. */
  readonly responses?: Report['responses'];
  /** Neuron pictures of the first filters, where they were made. */
  readonly neurons?: Report['neurons'];
}

/** What all samples of one network have in common. */
export interface ReportContext {
  /** Has the network; it is asked again with filters off and pixels filled. */
  readonly explainer: Explainer;
  readonly model: { readonly path: string; readonly sha256: string };
  readonly adapter: AdapterDescription;
  /** Where the explainer's network is a trace: which, and whether it speaks for the network. */
  readonly trace?: Report['made']['trace'] | null;
  /** Over other pictures, for eq. 2. */
  readonly stats: Statistics | null;
  /** The statistics' file. */
  readonly statsName: string | null;
  readonly aggregation: Aggregation;
  readonly classes: Classes | null;
  /** Version of the program that asks. */
  readonly version: string;
  /** How often filters and pixels are drawn at random, 8 by default, and the seed of that, 0. */
  readonly draws?: number;
  readonly seed?: number;
}

/**
 * Computes all that a report says: the answer, the most salient filters, what turning them off does, and where there is
 * a map, what filling its pixels does, each beside random controls (sections 3.1 and 3.4 for one picture).
 */
export async function gatherReport(subject: ReportSubject, context: ReportContext): Promise<Report> {
  const { picture, shape, label, explanation: { logits, loss, profile }, map, among, known } = subject;
  const { explainer, stats, classes, draws = DRAWS, seed = SEED } = context;
  const { layers } = explainer.network;
  const predicted = argmax(logits);
  const saliency = stats ? standardize(profile, stats) : profile;
  const from: ChooseFrom = { saliency, profile, stats, layers, lastStage: lastStage(explainer.network) };
  const ranking = chooseFilters('salient', filterCount(layers), from, new Random(seed));
  const { rivals, off, masked, known: covered } = await measureChanges(explainer, { picture, shape, label, predicted, logits }, { from,
    ranking, map: map && map.values, known: known ? known.pixels : null, draws, seed });

  const name = (k: number) => classes?.show(k) ?? `class ${k}`;
  const answer = (k: number): ClassAnswer => ({ class: k, name: name(k), probability: probability(logits, k) });
  const order = Array.from(logits, (_, k) => k).sort((a, b) => logits[b] - logits[a] || a - b).slice(0, CLASSES);
  const shown = [...order, ...(order.includes(label) ? [] : [label])];
  const neighbors = subject.neighbors &&
    { run: subject.neighbors.run, candidates: subject.neighbors.candidates, ...(subject.neighbors.blank && { blank: true as const }),
      found: subject.neighbors.found.map((n) => named(n, name)) };
  const mentioned = [...shown, ...(subject.attributed === undefined ? [] : [subject.attributed]),
    ...[...off, ...masked ?? [], ...(covered ? [covered] : [])].map((s) => s.salient.predicted),
    ...(neighbors?.found ?? []).flatMap((n) => [n.label, n.predicted])];
  const report: Omit<Report, 'conclusion' | 'verdict'> = {
    input: subject.input,
    answer: { predicted: answer(predicted), label: answer(label), loss, top: shown.map(answer) },
    saliency: { standardized: stats !== null, values: Array.from(saliency, (v) => Number(v.toPrecision(6))),
      dead: stats ? [...saliency.keys()].filter((k) => isDead(stats, k)) : [] },
    top: ranking.slice(0, subject.top).map((index): FilterAnswer => {
      const { layer, filter } = locate(layers, index);
      const left = among && among.label === label ? leftOutOf(saliency[index], stats && stats.samples) : {};
      return { index, layer: layer.name, filter, saliency: saliency[index], ...left };
    }),
    ...(among && { among: { run: among.run, id: among.id, label: among.label } }),
    map: map &&
      { boosted: map.boosted, salient: map.boosted.every((k) => ranking.indexOf(k) < map.boosted.length), boost: map.boost,
        distance: map.distance },
    comparisons: [...subject.comparisons.keys()],
    comparedOf: subject.comparedOf ?? 'loss',
    ...(subject.attributed !== undefined && { attributed: subject.attributed }),
    rivals,
    off,
    masked,
    known: known && covered ? { name: known.name, ...covered } : null,
    neighbors,
    ...(subject.labelDoubt && { labelDoubt: subject.labelDoubt }),
    ...(subject.features && { features: subject.features }),
    ...(subject.responses && { responses: subject.responses }),
    ...(subject.also?.length && { also: subject.also }),
    ...(subject.neurons && { neurons: subject.neurons }),
    classes: Object.fromEntries(mentioned.map((k) => [k, name(k)])),
    made: provenance(subject, context, draws, seed),
  };
  return { ...report, verdict: verdicts(report), conclusion: conclude(report) };
}

/** Its fields in the order they are written. */
const named = ({ id, path, label, predicted, similarity }: Omit<Neighbor, 'labelName' | 'predictedName'>,
  name: (k: number) => string): Neighbor => ({ id, path, label, labelName: name(label), predicted, predictedName: name(predicted),
    similarity });

function provenance({ shape }: ReportSubject, { explainer, model, adapter, stats, statsName, aggregation, version, trace }: ReportContext,
  draws: number, seed: number): Report['made'] {
  const { layers } = explainer.network;
  return {
    version,
    model: { file: model.path, sha256: model.sha256, filters: filterCount(layers),
      layers: layers.map(({ name, filters, offset }) => ({ name, filters, offset })) },
    pictureShape: [...shape],
    adapter: { description: adapter.description, software: adapter.software },
    aggregation,
    statistics: stats && { file: statsName ?? '', samples: stats.samples },
    settings: { draws, seed, fill: 'mean', off: 'channel' },
    ...(trace && { trace }),
  };
}
