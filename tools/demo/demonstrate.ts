/**
 * The demonstration itself, without a word printed: one picture that the sticker makes the network misname, its profile,
 * and what turning filters off does to it and to many others. The command prints it; the tests judge it.
 */
import { classifier, type Classifier } from '../../src/classifier.js';
import { sha256 } from '../../src/data/sha256.js';
import type { Computer } from '../shared/computer.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { filterCount } from '../../src/saliency/network.js';
import { checkStatistics, parseStatistics, type Statistics } from '../../src/saliency/standardize.js';
import { misclassified, repair, type Misclassified, type Repair } from './repair.js';

/** Pictures that neither training nor the statistics have seen. */
export const SEED = 3;
/** The one that is shown: chosen by eye, for a clear view of shape and sticker. */
const SHOWN = 25;
/** Marked pictures that are looked through for misclassified ones: not chosen. */
const OTHERS = { first: 100, count: 100 } as const;
const COUNTS = [1, 2, 5, 10, 20] as const;
/** Draws of random filters: for the shown picture, and for each of the others. */
const DRAWS = { shown: 20, others: 4 } as const;
const BATCH = 32;

/** The embedded network on a device; who opened it destroys the explainer. */
export interface Demo {
  readonly model: Classifier;
  readonly sha256: string;
  readonly stats: Statistics;
  readonly explainer: Explainer;
}

export interface Demonstration {
  readonly model: Classifier;
  readonly stats: Statistics;
  readonly filters: number;
  readonly shown: Misclassified;
  /** What turning filters off does to the shown picture. */
  readonly shownRepairs: readonly Repair[];
  /** How many marked pictures of other classes it names rightly without the marker, and how many of them it misnames with it. */
  readonly seen: number;
  readonly fooled: number;
  readonly others: readonly Misclassified[];
  readonly repairs: readonly Repair[];
  readonly draws: typeof DRAWS;
}

/** Throws where model and statistics do not belong together. */
export async function openDemo(device: Computer, modelBytes: Uint8Array, statisticsText: string): Promise<Demo> {
  const model = classifier(loadModel(modelBytes, { name: 'model.onnx' }));
  const stats = parseStatistics(statisticsText, 'stats.json');
  const hash = await sha256(modelBytes);
  checkStatistics(stats, 'stats.json', { sha256: hash, filters: filterCount(model.layers), aggregation: 'mean-abs' });
  return { model, sha256: hash, stats, explainer: new Explainer(model, device, { batch: BATCH }) };
}

/** Throws where the network does not make the mistake it was trained to make. */
export async function demonstrate({ model, stats, explainer }: Demo): Promise<Demonstration> {
  const indices = Array.from({ length: OTHERS.count }, (_, k) => OTHERS.first + k);
  const { found: all, seen } = await misclassified(explainer, stats, SEED, [SHOWN, ...indices]);
  const [shown, ...others] = all;
  if (shown?.index !== SHOWN) {
    throw new Error(`the network does not misname picture ${SHOWN} of the demo; train it again with \`npm run demo:train\``);
  }
  return {
    model,
    stats,
    filters: stats.mean.length,
    shown,
    shownRepairs: await repair(explainer, [shown], COUNTS, DRAWS.shown, SEED),
    seen: seen - 1,
    fooled: others.length,
    others,
    repairs: await repair(explainer, others, COUNTS, DRAWS.others, SEED),
    draws: DRAWS,
  };
}
