/** How much of the work of `misfire explain` is done, in forward passes, so that its parts can be told with the time left. */
import type { Progress } from '../shared/progress.js';
import { comparedCost, type Compared } from './compared.js';

/** What a picture costs, in forward passes: logits, loss and profile; the map. */
const PROFILE = 3, MAP = 10;

/** What is done for each sample. */
export interface Parts {
  readonly map: boolean;
  readonly compare: readonly Compared[];
  /** Answers asked for with filters off or pixels covered. */
  readonly trials: number;
}

/** Forward passes for each sample. */
export const costOf = ({ map, compare, trials }: Parts): number =>
  PROFILE + (map ? MAP : 0) + compare.reduce((sum, kind) => sum + comparedCost(kind), 0) + trials;

export class Work {
  private before = 0;
  private cost = 0;
  private what = '';

  constructor(private readonly progress: Progress) {}

  /** What is under way for so many samples. */
  profiles = (samples: number): void => this.begin('filters', samples * PROFILE);
  maps = (samples: number): void => this.begin('maps', samples * MAP);
  comparison = (kind: Compared): void => this.begin(kind, comparedCost(kind));
  trials = (count: number): void => this.begin('controls', count);
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
