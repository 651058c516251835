/** What a report of one answer shows. It stands in the page as JSON and is what `explain --json` writes under "report". */
import type { LabelDoubt } from '../saliency/suspects.js';
import type { FeatureBlame } from './sparse-reading/blame.js';

/** What a change comes to; 'changed': of a mistake, to another wrong class. */
export type Verdict = 'repaired' | 'changed' | 'broken' | 'unchanged';

export interface ClassAnswer {
  readonly class: number;
  readonly name: string;
  /** Softmax. */
  readonly probability: number;
}

/** What another network of the same task says of the picture. */
export interface OtherAnswer {
  /** Its file. */
  readonly model: string;
  readonly predicted: ClassAnswer;
  /** Softmax at the label. */
  readonly label: number;
}

export interface FilterAnswer {
  readonly index: number;
  /** The layer's name: `layer4.2.conv3`. */
  readonly layer: string;
  readonly filter: number;
  readonly saliency: number;
  /**
   * The standardized saliency with the picture left out of the statistics it is among; absent where it is not known to be among them.
   * Infinite (null in JSON) where the filter hardly gets any gradient from the others.
   */
  readonly leftOut?: number;
}

/** Over the draws of a random choice. */
export interface Spread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The answer after a change of the network or of the picture. */
export interface Changed {
  /** Softmax at the class the network gave before, and at the label. */
  readonly wrong: number;
  readonly label: number;
  /** At each of the report's `rivals`. */
  readonly rivals: readonly number[];
  /** The class given now. */
  readonly predicted: number;
}

export interface RandomChanged {
  readonly wrong: Spread;
  readonly label: Spread;
  readonly rivals: readonly Spread[];
  /** In how many draws the network gives another class than before, and in how many the label. */
  readonly moved: number;
  readonly repaired: number;
}

/** What one strength of a change did: for the most salient, and for as many at random. */
export interface Step {
  /** Filters that are off, or pixels that are filled. */
  readonly count: number;
  readonly salient: Changed;
  readonly random: RandomChanged;
}

export interface PixelStep extends Step {
  /** `count` over the pixels of the picture. */
  readonly share: number;
}

export interface Neighbor {
  readonly id: number;
  readonly path: string;
  readonly label: number;
  readonly labelName: string;
  readonly predicted: number;
  readonly predictedName: string;
  /** Cosine similarity of the standardized profiles. */
  readonly similarity: number;
}

/** What a filter responds to: of `looked` pictures out of the `of` of a run, those that excite it most, most first. */
export interface Response {
  readonly index: number;
  readonly layer: string;
  readonly filter: number;
  readonly looked: number;
  readonly of: number;
  readonly found: readonly { readonly id: number; readonly path: string; readonly labelName: string; readonly predictedName: string;
    readonly activation: number }[];
}

/** What excites the first filters most: pictures made from noise by gradient ascent. */
export interface Neurons {
  readonly steps: number;
  readonly seed: number;
  readonly filters: readonly { readonly index: number; readonly layer: string; readonly filter: number;
    /** The mean of its channel for the noise, and for the picture. */
    readonly before: number; readonly after: number }[];
}

export interface Report {
  /** The picture's file. */
  readonly input: string;
  readonly answer: {
    readonly predicted: ClassAnswer;
    readonly label: ClassAnswer;
    /** Cross-entropy against the label. */
    readonly loss: number;
    /** The five most probable classes, most probable first, and the label after them where it is none of them. */
    readonly top: readonly ClassAnswer[];
  };
  /** `values` has every filter in the order of `model.layers`: eq. 2, or eq. 1 where there are no statistics. Six digits. */
  readonly saliency: { readonly standardized: boolean; readonly values: readonly number[]; readonly dead: readonly number[] };
  /** The most salient filters; dead ones are left out. */
  readonly top: readonly FilterAnswer[];
  /** The sample that the picture is among those the statistics are of; absent where it is none, or that is not known. */
  readonly among?: { readonly run: string; readonly id: number; readonly label: number };
  /** The map this method gives, null where it was not asked for; `salient`: the boosted filters are the most salient ones. */
  readonly map:
    | { readonly boosted: readonly number[]; readonly salient: boolean; readonly boost: number; readonly distance: number }
    | null;
  /** Names of the first-order maps beside it, and what all but Grad-CAM are the gradient of: the loss, or the logit of the answer. */
  readonly comparisons: readonly string[];
  readonly comparedOf: 'loss' | 'logit';
  /** The class whose logit attributions among them are of, where there are some: the network's answer, also on a trace. */
  readonly attributed?: number;
  /** Classes beside the answer and the label that some change (of the most salient, or of a known cause) makes the answer, as they come. */
  readonly rivals: readonly number[];
  readonly off: readonly Step[];
  /** Null where there is no map. */
  readonly masked: readonly PixelStep[] | null;
  /** A cause that is known, covered with the mean colour, beside patches of the same form elsewhere; null where none is. */
  readonly known: (Step & { readonly name: string }) | null;
  /**
   * The nearest of a run's `candidates` mistakes; null where no run was given. `blank`: the network is so sure of the picture that its
   * profile is that of no gradient at all, and what is nearest says nothing.
   */
  readonly neighbors:
    | { readonly run: string; readonly candidates: number; readonly blank?: true; readonly found: readonly Neighbor[] }
    | null;
  /** Whether the label may be wrong: there where the network gives it hardly any probability and a run was at hand. */
  readonly labelDoubt?: LabelDoubt;
  /** The features to blame, where a sparse layer was given. */
  readonly features?: FeatureBlame;
  /** What the first filters respond to, where a run was at hand to look at. */
  readonly responses?: readonly Response[];
  /** What other networks of the task say, where they were asked. */
  readonly also?: readonly OtherAnswer[];
  /** Neuron pictures of the first filters, where they were asked for. */
  readonly neurons?: Neurons;
  /** Names of the classes that any number here speaks of. */
  readonly classes: Readonly<Record<number, string>>;
  /** Its rules are in conclusion.ts; `pixels` is null where none were covered, `known` is there where a known cause was. */
  readonly verdict: { readonly filters: Verdict; readonly pixels: Verdict | null; readonly known?: Verdict };
  readonly conclusion: readonly string[];
  readonly made: {
    readonly version: string;
    readonly model: { readonly file: string; readonly sha256: string; readonly filters: number;
      readonly layers: readonly { readonly name: string; readonly filters: number; readonly offset: number }[] };
    /** [channels, height, width] */
    readonly pictureShape: readonly number[];
    readonly adapter: { readonly description: string; readonly software: boolean };
    readonly aggregation: string;
    readonly statistics: { readonly file: string; readonly samples: number | null } | null;
    readonly settings: { readonly draws: number; readonly seed: number; readonly fill: string; readonly off: string };
    /** Where everything is of a trace (docs/spade.md) and not of the network itself: which, and how far it says what the network says. */
    readonly trace?: { readonly name: string; readonly says: string };
  };
}
