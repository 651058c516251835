/** What exporters write beside the graph of an ONNX file (metadata_props): names of classes, and how pictures are prepared. */
import { Classes } from './classes.js';
import { NAME_KEYS, namesInLiteral } from './class-lists.js';
import { croppedBy, tidy, type Extent, type Framing } from './framing.js';
import { modelExtent, type InputForm } from './input-form.js';
import { parseLiteral, type Literal } from './literal.js';
import { PREPROCESSINGS, type Preprocessing } from './preprocess.js';
import { parsePreprocessing } from './preprocessing-file.js';
import { interpolationOf, unlessBilinear } from './json-values.js';

/** Keys that hold all of a configuration, as JSON. */
const FILE_KEYS = ['preprocessing', 'preprocess', 'preprocessor_config', 'pretrained_cfg', 'preprocess_config'];

/** The names of `count` classes and the key they stood under; null where the file has none, or names of another number. */
export function classesInMetadata(metadata: ReadonlyMap<string, string>, count: number, model: string):
  | { classes: Classes; key: string }
  | null {
  for (const wanted of NAME_KEYS) {
    for (const [key, text] of metadata) {
      if (tail(key) !== wanted) continue;
      const names = namesOf(text);
      if (names?.length === count) return { classes: new Classes(names, `"${key}" in ${model}`), key };
    }
  }
  return null;
}

/** 'model.names' and 'Names' are 'names'. */
const tail = (key: string): string => key.toLowerCase().replace(/^.*[./:]/, '');

/** A dictionary from index to name or from name to index, a list, or a text with a name a line or between commas. */
function namesOf(text: string): string[] | null {
  const value = parseLiteral(text);
  if (value instanceof Map || Array.isArray(value)) return tidied(namesInLiteral(value) ?? []);
  if (value !== null && typeof value !== 'string') return null;
  const plain = typeof value === 'string' ? value : text;
  const lines = plain.trim().split(/\r?\n/);
  return tidied(lines.length > 1 ? lines : plain.split(plain.includes(';') ? ';' : ','));
}

/** What Hugging Face writes where nobody has named the classes. */
const PLACEHOLDER = /^label_\d+$/i;

function tidied(names: readonly string[]): string[] | null {
  const out = names.map((name) => name.trim());
  return out.length > 1 && out.every((name) => name !== '') && !out.every((name) => PLACEHOLDER.test(name)) ? out : null;
}

/**
 * How pictures are prepared, as the file itself says, and the keys that say so; null where it says nothing. Throws one
 * sentence where a configuration in it cannot be followed.
 */
export function preprocessingInMetadata(metadata: ReadonlyMap<string, string>, input: InputForm): { how: Preprocessing;
  keys: readonly string[] } | null {
  for (const [key, text] of metadata) {
    if (!FILE_KEYS.includes(tail(key)) || !(parseLiteral(text) instanceof Map)) continue;
    return { how: parsePreprocessing(JSON.stringify(plainOf(parseLiteral(text))), `"${key}" in ${input.name}`, input), keys: [key] };
  }
  return ultralytics(metadata, input) ?? customVision(metadata, input) ?? ownKeys(metadata, input);
}

/** Maps as objects, for JSON. */
function plainOf(value: Literal): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, v]) => [key, plainOf(v)]));
  return Array.isArray(value) ? value.map(plainOf) : value;
}

/** Ultralytics' classifiers: the shorter side to imgsz, the middle of it, 0..1. */
function ultralytics(metadata: ReadonlyMap<string, string>, input: InputForm) {
  if (metadata.get('task') !== 'classify' || !metadata.has('imgsz')) return null;
  const [height, width] = extentIn(metadata.get('imgsz')!) ?? modelExtent(input, input.name, 'imgsz');
  return { how: { ...croppedBy(1, [height, width]), mean: [0], std: [1] }, keys: ['task', 'imgsz'] };
}

/** Windows ML's and Azure Custom Vision's. */
const PIXELS = 'Image.BitmapPixelFormat', RANGE = 'Image.NominalPixelRange', VISION = 'CustomVision.Preprocess.';
const RANGES: Readonly<Record<string, readonly [number, number]>> = { NominalRange_0_255: [0, 255], Normalized_0_1: [0, 1],
  Normalized_1_1: [-1, 1], NominalRange_16_235: [16, 235] };

