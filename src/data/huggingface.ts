/**
 * preprocessor_config.json, as Hugging Face's image processors read it: resize, centre crop, rescale, normalize, in this
 * order, each where its do_... says so. What a file leaves out is as its kind of processor has it.
 */
import { tidy, type Extent, type Framing } from './framing.js';
import { modelExtent, type InputForm } from './input-form.js';
import { channelList, extentOf, interpolationOf, shownValue, unlessBilinear, type Json } from './json-values.js';
import type { Preprocessing } from './preprocess.js';

const MARKS = ['image_processor_type', 'feature_extractor_type', 'image_mean', 'image_std', 'do_resize', 'do_rescale', 'do_normalize',
  'do_center_crop', 'rescale_factor', 'resample'];

/** A processor's own file, or one that has it under "image_processor". */
export const isHuggingFace = (json: Json): boolean => MARKS.some((key) => key in json) || inner(json) !== null;

function inner({ image_processor: within }: Json): Json | null {
  return typeof within === 'object' && within !== null && !Array.isArray(within) ? within as Json : null;
}

/** Processors that take a plain number for the length of the shorter side; the others stretch to a square. */
const SHORTER = ['CLIP', 'ChineseCLIP', 'ConvNext', 'Levit', 'PoolFormer', 'MobileViT', 'MobileNetV1', 'MobileNetV2', 'Bit', 'Perceiver',
  'Flava', 'LlavaNext', 'VideoMAE', 'Vivit', 'TextNet'];
/** Those whose filter is bicubic where the file names none. */
const BICUBIC = ['CLIP', 'ChineseCLIP', 'Bit', 'Beit', 'Deit', 'DeiT', 'Levit', 'PoolFormer', 'Perceiver', 'Blip', 'Siglip'];
/** What changes a picture in ways that are not had here. */
const REFUSED = ['do_pad', 'do_thumbnail', 'do_align_long_axis', 'do_image_splitting', 'do_split_image', 'keep_aspect_ratio', 'do_trim'];

/** Throws one sentence where a key is missing or asks for what is not had here. */
export function huggingFacePreprocessing(file: Json, name: string, input: InputForm | null): Preprocessing {
  const json = inner(file) ?? file;
  const family = String(json.image_processor_type ?? json.feature_extractor_type ?? '').replace(/(ImageProcessor|FeatureExtractor)(Fast)?$/,
    '');
  const refused = REFUSED.find((key) => json[key] === true);
  if (refused) {
    throw new Error(`${name}: "${refused}" is true, which cannot be done here; write the preprocessing as JSON (docs/preprocessing.md).`);
  }
  const grey = json.do_grayscale === true || json.do_convert_grayscale === true;
  const framing = framingOf(json, family, name, input);
  return {
    ...framing,
    ...(framing.resize !== null && unlessBilinear(interpolation(json, family, name))),
    ...(framing.crop !== null && { middle: 'floor' as const }),
    ...(grey && { channels: 1 as const }),
    ...(json.do_flip_channel_order === true && { order: 'BGR' as const }),
    ...scaleOf(json, name),
    ...normalizationOf(json, family, name),
  };
}

function interpolation({ resample }: Json, family: string, name: string) {
  if (resample === undefined || resample === null) return BICUBIC.includes(family) ? 'bicubic' : 'bilinear';
  return interpolationOf(resample, name, 'resample');
}

function framingOf(json: Json, family: string, name: string, input: InputForm | null): Framing {
  const crops = json.do_center_crop === true || (json.do_center_crop === undefined && json.crop_size !== undefined);
  const crop = crops
    ? tidy(json.crop_size === undefined ? modelExtent(input, name, 'crop_size') : sides(json.crop_size, 'crop_size', name))
    : null;
  if (json.do_resize === false) return { resize: null, crop };
  const size = sizeOf(json.size, family, name, input);
  const share = typeof json.crop_pct === 'number' && json.crop_pct > 0 ? json.crop_pct : null;
  if (family === 'ConvNext') {
    // Large pictures are stretched whole; smaller ones are cropped from a larger one.
    const side = typeof size === 'number' ? size : size[0];
    return side >= 384 ? { resize: [side, side], crop: null } : { resize: Math.trunc(side / (share ?? 224 / 256)), crop: side };
  }
  if (family === 'Levit' && typeof size === 'number') return { resize: Math.trunc((256 / 224) * size), crop };
  if (share !== null) {
    const square = typeof size === 'number' ? size : size[0] === size[1] ? size[0] : null;
    return { resize: square !== null ? Math.trunc(square / share) : larger(size as Extent, share), crop: crop ?? (square ?? size) };
  }
  return { resize: size, crop };
}

const larger = ([height, width]: Extent, share: number): Extent => [Math.trunc(height / share), Math.trunc(width / share)];

/** The shorter side's length, or [height, width] to stretch to. */
function sizeOf(size: unknown, family: string, name: string, input: InputForm | null): number | Extent {
  if (size === undefined) return modelExtent(input, name, 'size');
  if (typeof size === 'object' && size !== null && !Array.isArray(size)) {
    const { shortest_edge: edge, ...others } = size as Json;
    if (edge !== undefined && Object.keys(others).every((key) => others[key] === null)) {
      return extentOf(edge, 'size.shortest_edge', name)[0];
    }
  }
  return typeof size === 'number' && SHORTER.includes(family) ? extentOf(size, 'size', name)[0] : sides(size, 'size', name);
}

/** A number, [height, width] or {height, width}. */
function sides(value: unknown, key: string, name: string): Extent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return extentOf(value, key, name);
  const { height, width, shortest_edge: edge } = value as Json;
  if (height !== undefined && width !== undefined) return extentOf([height, width], key, name);
  if (edge !== undefined) return extentOf(edge, key, name);
  throw new Error(`${name}: "${key}" must be a number, {"height", "width"} or {"shortest_edge"}, but is ${shownValue(value)}.`);
}

function scaleOf(json: Json, name: string): { scale?: readonly [number, number] } {
  if (json.do_rescale === false) return { scale: [0, 255] };
  const factor = json.rescale_factor ?? 1 / 255;
  if (typeof factor !== 'number' || !(factor > 0)) {
    throw new Error(`${name}: "rescale_factor" must be a number above 0, but is ${shownValue(factor)}.`);
  }
  const low = json.rescale_offset === true || json.offset === true ? -1 : 0;
  // 0.00392156862745098 is 1 / 255 in decimals.
  const high = Math.abs(factor * 255 - 1) < 1e-6 ? 1 : factor * 255;
  return low === 0 && high === 1 ? {} : { scale: [low, low + high] };
}

function normalizationOf(json: Json, family: string, name: string): { mean: readonly number[]; std: readonly number[] } {
  if (json.do_normalize === false || (json.do_normalize === undefined && json.image_mean === undefined)) return { mean: [0], std: [1] };
  const mean = channelList(json.image_mean, 'image_mean', name), std = channelList(json.image_std, 'image_std', name);
  // EfficientNet's processor divides by the deviation once more, unless told not to.
  const twice = family === 'EfficientNet' && (json.include_top ?? true) === true;
  return { mean, std: twice ? std.map((v) => v * v) : std };
}
