/** What `misfire doctor` is asked of a model and its data, and what it finds. */
import type { Preprocessing } from '../../src/data/preprocess.js';
import type { ComputerOptions } from '../shared/computer.js';
import type { ClassOrder, Fit } from '../../src/saliency/fit.js';

export interface FitOptions extends ComputerOptions {
  readonly model: string;
  readonly data: readonly string[];
  readonly classes?: string;
  readonly preprocess?: string;
  readonly output?: string;
  readonly limit: number;
  readonly seed: number;
  readonly save?: string;
  readonly json?: true;
}

/** A way to ask the network, and what its answers came to. */
export interface Tried {
  readonly name: string;
  /** Null where the inputs came prepared. */
  readonly how: Preprocessing | null;
  readonly order: ClassOrder;
  readonly fit: Fit;
}

export interface FitResult {
  readonly options: FitOptions;
  readonly samples: number;
  readonly of: number;
  readonly classes: number;
  /** With the classes as they are. */
  readonly ways: readonly Tried[];
  /** With the best of `ways`, or the best of all. */
  readonly orders: readonly Tried[];
  /** What would be used without this command; null where nobody says how pictures are prepared. */
  readonly given: Tried | null;
  readonly best: Tried;
}