function customVision(metadata: ReadonlyMap<string, string>, input: InputForm) {
  const keys = [...metadata.keys()].filter((key) => key === PIXELS || key === RANGE || key.startsWith(VISION));
  if (!keys.some((key) => key === PIXELS || key === RANGE || key.startsWith(`${VISION}Target`))) return null;
  const number = (key: string): number => Number(metadata.get(VISION + key) ?? 0) || 0;
  const pixels = metadata.get(PIXELS) ?? '';
  const scale = RANGES[metadata.get(RANGE) ?? 'NominalRange_0_255'];
  const mean = numbersIn(metadata.get(`${VISION}NormalizeMean`)) ?? [0], std = numbersIn(metadata.get(`${VISION}NormalizeStd`)) ?? [1];
  const target: Extent = number('TargetHeight') && number('TargetWidth') ?
    [number('TargetHeight'), number('TargetWidth')]
    : modelExtent(input, input.name, `${VISION}TargetHeight`);
  const cut: Extent | null = number('CropHeight') && number('CropWidth') ? [number('CropHeight'), number('CropWidth')] : null;
  const method = metadata.get(`${VISION}ResizeMethod`) ?? '';
  const framing: Framing = /^Stretch/i.test(method) ? { resize: target, crop: cut && tidy(cut) } : {
    ...(target[0] === target[1] ? { resize: target[0] } : { resize: target, fit: 'cover' as const }),
    crop: tidy(cut ?? target),
  };
  const how: Preprocessing = {
    ...framing,
    ...(/^Gray/i.test(pixels) && { channels: 1 as const }),
    ...(/^Bgr/i.test(pixels) && { order: 'BGR' as const }),
    ...(scale && !(scale[0] === 0 && scale[1] === 1) && { scale }),
    mean,
    std,
  };
  return { how, keys };
}

/** mean and std, with what else of timm's configuration stands beside them under its own name. */
function ownKeys(metadata: ReadonlyMap<string, string>, input: InputForm) {
  const find = (...names: string[]): [key: string, text: string] | undefined => [...metadata].find(([key]) => names.includes(tail(key)));
  const [meanKey, stdKey] = [find('mean', 'image_mean', 'norm_mean', 'normalize_mean'),
    find('std', 'image_std', 'norm_std', 'normalize_std')];
  const [mean, std] = [numbersIn(meanKey?.[1]), numbersIn(stdKey?.[1])];
  const sizeKey = find('input_size', 'imgsz', 'image_size', 'img_size', 'crop_size', 'input_shape');
  if (!meanKey || !stdKey || !mean || !std || std.some((v) => v <= 0)) return null;
  const size = (sizeKey && extentIn(sizeKey[1])) ?? modelExtent(input, input.name, 'input_size');
  const [share, filter, mode, order] = [find('crop_pct'), find('interpolation'), find('crop_mode'),
    find('channel_order', 'order', 'color_order')];
  const { imagenet } = PREPROCESSINGS;
  const usualShare = (imagenet.crop as number) / (imagenet.resize as number);
  const part = share && Number(share[1]) > 0 ? Number(share[1]) : usualShare;
  const squash: Framing = { resize: [Math.floor(size[0] / part), Math.floor(size[1] / part)], crop: tidy(size) };
  // Values such as 123.675 are of 0..255.
  const bytes = std.some((v) => v > 2);
  return {
    how: {
      ...(mode?.[1] === 'squash' ? squash : croppedBy(part, size)),
      ...(filter && unlessBilinear(interpolationOf(filter[1], input.name))),
      ...(order && /^bgr/i.test(order[1]) && { order: 'BGR' as const }),
      ...(bytes && { scale: [0, 255] as const }),
      mean,
      std,
    },
    keys: [meanKey, stdKey, sizeKey, share, filter, mode, order].flatMap((found) => (found ? [found[0]] : [])),
  };
}

/** One number or three; null where the text is no such list. */
function numbersIn(text: string | undefined): number[] | null {
  if (text === undefined) return null;
  const value = parseLiteral(/^[\s\d.,eE+-]+$/.test(text) ? `[${text}]` : text);
  const list = typeof value === 'number' ? [value] : value;
  return Array.isArray(list) && [1, 3].includes(list.length) && list.every((v) => typeof v === 'number') ? list as number[] : null;
}

/** [height, width] of a size, a pair, or [channels, height, width]; null where the text is none. */
function extentIn(text: string): Extent | null {
  const value = parseLiteral(/^[\s\d,]+$/.test(text) ? `[${text}]` : text);
  const list = typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];
  const sides = list.length === 1 ? [list[0], list[0]] : list.slice(-2);
  return sides.length === 2 && sides.every((v) => Number.isInteger(v) && (v as number) > 0)
    ? [sides[0] as number, sides[1] as number]
    : null;
}
