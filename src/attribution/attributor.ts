/**
 * Attribution maps of a network on a device, by ten methods (methods.ts): which pixels of a picture the logit of a class rests on. The
 * weights are the network's own or others of the same shapes, as a trace of it has them (SPADE): then the map is of that network.
 */
import type { Device } from '../engine/device.js';
import { size } from '../engine/graph.js';
import { OnDevice, type Backend } from '../engine/run/backend.js';
import type { Values } from '../engine/run/programs.js';
import { Asking, checkCount, type AskingOptions } from '../saliency/asking.js';
import { gradCam } from '../saliency/attribution.js';
import { checkLabel, type Network } from '../saliency/network.js';
import { isKept, isMet, lossRefusal, pathRefusal, total } from './checks.js';
import { drawsFromSeed, type Draws } from './draws.js';
import { lime } from './lime.js';
import { METHODS, methodOf, type MethodName } from './methods.js';
import { occlusion } from './occlusion.js';
import { gradientShap, integratedGradients, type Slope } from './path.js';
import { attributionGraph, REFERENCE, type AttributionQuestion } from './questions.js';
import type { Score } from './squares.js';
import { withWeights, type WeightChanges } from './weights.js';

export interface AttributorOptions extends AskingOptions {
  /** Weights in place of the network's, by its names and in its layouts; all others stay. */
  readonly weights?: WeightChanges;
  /**
   * Whether parts may add up to another sum than they should: by default LRP is refused where it loses more than a 20th of a
   * logit on the way, and integrated gradients where their points miss more than a quarter of its change.
   */
  readonly incomplete?: boolean;
}

/** What a map adds up to, and what it should: `sum` and `lost` together are `expected`. */
export interface Completeness {
  readonly sum: number;
  readonly expected: number;
  /** The relevance that LRP has nowhere to hand to; 0 of the other methods. */
  readonly lost: number;
}

/** Pictures made at a time of those that a map asks about. */
const CHUNK = 256;

/** The methods whose maps have a sum that they must have. */
export const COMPLETE = ['deeplift', 'lrp', 'integrated-gradients'] as const;

/**
 * All pictures are prepared ones, [C,H,W], and so are maps. Every method throws a sentence where a picture has another size, a class is
 * none of the network's, an answer is not finite, a method has no rule for one of the network's ops, or the GPU has no memory for one
 * picture.
 */
export class Attributor {
  private asking: Asking<AttributionQuestion>;
  private readonly current: Map<string, Float32Array>;
  private readonly place: OnDevice | null;
  private pictureShape?: readonly number[];

  /** Throws where a given weight is none of the network's or has another size, or the batch is no whole number of at least 1. */
  constructor(readonly network: Network, private readonly device: Device | Backend, private readonly options: AttributorOptions = {}) {
    this.current = withWeights(network, options.weights);
    this.place = 'room' in device ? null : new OnDevice(device);
    this.asking = this.ask();
  }

  /** Answers from now on with these weights in place of the network's; null: with its own. What is planned stays planned on a device. */
  use(weights: WeightChanges | null): void {
    for (const [name, values] of withWeights(this.network, weights ?? undefined)) {
      if (this.current.get(name) === values) continue;
      this.current.set(name, values);
      if (this.place?.weights.has(name)) this.place.weights.set(name, values);
    }
    if (this.place) return;
    this.asking.destroy();
    this.asking = this.ask();
  }

  /** [classes] for each picture. */
  async logits(pictures: readonly Float32Array[]): Promise<Float32Array[]> {
    this.asking.widen('logits');
    return (await this.asking.answers('logits', pictures)).map((a) => a.logits);
  }

  /** The map [C,H,W] of a method for the logit of `target`. `draws` serve LIME, occlusion and GradientSHAP. */
  async map(method: MethodName, picture: Float32Array, target: number, draws?: Draws): Promise<Float32Array> {
    return (await this.maps(method, [picture], [target], draws))[0];
  }

  /** A map for each picture and its class. */
  async maps(method: MethodName, pictures: readonly Float32Array[], targets: readonly number[],
    draws = drawsFromSeed(0, this.shape)): Promise<Float32Array[]> {
    checkCount(pictures, targets, 'classes');
    switch (methodOf(method).name) {
      case 'saliency':
        return (await this.gradients(pictures, targets)).map((g) => g.map(Math.abs));
      case 'input-x-gradient':
        return (await this.gradients(pictures, targets)).map((g, k) => times(g, pictures[k]));
      case 'deeplift':
        return (await this.lift(pictures, targets)).map((a) => a.map);
      case 'lrp':
        return this.relevances(pictures, targets);
      case 'guided-backprop':
        return (await this.against('guided-backprop', pictures, targets)).map((a) => a.map);
      case 'guided-gradcam':
        return this.guidedCams(pictures, targets);
      default:
        return inTurn(pictures, (picture, k) => this.sampled(method, picture, targets[k], draws));
    }
  }

  /** All ten maps of a picture, one after another in the order of METHODS: [10,C,H,W]. */
  async allMaps(picture: Float32Array, target: number, draws: Draws): Promise<Float32Array> {
    const all = new Float32Array(METHODS.length * picture.length);
    for (const [k, { name }] of METHODS.entries()) all.set(await this.map(name, picture, target, draws), k * picture.length);
    return all;
  }

