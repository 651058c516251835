/** How much of the work of `misfire explain` is done, in forward passes, so that its parts can be told with the time left. */
import { PATH_STEPS, SMOOTH_SAMPLES, type FirstOrder } from '../../src/saliency/attribution.js';
import type { Progress } from '../shared/progress.js';

/** What a picture costs, in forward passes: logits, loss and profile; the map; a gradient with respect to the picture. */
const PROFILE = 3, MAP = 10, GRADIENT = 2;
const PICTURES: Readonly<Record<FirstOrder, number>> = { gradient: 1, 'gradient x input': 1, SmoothGrad: SMOOTH_SAMPLES,
  'integrated gradients': PATH_STEPS, 'Grad-CAM': 1 };

/** Filters of a report that neuron pictures are made of. */
export const NEURON_FILTERS = 5;

/** What is done for each sample. */
export interface Parts {
  readonly map: boolean;
  readonly compare: readonly FirstOrder[];
  /** Answers asked for with filters off or pixels covered. */
  readonly trials: number;
  /** Steps of the neuron pictures of a sample's first filters; none where left out. */
  readonly neurons?: number;
}

const comparisonCost = (kind: FirstOrder): number => GRADIENT * PICTURES[kind];

/** Forward passes for each sample. */
export const costOf = ({ map, compare, trials, neurons = 0 }: Parts): number =>
  PROFILE + (map ? MAP : 0) + compare.reduce((sum, kind) => sum + comparisonCost(kind), 0) + trials + neuronCost(neurons);

/** Of so many steps for the first filters of a sample, a forward pass and back each. */
export const neuronCost = (steps: number): number => NEURON_FILTERS * PROFILE * steps;

export class Work {
  private before = 0;
  private cost = 0;
  private what = '';

  /** `neuronCost`: of a sample's neuron pictures. */
  constructor(private readonly progress: Progress, private readonly neuronCost = 0) {}

  /** What is under way for so many samples. */
  profiles = (samples: number): void => this.begin('filters', samples * PROFILE);
  maps = (samples: number): void => this.begin('maps', samples * MAP);
  comparison = (kind: FirstOrder): void => this.begin(kind, comparisonCost(kind));
  trials = (count: number): void => this.begin('controls', count);
  neurons = (samples: number): void => this.begin('neuron pictures', samples * this.neuronCost);
  neighbors = (): void => this.begin('neighbours', 0);

  /** A share of what is under way is done. */
  at(share: number): void {
    this.progress.update(this.before + share * this.cost, this.what);
  }

  private begin(what: string, cost: number): void {
    this.before += this.cost;
    [this.what, this.cost] = [what, cost];
    this.at(0);
  }
}
