/** The features to blame for one answer: what `misfire explain --sparse` puts beside the filters. */
import { argmax } from '../../saliency/prediction.js';
import { contributions, type Contribution } from './contributions.js';
import { runnerUp } from './flip.js';
import type { Reading } from './layer.js';

/** An answer of the network, taken apart by a sparse layer on the same features. */
export interface AnswerBlame {
  /** Whose logits are compared: the network's answer, and the label, or the layer's next class where the answer is the label. */
  readonly of: number;
  readonly against: number;
  /** What the layer itself answers, and what without the first feature. */
  readonly predicted: number;
  readonly after: number;
  /** logit_of - logit_against, and the intercepts' part of it. */
  readonly margin: number;
  readonly intercepts: number;
  /** By falling D_j; those that are not 0. */
  readonly features: readonly Contribution[];
}

/** Of one picture's z [features]. */
export function answerBlame(reading: Reading, z: ArrayLike<number>, answer: number, label: number): AnswerBlame {
  const logits = reading.logits(z);
  const predicted = argmax(logits);
  const against = answer !== label ? label : predicted !== answer ? predicted : runnerUp(logits);
  const features = contributions(reading, z, 0, answer, against).filter((c) => c.difference !== 0);
  const [first] = features;
  const { intercepts } = reading.layer;
  return { of: answer, against, predicted, after: first ? argmax(reading.without(logits, first.feature, first.z)) : predicted,
    margin: logits[answer] - logits[against], intercepts: intercepts[answer] - intercepts[against], features };
}
