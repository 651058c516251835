/**
 * Neuron pictures: for a class, a filter or a feature the picture that excites it most, by gradient ascent from noise (Olah, Mordvintsev,
 * Schubert, "Feature visualization", Distill 2017): spectrum.ts is what is changed, transformations.ts what the network sees of it,
 * objective.ts what is to rise, adam.ts the step. All of it is one graph, whose every run is a step; only the moved map's six numbers
 * and Adam's two go to the device for it.
 */
import * as b from '../engine/builder.js';
import type { Device } from '../engine/device.js';
import { grad } from '../engine/grad.js';
import { size, type Node, type Shape } from '../engine/graph.js';
import { planGraph } from '../engine/plan/plan.js';
import { OnDevice } from '../engine/run/backend.js';
import { Program } from '../engine/run/program.js';
import type { Extent } from '../data/framing.js';
import { normalizationOf, type Preprocessing } from '../data/preprocess.js';
import { atMost, type Network } from '../saliency/network.js';
import { adamFactors, adamStep } from './adam.js';
import { checkUnits, sameKind, unitValues, valuesOf, type Unit } from './objective.js';
import { pictureNode, spectrumShape, startingSpectrum } from './spectrum.js';
import { substituted } from './substitute.js';
import { drawTransformation, NO_TRANSFORMATIONS, passes, transformed, usualTransformations,
  type Transformations } from './transformations.js';

export const STEPS = 512, RATE = 0.05;

/** What decides a picture beside the network and the unit. */
export interface VisualizeSettings {
  /** Steps of ascent; 512 where left out. */
  readonly steps?: number;
  /** Adam's rate; 0.05 where left out. */
  readonly rate?: number;
  /** 1 where the value is to rise, -1 where it is to fall; 1 where left out. */
  readonly sign?: 1 | -1;
  /** Of the noise that is begun with, and of the transformations; 0 where left out. The same for every unit. */
  readonly seed?: number;
  /** Sides of the picture [height, width]; those of the network's input where left out. Smaller ones are enlarged for the network. */
  readonly size?: Extent;
  /** By the size of the network's input where left out (`usualTransformations`). */
  readonly transformations?: Transformations;
}

export interface VisualizeOptions extends VisualizeSettings {
  /** Pictures made at once; each is the same alone. 8 where left out, 1 where the network's input passes 112 pixels a side. */
  readonly batch?: number;
  /** Told after each step: how many of the steps of all units are done, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of the pictures of a batch once they are made, so that they can be kept before the next ones are. */
  readonly onMade?: (made: readonly NeuronPicture[]) => void | Promise<void>;
  /** Asked before each step: where it says so, the batch under way is dropped, and what was made before is returned. */
  readonly stop?: () => boolean;
}

export interface NeuronPicture {
  readonly unit: Unit;
  /** [channels, height, width] in 0 to 1: red, green and blue, or grey. */
  readonly picture: Float32Array;
  readonly shape: Shape;
  /** The unit's value for the noise that was begun with, and for this picture, neither of them transformed. */
  readonly before: number;
  readonly after: number;
  /** Its value at each step, of what the network saw there. */
  readonly values: Float32Array;
}

const BATCH = 8, LARGE = 112;
const SPECTRUM = '[spectrum]', INDEX = '[unit]', MAP = '[map]', FACTORS = '[adam]';

/**
 * A picture for each unit, in their order (fewer where `stop` said so); the same bits for the same settings, whichever units are made
 * beside it. `how` says how the
 * network's pictures are prepared: colours, mean and deviation. Throws one sentence where a unit is none of the network's, its input has
 * other channels than `how`, the size is larger than its input or smaller than 2, or a value is not finite.
 */
export async function visualize(network: Network, device: Device, how: Preprocessing, units: readonly Unit[],
  options: VisualizeOptions = {}): Promise<NeuronPicture[]> {
  if (units.length === 0) return [];
  const graph = network.build(1);
  const [, channels, height, width] = graph.input.shape;
  checkUnits(network, graph, units);
  const { size: [h, w] = [height, width] } = options;
  checkSize(how, channels, [height, width], [h, w]);
  const wanted = options.batch ?? (Math.max(height, width) > LARGE ? 1 : BATCH);
  const place = new OnDevice(device);
  const made: NeuronPicture[] = [];
  const { steps = STEPS } = options;
  try {
    for (const kind of new Set(units.map(sameKind))) {
      const some = units.filter((unit) => sameKind(unit) === kind);
      const rows = atMost(Math.min(wanted, some.length), network);
      const ascent = await Ascent.open(network, place, device, how, some[0], rows, [channels, h, w], options);
      try {
        for (let at = 0; at < some.length; at += rows) {
          const batch = some.slice(at, at + rows);
          const before = made.length;
          const told = (step: number): void => options.onProgress?.(before * steps + step * batch.length, units.length * steps);
          const done = await ascent.climb(batch, told, options.stop ?? (() => false));
          if (!done) return made;
          made.push(...done);
          await options.onMade?.(done);
        }
      } finally {
        ascent.destroy();
      }
    }
  } finally {
    place.destroy();
  }
  return units.map((unit) => made.find((one) => one.unit === unit)!);
}

/** The programs that make pictures for units of one kind, so many at a time. */
class Ascent {
  private constructor(private readonly place: OnDevice, private readonly step: Program, private readonly look: Program,
    private readonly moments: readonly Node<'input'>[], private readonly spectrum: Node<'input'>, private readonly shape: Shape,
    private readonly seen: Extent, private readonly options: VisualizeSettings) {}

