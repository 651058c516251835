/**
 * Whether two networks are wrong for alike reasons. Filters have no common names between two trainings, so that filters cannot be compared
 * one with one; what can be is which pictures a network blames alike, and in which layers a picture stands out.
 */
import type { Device } from '../engine/device.js';
import type { Backend } from '../engine/run/backend.js';
import { bootstrapMean, bootstrapMeans, type Interval } from '../saliency/bootstrap.js';
import { layerShape } from '../saliency/layer-shape.js';
import { isBlank, livingFilters, nearestOfEach, writeUnitRow } from '../saliency/neighbors.js';
import type { Layer, Network } from '../saliency/network.js';
import { Random } from '../saliency/random.js';
import type { Statistics } from '../saliency/standardize.js';
import { Moments } from '../saliency/statistics.js';
import type { Aggregation } from '../saliency/profile.js';

/** One network's profiles of the same pictures. */
export interface Profiles {
  readonly layers: readonly Layer[];
  /** [pictures, filters], eq. 1. */
  readonly values: Float32Array;
  /** Over all of these pictures. */
  readonly stats: Statistics;
}

/** The statistics of profiles over themselves. */
export function statisticsOf(values: Float32Array, filters: number, aggregation: Aggregation): Statistics {
  const moments = new Moments(filters);
  for (let at = 0; at < values.length; at += filters) moments.add(values, at);
  return { model: null, aggregation, samples: moments.count, mean: moments.mean, std: moments.std() };
}

/** Multiply-adds of a search that the host does in a minute, in float64. */
const BY_HOST = 5e10;

/**
 * The k nearest of each of the pictures among them all, itself left out, by the cosine of standardized profiles: their places. In float64
 * on the host where there are not too many of them, else on the device, in float32. The profiles of pictures that a network is sure of are
 * almost zero and nearly one direction, standardized: their neighbours are as good as drawn, in float32 at random.
 */
export async function nearestPictures(computer: Device | Backend, profiles: Profiles, pictures: readonly number[],
  k: number): Promise<number[][]> {
  const living = livingFilters(profiles.layers, profiles.stats);
  return pictures.length ** 2 * living.length <= BY_HOST
    ? nearestOnHost(profiles, living, pictures, k)
    : nearestOnDevice(computer, profiles, living, pictures, k);
}

function nearestOnHost({ values, stats }: Profiles, living: Int32Array, pictures: readonly number[], k: number): number[][] {
  const all = stats.mean.length, width = living.length;
  const rows = pictures.map((picture) => {
    const row = Float64Array.from(living, (f) => (values[picture * all + f] - stats.mean[f]) / stats.std[f]);
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    return norm > 0 ? row.map((v) => v / norm) : row;
  });
  const best = pictures.map(() => ({ places: [] as number[], cosines: [] as number[] }));
  const offer = ({ places, cosines }: (typeof best)[number], place: number, cosine: number): void => {
    if (places.length === k && !(cosine > cosines[k - 1])) return;
    let at = places.length;
    while (at > 0 && cosines[at - 1] < cosine) at--;
    places.splice(at, 0, place);
    cosines.splice(at, 0, cosine);
    if (places.length > k) {
      places.pop();
      cosines.pop();
    }
  };
  for (let j = 1; j < rows.length; j++) {
    for (let i = 0; i < j; i++) {
      const [x, y] = [rows[i], rows[j]];
      let cosine = 0;
      for (let f = 0; f < width; f++) cosine += x[f] * y[f];
      offer(best[i], j, cosine);
      offer(best[j], i, cosine);
    }
  }
  return best.map(({ places }) => places);
}

async function nearestOnDevice(computer: Device | Backend, { values, stats }: Profiles, living: Int32Array, pictures: readonly number[],
  k: number): Promise<number[][]> {
  const all = stats.mean.length, width = living.length;
  const rows = new Float32Array(pictures.length * width);
  pictures.forEach((picture, q) => writeUnitRow(values, picture * all, stats, living, rows, q * width));
  return (await nearestOfEach(computer, rows, width, k)).map((list) => list.map(({ index }) => index));
}

/** Of each picture the share of its k nearest that both networks have; by chance k / (pictures - 1). */
export function overlaps(a: readonly (readonly number[])[], b: readonly (readonly number[])[], k: number): number[] {
  return a.map((own, n) => own.filter((index) => b[n].includes(index)).length / k);
}

