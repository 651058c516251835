/**
 * A trace: the weights that one picture needs of a network, beside the network (Moakhar, Iofinova, Frantar and Alistarh, "SPADE:
 * Sparsity-Guided Debugging for Deep Neural Networks", ICML 2024). Every layer is solved anew on views of the picture, by itself, from
 * what the DENSE network gives it; biases and batch norms stay.
 */
import type { Device } from '../engine/device.js';
import { OnDevice } from '../engine/run/backend.js';
import { Explainer } from '../saliency/explainer.js';
import type { Network } from '../saliency/network.js';
import { argmax, probability } from '../saliency/prediction.js';
import { factorsFor } from './device-factor.js';
import { Hessians } from './hessians.js';
import type { SpadeLayer } from './layers.js';
import { solveLayer, type SolvedLayer, type SolveOptions } from './solve.js';

/** How far a trace says what the network says. */
export interface Faithfulness {
  /** [classes] of the picture. */
  readonly dense: Float32Array;
  readonly trace: Float32Array;
  readonly denseClass: number;
  readonly traceClass: number;
  /** Softmax of the dense network's class, by either. */
  readonly denseProbability: number;
  readonly traceProbability: number;
  readonly views: number;
  /** Views that the dense network gives the picture's class. */
  readonly viewsKept: number;
}

export interface Trace {
  readonly layers: readonly SolvedLayer[];
  readonly faithfulness: Faithfulness;
}

export interface TracerOptions extends Omit<SolveOptions, 'sparsity'> {
  /** Sparsity by name of weight; layers that are not here stay as they are. */
  readonly sparsities: ReadonlyMap<string, number>;
  /** Views computed at once. */
  readonly batch?: number;
  /** Called with what is done of one picture, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** The changed weights of a trace by name, as the file has them. */
export const traceWeights = ({ layers }: Pick<Trace, 'layers'>): Map<string, Float32Array> =>
  new Map(layers.map(({ layer, values }) => [layer.weight, values]));

/** A network with a trace's weights in place of its own. */
export const withTrace = <N extends Network>(network: N, weights: ReadonlyMap<string, Float32Array>): N => ({ ...network,
  weights: new Map([...network.weights, ...weights]) });

/** Share of a picture's time that its views take: the rest is the solver's. */
const VIEWS_SHARE = 0.8;

/** Makes traces of one network on one device, one picture after another. */
export class Tracer {
  readonly hessians: Hessians;
  private readonly backend: OnDevice;
  private readonly explainer: Explainer;

  /** Throws a sentence where a sparsity is of no layer of the network. */
  constructor(private readonly device: Device, private readonly network: Network, private readonly options: TracerOptions) {
    this.hessians = new Hessians(device, network, [...options.sparsities.keys()], options.batch);
    this.backend = new OnDevice(device);
    this.explainer = new Explainer(network, this.backend);
  }

  get layers(): readonly SpadeLayer[] {
    return this.hessians.layers;
  }

  /**
   * The trace of a picture [channels, height, width]; `view` gives the k-th of `views` views of it, prepared as it is. `onLayer` is told
   * each layer's Hessian [groups, D, D]. Throws one sentence, naming the layer, where a Hessian cannot be factored.
   */
  async trace(picture: Float32Array, views: number, view: (k: number) => Float32Array,
    onLayer?: (layer: SpadeLayer, hessian: Float64Array) => void): Promise<Trace> {
    const { sparsities, onProgress } = this.options;
    const dense = await this.logits(picture);
    const denseClass = argmax(dense);
    const viewsKept = await this.gather(views, view, denseClass);
    const layers: SolvedLayer[] = [];
    for (const layer of this.layers) {
      const hessian = await this.hessians.read(layer);
      onLayer?.(layer, hessian);
      const factors = await factorsFor(this.device, layer, hessian, this.options);
      const sparsity = sparsities.get(layer.weight)!;
      layers.push(solveLayer(layer, this.network.weights.get(layer.weight)!, hessian, { ...this.options, factors, sparsity }));
      onProgress?.(VIEWS_SHARE + ((1 - VIEWS_SHARE) * layers.length) / this.layers.length);
    }
    const trace = await this.logits(picture, traceWeights({ layers }));
    return { layers,
      faithfulness: { dense, trace, denseClass, traceClass: argmax(trace), denseProbability: probability(dense, denseClass),
        traceProbability: probability(trace, denseClass), views, viewsKept } };
  }

  /** The logits of a picture, by the network or by it with other weights. */
  async logits(picture: Float32Array, weights: ReadonlyMap<string, Float32Array> = new Map()): Promise<Float32Array> {
    if (weights.size > 0) this.backend.provide([...weights.keys()], this.network.weights);
    for (const [name, values] of weights) this.backend.weights.set(name, values);
    try {
      return (await this.explainer.logits([picture]))[0];
    } finally {
      for (const name of weights.keys()) this.backend.weights.set(name, this.network.weights.get(name)!);
    }
  }

  destroy(): void {
    this.explainer.destroy();
    this.backend.destroy();
    this.hessians.destroy();
  }

  /** The Hessians on all views; how many of these the network answers with the class. */
  private async gather(views: number, view: (k: number) => Float32Array, denseClass: number): Promise<number> {
    this.hessians.clear();
    let kept = 0;
    for (let at = 0; at < views;) {
      const some = Array.from({ length: Math.min(this.hessians.rows, views - at) }, (_, k) => view(at + k));
      for (const logits of await this.hessians.add(some)) kept += Number(argmax(logits) === denseClass);
      at += some.length;
      this.options.onProgress?.((VIEWS_SHARE * at) / views);
    }
    return kept;
  }
}
