/** A sample as the experiments of sections 3.1 to 3.4 see it, wherever it is stored. */
import type { Subject } from '../off.js';

export interface LabelledSample {
  /** A whole number of its own: with the seed it decides what is drawn at random for the sample. */
  readonly id: number;
  readonly label: number;
  /** The class the unchanged network gives. */
  readonly predicted: number;
}

/** With its picture [C,H,W], prepared for the network. */
export interface PicturedSample extends LabelledSample, Subject {}

/** With its profile [filters] against the label (eq. 1), as `Explainer.explain` gives it. */
export interface ProfiledSample extends PicturedSample {
  readonly profile: ArrayLike<number>;
}

/** What an experiment found for a sample: one of those that its analysis takes. */
export interface SampleResult<R, S extends LabelledSample = LabelledSample> {
  readonly sample: S;
  readonly result: R;
}