/**
 * The layers of two networks that stand for each other, in order: all where there are as many; else those of the longer one without its
 * 1 x 1 convolutions (shortcuts, mostly), where that makes as many. Null where it does not, and where there are fewer than two.
 */
export function alignedLayers(a: Network, b: Network): readonly [readonly Layer[], readonly Layer[]] | null {
  if (a.layers.length === b.layers.length) return a.layers.length < 2 ? null : [a.layers, b.layers];
  const [long, short] = a.layers.length > b.layers.length ? [a, b] : [b, a];
  const sizes = new Map(long.build(1).convs.map(({ weight, output }) => [weight, output.inputs[1].shape.slice(2)]));
  const kept = long.layers.filter(({ weight }) => sizes.get(weight)!.some((d) => d > 1));
  if (kept.length !== short.layers.length) return null;
  return long === a ? [kept, short.layers] : [short.layers, kept];
}

/** [pictures, layers], a row for each picture (`layerShape`). */
export function layerShapes({ values, stats }: Profiles, layers: readonly Layer[], pictures: readonly number[]): Float64Array {
  const filters = stats.mean.length, out = new Float64Array(pictures.length * layers.length);
  pictures.forEach((picture, n) => {
    out.set(layerShape(values.subarray(picture * filters, (picture + 1) * filters), layers, stats), n * layers.length);
  });
  return out;
}

/** Cosines of two networks' layer shapes: of the same picture, and of a picture with all the others, as a mean for each. */
export function shapeCosines(a: Float64Array, b: Float64Array, width: number): { readonly own: number[]; readonly other: number[] } {
  const n = a.length / width, total = new Float64Array(width);
  for (let k = 0; k < b.length; k++) total[k % width] += b[k];
  const own: number[] = [], other: number[] = [];
  for (let i = 0; i < n; i++) {
    let same = 0, all = 0;
    for (let l = 0; l < width; l++) {
      same += a[i * width + l] * b[i * width + l];
      all += a[i * width + l] * total[l];
    }
    own.push(same);
    other.push((all - same) / (n - 1));
  }
  return { own, other };
}

/** Whether each picture's profile is that of no gradient at all. */
export function blankPictures({ layers, values, stats }: Profiles, pictures: readonly number[]): boolean[] {
  const living = livingFilters(layers, stats), row = new Float32Array(living.length);
  return pictures.map((picture) => {
    writeUnitRow(values, picture * stats.mean.length, stats, living, row, 0);
    return isBlank(row, 0, stats, living);
  });
}

/** How far two networks' explanations of some pictures agree, as means over pictures with 95 % intervals. */
export interface ExplanationAgreement {
  readonly pictures: number;
  readonly overlap: Interval;
  readonly chance: number;
  /** The same of those pictures alone whose profile is, in neither network, that of no gradient (`isBlank`); null: there are none. */
  readonly telling: { readonly pictures: number; readonly overlap: Interval } | null;
  /** Null where the layers of the two do not correspond. */
  readonly shape: { readonly layers: number; readonly own: Interval; readonly other: Interval } | null;
}

/**
 * Of the pictures given; statistics are those over all pictures. Null where there are no more than k + 1 of them, so that every picture
 * would be among the k nearest.
 */
export async function explanationAgreement(computer: Device | Backend, networks: readonly [Network, Network],
  profiles: readonly [Profiles, Profiles], pictures: readonly number[], k: number,
  resamples?: number): Promise<ExplanationAgreement | null> {
  if (pictures.length <= k + 1) return null;
  const [a, b] = [await nearestPictures(computer, profiles[0], pictures, k), await nearestPictures(computer, profiles[1], pictures, k)];
  const aligned = alignedLayers(...networks);
  const cosines = aligned &&
    shapeCosines(layerShapes(profiles[0], aligned[0], pictures), layerShapes(profiles[1], aligned[1], pictures), aligned[0].length);
  const shares = overlaps(a, b, k);
  const blank = profiles.map((p) => blankPictures(p, pictures));
  const telling = shares.filter((_, n) => !blank[0][n] && !blank[1][n]);
  const columns = [shares, ...(cosines ? [cosines.own, cosines.other] : [])];
  const [overlap, own, other] = bootstrapMeans(columns, new Random(0, pictures.length), resamples);
  return { pictures: pictures.length, overlap, chance: k / (pictures.length - 1), telling: telling.length === 0 ?
    null
    : { pictures: telling.length, overlap: bootstrapMean(telling, new Random(0, telling.length), resamples) },
    shape: aligned && { layers: aligned[0].length, own, other } };
}
