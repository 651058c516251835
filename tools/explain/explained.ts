/** What `misfire explain` tells of a sample. */
import type { FilterAnswer, OtherAnswer, Report } from '../../src/report/data.js';
import type { FeatureBlame } from '../../src/report/sparse-reading/blame.js';
import type { LabelDoubt } from '../../src/saliency/suspects.js';
import type { Explanation } from '../../src/saliency/explainer.js';

/** The sample of the run that a picture is. */
export interface Among {
  readonly run: string;
  readonly id: number;
  readonly path: string;
  /** The run's label: with another one, its profile there was another. */
  readonly label: number;
}

/** One picture's answer. Filters are numbered in the order of convolution nodes in the file. */
export interface SampleExplanation extends Explanation {
  /** Of a sample of a run. */
  readonly id?: number;
  readonly input: string;
  readonly label: number;
  readonly predicted: number;
  /** Softmax at the predicted class, and at the label. */
  readonly confidence: number;
  readonly labelConfidence: number;
  /** Eq. 2, where there are statistics. */
  readonly standardized: Float64Array | null;
  /** The most salient filters, by `standardized` where it is there, else by `profile`; dead filters are left out. */
  readonly top: readonly FilterAnswer[];
  /** The sample that it is among those the statistics are of; absent where it is none, or that is not known. */
  readonly among?: Among;
}

/** With what was made beside it where that was asked for. */
export interface ExplainedSample extends SampleExplanation {
  /** Section 2.2; its arrays are in the folder that --out names. */
  readonly map?: { readonly boosted: readonly number[]; readonly boost: number; readonly distance: number };
  /** Whether the label may be wrong, where the network gives it hardly any probability and a run is at hand. */
  readonly labelDoubt?: LabelDoubt;
  /** What the networks of --also say. */
  readonly also?: readonly OtherAnswer[];
  /** The features to blame, by a sparse layer. */
  readonly features?: FeatureBlame;
  /** The folder of the sample's files. */
  readonly folder?: string;
  /** With the most salient filters off, and the most salient pixels covered; in a report too. */
  readonly changes?: Pick<Report, 'off' | 'masked'>;
  /** Every number of the page that --report writes. */
  readonly report?: Report;
}
