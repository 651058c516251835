/**
 * A network on a device, asked about pictures in batches: logits, loss and profile of each, also with filters turned
 * off. What it can be asked is in questions.ts; graphs are planned once per batch size and kept.
 */
import type { MaskMode } from '../engine/convolutions.js';
import type { Device } from '../engine/device.js';
import type { Backend } from '../engine/run/backend.js';
import { Asking, checkCount, type AskingOptions } from './asking.js';
import { BOOST } from './input.js';
import type { Network } from './network.js';
import type { Peaks } from './peaks.js';
import type { Aggregation } from './profile.js';
import { BOOSTS, LABELS, MASK, MEAN, ofBatch, questionGraph, questionOf, STD, type Asked, type Question } from './questions.js';
import { isDead, type Statistics } from './standardize.js';
import { topFilters, type TopFilter } from './top.js';

export interface Explanation {
  /** [classes] */
  readonly logits: Float32Array;
  /** Cross-entropy against the label. */
  readonly loss: number;
  /** [filters], eq. 1. */
  readonly profile: Float32Array;
}

/** Section 2.2 for one picture. */
export interface InputMap {
  /** [C,H,W], the signed gradient of the cosine distance between the standardized profile and its boosted copy. */
  readonly gradient: Float32Array;
  readonly distance: number;
}

/** The last feature map of a picture, for Grad-CAM. */
export interface FeatureMap {
  /** One [h*w] after another. */
  readonly features: Float32Array;
  /** Gradient of a class's logit with respect to it. */
  readonly gradient: Float32Array;
  /** [channels, h, w] */
  readonly shape: readonly number[];
}

/** What a batch of pictures comes to, one after another in each array. */
export interface ProfileBatch {
  /** [pictures, classes] */
  readonly logits: Float32Array;
  readonly loss: Float32Array;
  /** [pictures, filters] */
  readonly profiles: Float32Array;
  /** [pictures, features], where they were asked for. */
  readonly features: Float32Array;
}

export interface ExplainerOptions extends AskingOptions {
  readonly aggregation?: Aggregation;
}

/** Batches that may be with the GPU at once: one computes while the next is there already. */
const RUNS = 2;

/**
 * All pictures are prepared ones, [C,H,W]. Every method throws a sentence where a picture has another size or the answer to
 * it is not finite (`profileBatch` apart), a label or class is none of the network's, or the GPU has no memory for one picture.
 */
export class Explainer {
  private readonly asking: Asking<Question>;

  /** Throws where the batch is no whole number of at least 1. */
  constructor(readonly network: Network, device: Device | Backend, options: ExplainerOptions = {}) {
    const { aggregation = 'mean-abs' } = options;
    this.asking = new Asking<Question>(network, device,
      (question, pictures) => questionGraph(question, network, pictures, aggregation).outputs, options,
      (question) => (ofBatch(question) ? RUNS : 1));
  }

  /**
   * [classes] for each picture; `masks`, one [filters] of ones and zeros per picture, turns filters off. Throws where
   * masks and pictures differ in number.
   */
  async logits(pictures: readonly Float32Array[], masks?: readonly Float32Array[], mode: MaskMode = 'channel'): Promise<Float32Array[]> {
    if (masks) checkCount(pictures, masks, 'masks');
    const rows = await (masks
      ? this.asking.answers(`logits ${mode}`, pictures, { [MASK]: (k) => masks[k] })
      : this.asking.answers('logits', pictures));
    return rows.map((r) => r.logits);
  }

  /** Logits, loss and profile (eq. 1) of each picture against its label (an index below the number of classes). */
  async explain(pictures: readonly Float32Array[], labels: readonly number[]): Promise<Explanation[]> {
    const rows = await this.asking.against('profile', pictures, labels);
    return rows.map((r) => ({ logits: r.logits, loss: r.loss[0], profile: r.profile }));
  }

  /** The filters that the answer to a picture is blamed on, most salient first (top.ts): by eq. 2 with `stats`, else by eq. 1. */
  async top(picture: Float32Array, label: number, stats: Statistics | null = null, count?: number): Promise<TopFilter[]> {
    const [{ profile }] = await this.explain([picture], [label]);
    return topFilters(profile, this.network.layers, stats, count);
  }