  /** Whether a complete method's map of a picture adds up: to f(x) - f(0), LRP's to f(x). */
  async completeness(method: (typeof COMPLETE)[number], picture: Float32Array, target: number): Promise<Completeness> {
    if (method === 'lrp') {
      const [{ map, logits }] = await this.against('lrp', [picture], [target]);
      const [{ lost }] = await this.against('lrp lost', [picture], [target]);
      return { sum: total(map), expected: logits[target], lost: total(lost) };
    }
    const [at, start] = await this.logits([picture, new Float32Array(picture.length)]);
    return { sum: total(await this.map(method, picture, target)), expected: at[target] - start[target], lost: 0 };
  }

  /** Frees what it holds on the device, which itself stays open. */
  destroy(): void {
    this.asking.destroy();
    this.place?.destroy();
  }

  private ask(): Asking<AttributionQuestion> {
    const { network, current } = this;
    return new Asking({ ...network, weights: current, build: (batch, mask) => network.build(batch, mask) }, this.place ?? this.device,
      (question, pictures) => attributionGraph(question, network, pictures), this.options);
  }

  private against(question: AttributionQuestion, pictures: readonly Float32Array[], targets: readonly number[]): Promise<Values[]> {
    const reference = new Float32Array(pictures[0]?.length ?? 0);
    return this.asking.against(question, pictures, targets, { [REFERENCE]: () => reference });
  }

  private async gradients(pictures: readonly Float32Array[], targets: readonly number[]): Promise<Float32Array[]> {
    return (await this.against('logit gradient', pictures, targets)).map((a) => a.gradient);
  }

  private lift(pictures: readonly Float32Array[], targets: readonly number[]): Promise<Values[]> {
    return this.against('deeplift', pictures, targets);
  }

  private async relevances(pictures: readonly Float32Array[], targets: readonly number[]): Promise<Float32Array[]> {
    const answers = await this.against('lrp', pictures, targets);
    const astray = answers.findIndex(({ map, logits }, k) => !isKept(map, logits[targets[k]]));
    if (astray >= 0 && !this.options.incomplete) {
      const [{ lost }] = await this.against('lrp lost', [pictures[astray]], [targets[astray]]);
      const { map, logits } = answers[astray];
      throw lossRefusal(this.network, map, logits[targets[astray]], lost);
    }
    return answers.map((a) => a.map);
  }

  private async guidedCams(pictures: readonly Float32Array[], targets: readonly number[]): Promise<Float32Array[]> {
    const guided = await this.against('guided-backprop', pictures, targets);
    const features = await this.against('features', pictures, targets);
    const { shape } = this;
    const inner = (await this.asking.outputShape('features', 'features', pictures.length)).slice(1);
    return guided.map(({ map }, k) => {
      const cam = gradCam({ features: features[k].features, gradient: features[k].gradient, shape: inner }, shape);
      return map.map((v, j) => v * cam[j % cam.length]);
    });
  }

  private async sampled(method: MethodName, picture: Float32Array, target: number, draws: Draws): Promise<Float32Array> {
    const { shape } = this;
    const score: Score = (count, version) => this.targetLogits(count, version, target);
    const slope: Slope = (count, point, weight) => this.weightedGradient(count, point, weight, target);
    switch (method) {
      case 'lime':
        return lime(picture, shape, draws, score);
      case 'occlusion':
        return occlusion(picture, shape, draws, score);
      case 'gradient-shap':
        return gradientShap(picture, draws, slope);
      default:
        return this.pathChecked(await integratedGradients(picture, slope), picture, target);
    }
  }

  /** The map of integrated gradients, where its points have not missed what happens on the way. */
  private async pathChecked(map: Float32Array, picture: Float32Array, target: number): Promise<Float32Array> {
    if (this.options.incomplete) return map;
    const [end, start] = await this.logits([picture, new Float32Array(picture.length)]);
    if (!isMet(map, end, start, target)) throw pathRefusal(this.network, map, end[target] - start[target]);
    return map;
  }

  private async targetLogits(count: number, version: (k: number) => Float32Array, target: number): Promise<number[]> {
    const found: number[] = [];
    while (found.length < count) {
      const some = Array.from({ length: Math.min(CHUNK, count - found.length) }, (_, k) => version(found.length + k));
      for (const logits of await this.logits(some)) {
        checkLabel(target, logits.length);
        found.push(logits[target]);
      }
    }
    return found;
  }

  private async weightedGradient(count: number, point: (k: number) => Float32Array, weight: (k: number, element: number) => number,
    target: number): Promise<Float64Array> {
    const sum = new Float64Array(size(this.shape));
    for (let at = 0; at < count; at += CHUNK) {
      const some = Array.from({ length: Math.min(CHUNK, count - at) }, (_, k) => point(at + k));
      for (const [k, g] of (await this.gradients(some, some.map(() => target))).entries()) {
        for (let j = 0; j < g.length; j++) sum[j] += weight(at + k, j) * g[j];
      }
    }
    return sum;
  }

  /** [C,H,W] */
  private get shape(): readonly number[] {
    return this.pictureShape ??= this.network.build(1).input.shape.slice(1);
  }
}

/** One after the other: each is many batches by itself. */
async function inTurn<T, U>(all: readonly T[], work: (one: T, k: number) => Promise<U>): Promise<U[]> {
  const done: U[] = [];
  for (const [k, one] of all.entries()) done.push(await work(one, k));
  return done;
}

const times = (a: Float32Array, b: Float32Array): Float32Array => a.map((v, k) => v * b[k]);
