/** What every sample of one `misfire explain` is explained with. */
import type { Classes } from '../../src/data/classes.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import type { AdapterDescription, Device } from '../../src/engine/device.js';
import type { AttributionOptions } from '../../src/saliency/attribution.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import type { ModelFile } from '../shared/model-file.js';
import type { Others } from './also.js';
import type { Traced } from '../shared/trace.js';
import type { WantedChanges } from './changes.js';
import type { Compared, Comparer } from './compared.js';
import type { FeatureBlamer } from './features.js';
import type { Boosted } from './maps.js';

export interface ExplainSettings {
  readonly file: ModelFile;
  readonly how: Preprocessing | null;
  readonly classes: Classes | null;
  readonly stats: Statistics | null;
  readonly statsName: string | null;
  readonly run: StoredRun | null;
  readonly aggregation: Aggregation;
  /** What the explainer's network is a trace of, and whether it speaks for it. */
  readonly trace: Traced | null;
  readonly adapter: AdapterDescription;
  /** Where a device of WebGPU computes; null where another runtime does. */
  readonly device: Device | null;
  /** Filters to list. */
  readonly top: number;
  readonly seed: number;
  readonly map: { readonly boosted: Boosted; readonly boost: number; readonly reference: boolean } | null;
  readonly compare: readonly Compared[];
  readonly compareOf: AttributionOptions['score'];
  readonly comparer: Comparer;
  readonly report: boolean;
  /** What is measured for the console where no report is made; `draws` of a report where they are given. */
  readonly changes: WantedChanges;
  readonly draws?: number;
  /** Other networks of the task, to be asked too; null where there are none. */
  readonly others: Others | null;
  /** What a sparse layer blames; null where none was given. */
  readonly blamer: FeatureBlamer | null;
  /** Pictures of the run to look at for what the first filters respond to; by default as many as do not take long. */
  readonly responses?: number;
  /** Steps of the neuron pictures of the first filters; none are made where it is left out. */
  readonly visualize?: number;
}
