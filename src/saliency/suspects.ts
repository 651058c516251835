/**
 * Labels that may be wrong. The rule, whose precision and recall docs/labels.md measures on planted errors: a picture is a suspect if
 *
 *   1. the network calls it another class and gives its label a probability of at most 1 in 10,000 (a loss of at least 9.2), and
 *   2. of the 10 pictures that are named rightly and whose saliency is most like its own, at least 7 have the class that it is called.
 *
 * Likeness is the cosine of the profiles in units of each filter's deviation, s / sigma. Eq. 2 will not do: the mean that it takes away
 * is all that is left of a picture that the network is sure of, and makes all of these alike.
 */
import type { LabelledAnswer } from './compare.js';
import { livingFilters } from './neighbors.js';
import type { Layer } from './network.js';
import type { Statistics } from './standardize.js';

/** The rule's numbers. */
export const SUSPECT = { labelProbability: 1e-4, neighbors: 10, agreeing: 7 } as const;

export interface SurprisingAnswer extends LabelledAnswer {
  /** Softmax at the label. */
  readonly labelConfidence: number;
}

/** The rule's first half. */
export const isSurprising = ({ label, predicted, labelConfidence }: SurprisingAnswer): boolean =>
  label !== predicted && labelConfidence <= SUSPECT.labelProbability;

export interface LabelDoubt {
  /** Of the nearest rightly named pictures, those of the class that the picture is called; and how many there were, 10 at most. */
  readonly agreeing: number;
  readonly neighbors: number;
  /** Both halves of the rule hold. */
  readonly suspect: boolean;
}

/** Looks at rightly named pictures one by one, for pictures that the first half of the rule holds for. Float64 throughout. */
export class SuspectSearch {
  readonly #filters: Int32Array;
  readonly #queries: readonly { readonly predicted: number; readonly unit: Float64Array;
    readonly near: { likeness: number; label: number }[] }[];

  /** `surprising`: what each is called, and its profile [filters]. Throws where every filter is dead. */
  constructor(layers: readonly Layer[], private readonly stats: Statistics,
    surprising: readonly { readonly predicted: number; readonly profile: ArrayLike<number> }[]) {
    this.#filters = livingFilters(layers, stats);
    this.#queries = surprising.map(({ predicted, profile }) => ({ predicted, unit: this.#unit(profile, 0), near: [] }));
  }

  /** A rightly named picture, whose profile begins at `at`; `admits` may leave it out for some of the surprising ones. */
  add(label: number, profiles: ArrayLike<number>, at: number, admits: (query: number) => boolean = () => true): void {
    if (this.#queries.length === 0) return;
    const unit = this.#unit(profiles, at);
    for (const [q, { unit: own, near }] of this.#queries.entries()) {
      if (!admits(q)) continue;
      let likeness = 0;
      for (let k = 0; k < unit.length; k++) likeness += unit[k] * own[k];
      let place = near.length;
      while (place > 0 && near[place - 1].likeness < likeness) place--;
      if (place >= SUSPECT.neighbors) continue;
      near.splice(place, 0, { likeness, label });
      if (near.length > SUSPECT.neighbors) near.pop();
    }
  }

  /** For each surprising picture, in their order. */
  results(): LabelDoubt[] {
    return this.#queries.map(({ predicted, near }) => {
      const agreeing = near.filter(({ label }) => label === predicted).length;
      return { agreeing, neighbors: near.length, suspect: agreeing >= SUSPECT.agreeing };
    });
  }

  #unit(profile: ArrayLike<number>, at: number): Float64Array {
    const row = Float64Array.from(this.#filters, (k) => profile[at + k] / this.stats.std[k]);
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    return norm > 0 ? row.map((v) => v / norm) : row;
  }
}
