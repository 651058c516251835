/**
 * A network on a device, asked about its features: their values for pictures, and the exact gradient of one of them with respect to the
 * picture, dx_j / dpixel, by the engine.
 */
import * as b from '../../engine/builder.js';
import type { Device } from '../../engine/device.js';
import { grad } from '../../engine/grad.js';
import type { Node } from '../../engine/graph.js';
import { asBackend, type Backend, type Outputs } from '../../engine/run/backend.js';
import { Programs, type Values } from '../../engine/run/programs.js';
import { atMost, type Network } from '../../saliency/network.js';
import { penultimate } from './penultimate.js';

type Question = 'features' | 'feature gradient';
const FEATURE = '[feature]', BATCH = 16, MEMORY = 3 * 2 ** 30;

/** The values of a picture. */
export interface PictureFeatures {
  /** [classes] */
  readonly logits: Float32Array;
  /** [features] */
  readonly features: Float32Array;
}

/** Pictures are prepared ones [C,H,W]. Methods throw one sentence where one is of another size or its answer is not finite. */
export class FeatureNetwork {
  readonly features: number;
  private readonly programs: Programs<Question>;

  /** Throws one sentence where the network has no features (`penultimate`). */
  constructor(readonly network: Network, device: Device | Backend,
    private readonly options: { readonly batch?: number; readonly onProgress?: (done: number, total: number) => void } = {}) {
    this.features = penultimate(network.build(1)).shape[1];
    const backend = asBackend(device);
    this.programs = new Programs<Question>(backend, {
      build: (question, pictures) => featureGraph(question, network, pictures),
      weights: network.weights,
      batch: atMost(options.batch ?? BATCH, network),
      memory: Math.min(MEMORY, backend.atHand),
    });
  }

  /** Logits and features of each picture. */
  async values(pictures: readonly Float32Array[]): Promise<PictureFeatures[]> {
    const rows = await this.ask('features', pictures, () => new Float32Array());
    return rows.map(({ logits, features }) => ({ logits, features }));
  }

  /** For each picture [C,H,W], the gradient of its feature `features[k]` with respect to it. Throws where there is no such feature. */
  async gradients(pictures: readonly Float32Array[], features: readonly number[]): Promise<Float32Array[]> {
    const bad = features.find((j) => !Number.isInteger(j) || j < 0 || j >= this.features);
    if (bad !== undefined) throw new Error(`there is no feature ${bad}; the network has ${this.features}, 0 to ${this.features - 1}`);
    const rows = await this.ask('feature gradient', pictures, (k) => Float32Array.of(features[k]));
    return rows.map((r) => r.gradient);
  }

  destroy(): void {
    this.programs.destroy();
  }

  private ask(question: Question, pictures: readonly Float32Array[], feature: (k: number) => Float32Array): Promise<Values[]> {
    return this.programs.answers(question, pictures.length, (input, k) => (input === FEATURE ? feature(k) : pictures[k]), {
      batches: 'full',
      finite: question === 'features' ? 'features' : 'gradient',
      notFinite: (sample) => `the features of picture ${sample} are not finite: the network overflows on it`,
      wrongSize: (_, expected, got) => `a picture has ${got} values, but the network takes ${expected}; choose another preprocessing`,
      onProgress: this.options.onProgress,
    });
  }
}

function featureGraph(question: Question, network: Network, pictures: number): Outputs {
  const graph = network.build(pictures);
  const features = penultimate(graph);
  if (question === 'features') return { logits: graph.logits, features };
  const chosen = b.mul(features, b.equal(b.iota(features.shape, 1), b.reshape(b.input(FEATURE, [pictures]), [pictures, 1])));
  const [gradient]: Node[] = grad(b.sum(chosen), [graph.input]);
  return { gradient };
}
