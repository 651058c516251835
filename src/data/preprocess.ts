/** From a picture to the network's input: grey or not, resized and cut, scaled, normalized, its channels in the network's order. */
import { frame, type Framing } from './framing.js';
import { ndarray, type NdArray } from './ndarray.js';
import type { Picture } from './picture.js';

/** Absent keys are as files of before have it: red, green and blue in 0..1. */
export interface Preprocessing extends Framing {
  /** 1: grey, as Pillow's convert('L') has it, made before the resize; 3 where absent. */
  readonly channels?: 1 | 3;
  /** The network's order of channels; red, green, blue where absent. */
  readonly order?: 'BGR';
  /** What 0 and 255 become before mean and deviation; [0, 1] where absent. */
  readonly scale?: readonly [number, number];
  /** Per channel in the network's order, or one for all, of scaled values. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const PREPROCESSINGS: Readonly<Record<string, Preprocessing>> = {
  imagenet: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  cifar10: { resize: null, crop: null, mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616] },
};

/** The network's input [channels, height, width] for one picture, float32, rounded after each step as torchvision's is. */
export function preprocess(picture: Picture, how: Preprocessing): NdArray<Float32Array> {
  const { channels = 3, order } = how;
  const { width, height, data } = frame(channels === 1 ? grey(picture) : picture, how);
  const plane = width * height;
  const out = new Float32Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    const table = channelValues(how, c);
    const from = order === 'BGR' ? 2 - c : c;
    for (let k = 0; k < plane; k++) out[c * plane + k] = table[data[k * 3 + from]];
  }
  return ndarray(out, [channels, height, width]);
}

/** What each of 0 to 255 becomes in channel c. */
export function channelValues({ scale = [0, 1], mean, std }: Preprocessing, c: number): Float32Array {
  const [low, high] = scale;
  const usual = low === 0 && high === 1;
  const step = (high - low) / 255;
  const scaled = (v: number): number => Math.fround(usual ? v / 255 : low + v * step);
  const m = Math.fround(ofChannel(mean, c)), s = Math.fround(ofChannel(std, c));
  return Float32Array.from({ length: 256 }, (_, v) => Math.fround(scaled(v) - m) / s);
}

/**
 * Mean and deviation per channel by which values in 0..1 become the network's: what is left where the scale is made part
 * of them.
 */
export function normalizationOf(
  { channels = 3, scale = [0, 1], mean, std }: Preprocessing
): { mean: readonly number[]; std: readonly number[] } {
  const [low, high] = scale;
  if (low === 0 && high === 1 && mean.length === channels && std.length === channels) return { mean, std };
  const all = Array.from({ length: channels }, (_, c) => c);
  return { mean: all.map((c) => (ofChannel(mean, c) - low) / (high - low)), std: all.map((c) => ofChannel(std, c) / (high - low)) };
}

const ofChannel = (values: readonly number[], c: number): number => values[Math.min(c, values.length - 1)];

/** All three channels the luma of ITU-R 601-2, in Pillow's fixed point. */
function grey({ width, height, data }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let k = 0; k < data.length; k += 3) {
    out.fill((data[k] * 19595 + data[k + 1] * 38470 + data[k + 2] * 7471 + 0x8000) >> 16, k, k + 3);
  }
  return { width, height, data: out };
}