  static async open(network: Network, place: OnDevice, device: Device, how: Preprocessing, kind: Unit, rows: number, shape: Shape,
    options: VisualizeSettings): Promise<Ascent> {
    const { sign = 1 } = options;
    const spectrum = b.weight(`${SPECTRUM} ${rows}`, [rows, ...spectrumShape(shape)]) as Node<'input'>;
    const index = b.input(INDEX, [rows]);
    const picture = pictureNode(spectrum, shape);
    const { input: { shape: [, , height, width] } } = network.build(1);
    const valueAt = (affine: Node): Node => {
      const graph = network.build(rows);
      const seen = prepared(transformed(picture, affine, [height, width]), how);
      return substituted(valuesOf(unitValues(graph, kind), index), graph.input, seen);
    };
    const value = valueAt(b.input(MAP, [6]));
    const [slope] = grad(b.sum(value), [spectrum]);
    const { updates, moments } = adamStep(spectrum, sign > 0 ? b.neg(slope) : slope, b.input(FACTORS, [2]));
    const programs: Program[] = [];
    try {
      for (const plan of [planGraph({ value }, device.target, { updates }), planGraph({ value, picture }, device.target)]) {
        place.provide(plan.weights.map((t) => t.name).filter((name) => network.weights.has(name)), network.weights);
        for (const node of [spectrum, ...moments]) {
          if (!place.weights.has(node.attrs.name)) place.weights.set(node.attrs.name, new Float32Array(size(node.shape)));
        }
        programs.push(await Program.compile(plan, device, place.weights));
      }
    } catch (error) {
      for (const program of programs) program.destroy();
      throw error;
    }
    return new Ascent(place, programs[0], programs[1], moments, spectrum, shape, [height, width], options);
  }

  /**
   * Pictures for these units, at most as many as the programs are for; `progress` is told each step's number, from 1. Null where `stop`
   * said so.
   */
  async climb(units: readonly Unit[], progress: (step: number) => void, stop: () => boolean): Promise<NeuronPicture[] | null> {
    const { weights } = this.place;
    const { steps = STEPS, rate = RATE, seed = 0, transformations = usualTransformations(...this.seen) } = this.options;
    const [rows] = this.spectrum.shape;
    const start = startingSpectrum(this.shape, seed);
    weights.set(this.spectrum.attrs.name, repeated(start, rows));
    for (const { attrs: { name }, shape } of this.moments) weights.set(name, new Float32Array(size(shape)));
    // A batch that is not full is filled up with its last unit.
    const index = Float32Array.from({ length: rows }, (_, k) => units[Math.min(k, units.length - 1)].index);
    const extent: Extent = [this.shape[1], this.shape[2]];
    const straight = passes(drawTransformation(NO_TRANSFORMATIONS, 0, seed, extent, this.seen));
    const before = (await this.look.run({ [INDEX]: index, [MAP]: straight }, { read: ['value'] })).value;
    const values = units.map(() => new Float32Array(steps));
    for (let t = 0; t < steps; t++) {
      if (stop()) return null;
      const map = passes(drawTransformation(transformations, t, seed, extent, this.seen));
      const { value } = await this.step.run({ [INDEX]: index, [MAP]: map, [FACTORS]: adamFactors(t + 1, rate) });
      units.forEach((unit, k) => {
        if (!Number.isFinite(value[k])) throw new Error(notFinite(unit, t));
        values[k][t] = value[k];
      });
      progress(t + 1);
    }
    const { value: after, picture } = await this.look.run({ [INDEX]: index, [MAP]: straight });
    const each = picture.length / rows;
    return units.map((unit, k) => ({ unit, picture: picture.slice(k * each, (k + 1) * each), shape: this.shape, before: before[k],
      after: after[k], values: values[k] })
    );
  }

  destroy(): void {
    this.step.destroy();
    this.look.destroy();
  }
}

/** The network's input of pictures [N, channels, h, w] in 0 to 1. */
function prepared(pictures: Node, how: Preprocessing): Node {
  const { mean, std } = normalizationOf(how);
  const channels = [1, pictures.shape[1], 1, 1];
  const ordered = how.order === 'BGR' ? b.flip(pictures, [1]) : pictures;
  return b.div(b.sub(ordered, b.literal([...mean], channels)), b.literal([...std], channels));
}

function checkSize(how: Preprocessing, channels: number, [height, width]: Extent, [h, w]: Extent): void {
  if (channels !== (how.channels ?? 3)) {
    throw new Error(
      `neuron pictures are red, green and blue, or grey; the network takes ${channels} channels and its preprocessing makes ` +
        `${how.channels ?? 3}: choose another preprocessing`
    );
  }
  if (![h, w].every((side) => Number.isInteger(side) && side >= 2) || h > height || w > width) {
    throw new Error(`a picture for this network may be 2 x 2 to ${height} x ${width} pixels, got ${h} x ${w}: choose another size`);
  }
}

const notFinite = ({ kind, index }: Unit, step: number): string =>
  `the value of ${kind} ${index} is not finite at step ${step}; the network's weights hold values out of range, or the rate is too high`;

function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(values.length * times);
  for (let k = 0; k < times; k++) all.set(values, k * values.length);
  return all;
}
