/** The features to blame, by a sparse layer, beside the filters: what --sparse adds to an explanation. */
import type { Device } from '../../src/engine/device.js';
import type { Backend } from '../../src/engine/run/backend.js';
import { openSparse } from '../../src/local/sparse-folder.js';
import type { FeatureBlame } from '../../src/report/sparse-reading/blame.js';
import { filterCount, locate } from '../../src/saliency/network.js';
import { rankFilters, type Statistics } from '../../src/saliency/standardize.js';
import { answerBlame } from '../../src/sparse/reading/blame.js';
import { FeatureNetwork } from '../../src/sparse/reading/feature-network.js';
import { Reading } from '../../src/sparse/reading/layer.js';
import { pooledFilters } from '../../src/sparse/reading/penultimate.js';
import type { Inputs } from './inputs.js';
import type { SampleExplanation } from './explained.js';

/** A sparse layer that belongs to the network. */
export interface SparseSource {
  readonly folder: string;
  readonly layer: number;
  readonly lambda: number;
  readonly reading: Reading;
  readonly classNames: readonly string[] | null;
}

/** Throws one sentence where the folder is none of misfire sparse, or of another network. */
export async function openSource(dir: string, { file, network }: Pick<Inputs, 'file' | 'network'>): Promise<SparseSource> {
  const { result, lambdas, layer } = await openSparse(dir);
  if (result.model && result.model.sha256 !== file.sha256) {
    throw new Error(`the layers in ${dir} are of another network (${result.model.file}) than ${file.path}; fit them to a run of this one`);
  }
  const { classes } = result.problem;
  if (classes !== network.classes) {
    throw new Error(
      `the layers in ${dir} have ${classes} classes and ${file.path} has ${network.classes}; --sparse takes layers of the same`
    );
  }
  return { folder: dir, layer: result.chosen, lambda: lambdas[result.chosen], reading: new Reading(await layer()),
    classNames: result.classNames };
}

/** Asks a network on a device about features. To be destroyed. */
export class FeatureBlamer {
  private readonly network: FeatureNetwork;
  private readonly filters: readonly number[] | null;

  /** `listed` filters and features are told; `name` is a class as a person calls it. Throws as `FeatureNetwork`. */
  constructor(private readonly source: SparseSource, private readonly inputs: Pick<Inputs, 'network' | 'stats' | 'file'>,
    device: Device | Backend, private readonly options: { readonly listed: number; readonly batch?: number; name(k: number): string }) {
    const { network } = inputs;
    this.network = new FeatureNetwork(network, device, { batch: options.batch });
    const { features } = source.reading.layer;
    if (this.network.features !== features) {
      throw new Error(`the layers in ${source.folder} take ${features} features, and ${inputs.file.path} has ${this.network.features}`);
    }
    this.filters = pooledFilters(network.build(1), network.layers);
  }

  async blame(pictures: readonly Float32Array[], explanations: readonly SampleExplanation[]): Promise<FeatureBlame[]> {
    const { reading, folder, layer, lambda } = this.source;
    const { options: { listed, name }, inputs: { network: { layers }, stats }, filters } = this;
    const values = await this.network.values(pictures);
    return values.map(({ features }, k): FeatureBlame => {
      const explanation = explanations[k];
      const found = answerBlame(reading, reading.standardized(features), explanation.predicted, explanation.label);
      const ranks = ranksOf(explanation, stats);
      const called = (c: number) => ({ class: c, name: name(c) });
      return { folder, layer, lambda, of: called(found.of), against: called(found.against), predicted: called(found.predicted),
        after: called(found.after), margin: found.margin, intercepts: found.intercepts, count: found.features.length,
        features: found.features.slice(0, listed).map((f) => {
          const index = filters?.[f.feature];
          if (index === undefined) return { ...f, filter: null };
          const { layer: { name: at }, filter } = locate(layers, index);
          return { ...f, filter: { index, layer: at, filter, rank: ranks.get(index)! } };
        }), listed, filters: filterCount(layers) };
    });
  }

  destroy(): void {
    this.network.destroy();
  }
}

/** The place of each filter by saliency, from 1; dead ones come last. */
function ranksOf({ standardized, profile }: SampleExplanation, stats: Statistics | null): Map<number, number> {
  const saliency = standardized ?? profile;
  const order = rankFilters(saliency, stats), ranked = new Set(order);
  return new Map([...order, ...Array.from(saliency, (_, k) => k).filter((k) => !ranked.has(k))].map((index, k) => [index, k + 1]));
}
