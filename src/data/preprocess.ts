/** From a picture to the network's input, step for step as torchvision does it: resize, centre crop, scale, normalize. */
import { ndarray, type NdArray } from './ndarray.js';
import type { Picture } from './picture.js';
import { resizeShorterSide, sizeByShorterSide } from './resize.js';

export interface Preprocessing {
  /** Length the shorter side is resized to, or null to leave the size alone. */
  readonly resize: number | null;
  /** Side of the square cut from the middle, or null to keep all of it. */
  readonly crop: number | null;
  /** Per channel, of values in 0..1: red, green, blue. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const PREPROCESSINGS: Readonly<Record<string, Preprocessing>> = {
  imagenet: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  cifar10: { resize: null, crop: null, mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616] },
};

/**
 * Checks the text of a JSON file {"resize":256|null,"crop":224|null,"mean":[3],"std":[3]}; `name` is what messages call it.
 * Throws on anything else, a misspelt key included.
 */
export function parsePreprocessing(text: string, name = 'the preprocessing file'): Preprocessing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${name} is not JSON; write {"resize": 256, "crop": 224, "mean": [r, g, b], "std": [r, g, b]}.`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`${name} must hold one JSON object with resize, crop, mean and std.`);
  }
  const given = json as Record<string, unknown>;
  const known = ['resize', 'crop', 'mean', 'std'];
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`${name}: unknown key "${unknown}"; the keys are ${known.join(', ')}.`);
  const side = (key: string): number | null => {
    const value = given[key];
    if (value === null || (Number.isInteger(value) && (value as number) > 0)) return value as number | null;
    throw new Error(`${name}: "${key}" must be a whole number of pixels above 0, or null, but is ${show(value)}.`);
  };
  const channels = (key: string, positive: boolean): number[] => {
    const value = given[key];
    if (Array.isArray(value) && value.length === 3 && value.every((v) => Number.isFinite(v) && (!positive || v > 0))) return value;
    throw new Error(`${name}: "${key}" must be three ${positive ? 'numbers above 0' : 'numbers'}, but is ${show(value)}.`);
  };
  return { resize: side('resize'), crop: side('crop'), mean: channels('mean', false), std: channels('std', true) };
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
}

/** Resized and cropped, still 8 bits a channel. */
export function frame(picture: Picture, { resize, crop }: Pick<Preprocessing, 'resize' | 'crop'>): Picture {
  const resized = resize === null ? picture : resizeShorterSide(picture, resize);
  return crop === null ? resized : centreCrop(resized, crop);
}

/** The network's input [3, height, width] for one picture, float32, rounded after each step as torchvision's is. */
export function preprocess(picture: Picture, how: Preprocessing): NdArray<Float32Array> {
  const { width, height, data } = frame(picture, how);
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const mean = Math.fround(how.mean[c]), std = Math.fround(how.std[c]);
    const table = Float32Array.from({ length: 256 }, (_, v) => Math.fround(Math.fround(v / 255) - mean) / std);
    for (let k = 0; k < plane; k++) out[c * plane + k] = table[data[k * 3 + c]];
  }
  return ndarray(out, [3, height, width]);
}

/** The middle side x side pixels; black is added first where the picture is smaller (the odd row or column goes right and below). */
export function centreCrop(picture: Picture, side: number): Picture {
  return cut(picture, cropStart(picture.width, side), cropStart(picture.height, side), side, side);
}

/** A rectangle of the picture, black where it reaches beyond. */
function cut(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const out = new Uint8Array(width * height * 3);
  const x0 = Math.max(0, -left), x1 = Math.min(width, picture.width - left);
  for (let y = Math.max(0, -top); y < Math.min(height, picture.height - top); y++) {
    const from = (y + top) * picture.width + left;
    out.set(picture.data.subarray((from + x0) * 3, (from + x1) * 3), (y * width + x0) * 3);
  }
  return { width, height, data: out };
}

/** What is left of the picture after the crop, at the resolution it had before the resize; black where the crop reaches beyond it. */
export function seenPart(picture: Picture, { resize, crop }: Pick<Preprocessing, 'resize' | 'crop'>): Picture {
  if (crop === null) return picture;
  const size = resize === null ? picture : sizeByShorterSide(picture, resize);
  const [sx, sy] = [picture.width / size.width, picture.height / size.height];
  const edge = (start: number, scale: number) => [Math.round(start * scale), Math.round((start + crop) * scale)];
  const [x0, x1] = edge(cropStart(size.width, crop), sx);
  const [y0, y1] = edge(cropStart(size.height, crop), sy);
  return cut(picture, x0, y0, x1 - x0, y1 - y0);
}

/** First pixel of the crop, negative where there is padding. Python's round() takes a half to the even neighbour. */
export function cropStart(length: number, side: number): number {
  if (length < side) return -Math.floor((side - length) / 2);
  const half = (length - side) / 2;
  const down = Math.floor(half);
  return half === down || down % 2 === 0 ? down : down + 1;
}
