/** A run of `misfire profile` as its options and its data describe it, before an adapter is known. */
import { resolve } from 'node:path';
import type { Shard } from '../../src/dataset/dataset.js';
import { decisionLayer } from '../../src/onnx/decision.js';
import { filterCount } from '../../src/saliency/network.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import type { Meta } from '../../src/store/format.js';
import { listHash } from '../../src/store/list.js';
import type { ComputerOptions } from '../shared/computer.js';
import { version } from '../shared/terminal.js';
import type { ProgressForm } from '../shared/progress.js';
import type { ModelFile } from '../shared/model-file.js';
import type { Opened } from './open.js';

export interface ProfileOptions extends ComputerOptions {
  readonly model: string;
  readonly output?: string;
  readonly out: string;
  readonly classes?: string;
  readonly preprocess?: string;
  readonly aggregation: Aggregation;
  readonly batch?: number;
  readonly half?: boolean;
  readonly statsOnly?: boolean;
  readonly forwardOnly?: boolean;
  readonly features?: boolean;
  readonly featuresOnly?: boolean;
  readonly shard?: Shard;
  readonly json?: string | true;
  readonly quiet?: boolean;
  readonly progress?: ProgressForm;
}

/** Where no shard is asked for. */
export const WHOLE: Shard = { index: 0, count: 1 };

/** All of a run's description that does not depend on the adapter. */
export function describe({ path, sha256, model }: ModelFile, { set, network, how }: Opened, options: ProfileOptions): Meta {
  const layers = network.layers.map(({ name, node, weight, filters, offset }) => ({ name, node, weight, filters, offset }));
  const forwardOnly = options.forwardOnly || options.featuresOnly;
  const decision = options.features || options.featuresOnly ? decisionLayer(network.model) : null;
  const features = decision && { tensor: decision.features, node: decision.node, width: decision.width };
  return {
    format: 1,
    version,
    model: { file: resolve(path), sha256, filters: filterCount(network.layers), classes: network.classes,
      pictureShape: network.pictureShape, ...(network.channelsLast && { channelsLast: true as const }), layers,
      ...(model.candidates.length > 1 && { output: network.output }) },
    preprocessing: how,
    aggregation: options.aggregation,
    data: { kind: set.kind, root: resolve(set.root), samples: set.count, sha256: listHash(set), columns: set.columns,
      classNames: set.classNames },
    shard: options.shard ?? null,
    table: 2,
    profiles: options.statsOnly || forwardOnly ? 'none' : options.half ? 'float16' : 'float32',
    ...(forwardOnly && { forwardOnly: true as const }),
    ...(features && { features }),
    batch: 0,
    partBatches: 0,
    batchAsked: options.batch ?? null,
    adapter: { vendor: '', architecture: '', description: '', software: false },
  };
}
