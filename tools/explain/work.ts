/** How much of the work of `misfire explain` is done, in forward passes, so that its parts can be told with the time left. */
import type { Progress } from '../shared/progress.js';
import { comparedCost, type Compared } from './compared.js';

/** What a picture costs, in forward passes: logits, loss and profile; the map. */
const PROFILE = 3, MAP = 10;

/** Filters of a report that neuron pictures are made of. */
export const NEURON_FILTERS = 5;

/** What is done for each sample. */
export interface Parts {
  readonly map: boolean;
  readonly compare: readonly Compared[];
  /** Answers asked for with filters off or pixels covered. */
  readonly trials: number;
  /** Steps of the neuron pictures of a sample's first filters; none where left out. */
  readonly neurons?: number;
}

/** Forward passes for each sample. */
export const costOf = ({ map, compare, trials, neurons = 0 }: Parts): number =>
  PROFILE + (map ? MAP : 0) + compare.reduce((sum, kind) => sum + comparedCost(kind), 0) + trials + neuronCost(neurons);

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
  comparison = (kind: Compared): void => this.begin(kind, comparedCost(kind));
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