  /**
   * Section 2.2 for each picture against its label: `boosted`, the filters of each (the paper takes the ten most
   * salient), have their standardized saliency multiplied by `boost`. Throws where a filter does not exist.
   */
  async inputMaps(
    pictures: readonly Float32Array[],
    labels: readonly number[],
    boosted: readonly (readonly number[])[],
    stats: Statistics,
    boost = BOOST
  ): Promise<InputMap[]> {
    checkCount(pictures, boosted, 'sets of filters');
    const mean = Float32Array.from(stats.mean);
    const std = Float32Array.from(stats.std, (s, k) => (isDead(stats, k) ? 1 : s));
    const factors = boosted.map((filters) => {
      const row = new Float32Array(mean.length).fill(1);
      for (const f of filters) {
        if (!(f in row)) throw new Error(`there is no filter ${f}; the network has ${row.length}`);
        row[f] = boost;
      }
      return row;
    });
    const rows = await this.asking.against('map', pictures, labels, { [MEAN]: () => mean, [STD]: () => std, [BOOSTS]: (k) => factors[k] });
    return rows.map((r) => ({ gradient: r.gradient, distance: r.distance[0] }));
  }

  /** [C,H,W] for each picture: the gradient, with respect to it, of the loss against a class or of the class's logit. */
  async inputGradients(pictures: readonly Float32Array[], classes: readonly number[], score: 'loss' | 'logit'): Promise<Float32Array[]> {
    const rows = await this.asking.against(`${score} gradient`, pictures, classes);
    return rows.map((r) => r.gradient);
  }

  /** The last feature map of each picture, and the gradient of the class's logit with respect to it. */
  async featureMaps(pictures: readonly Float32Array[], classes: readonly number[]): Promise<FeatureMap[]> {
    const rows = await this.asking.against('features', pictures, classes);
    const shape = (await this.asking.outputShape('features', 'features', pictures.length)).slice(1);
    return rows.map((r) => ({ features: r.features, gradient: r.gradient, shape }));
  }

  /**
   * What each picture does to every filter of some layers, given by their indices: the greatest activation and its place (peaks.ts).
   * One forward pass; only these numbers come back from the device. Throws where there is no such layer.
   */
  async peaks(pictures: readonly Float32Array[], layers: readonly number[]): Promise<Peaks[]> {
    const rows = await this.asking.answers(`peaks ${layers.join()}`, pictures);
    return rows.map(({ value, place }) => ({ value, place }));
  }

  /**
   * How many pictures `profileBatch` takes at most: as many as were asked for, else a power of two by what a plan for
   * one picture needs of MEMORY and of the adapter's largest buffer; halved while the GPU is out of memory. For a
   * `profileBatch` that is asked the same.
   */
  async batchSize(asked: Asked = {}): Promise<number> {
    const question = questionOf(asked);
    this.asking.widen(question);
    return (await this.asking.programs.fitting(question)).rows;
  }

  /**
   * One run for at most `batchSize()` pictures, which lie one after another, each with its label. A second one may be
   * asked for before the first is answered, so that the GPU goes from one to the next. Values are as they come, also
   * where they are not finite. Throws where pictures and labels are no such batch.
   */
  async profileBatch(pictures: Float32Array, labels: readonly number[], asked: Asked = {}): Promise<ProfileBatch> {
    const batch = await this.asking.programs.fitting(questionOf(asked));
    const each = batch.each(batch.program.inputs.find((t) => t.name !== LABELS)!.name);
    const count = labels.length;
    if (count < 1 || count > batch.rows || pictures.length !== count * each) {
      throw new Error(`${pictures.length} values and ${count} labels are no batch of 1 to ${batch.rows} pictures of ${each} values`);
    }
    const { logits, loss, profile, penultimate } = await batch.run(count,
      (input) => (input === LABELS ? Float32Array.from(labels) : pictures));
    this.asking.look(
      Array.from({ length: count }, (_, k) => logits.subarray((k * logits.length) / count, ((k + 1) * logits.length) / count))
    );
    const none = new Float32Array(0);
    return { logits, loss, profiles: profile ?? none, features: penultimate ?? none };
  }

  /** Frees what it holds on the device, which itself stays open. */
  destroy(): void {
    this.asking.destroy();
  }
}
