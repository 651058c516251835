/**
 * timm's config.json, or the pretrained_cfg in it: input_size, crop_pct, crop_mode, interpolation, mean and std, as timm's
 * evaluation has them.
 */
import { croppedBy, tidy, type Extent, type Framing } from './framing.js';
import type { InputForm } from './input-form.js';
import { channelList, extentOf, interpolationOf, shownValue, unlessBilinear, type Json } from './json-values.js';
import { PREPROCESSINGS, type Preprocessing } from './preprocess.js';

/** timm's own defaults. */
const CROP_PCT = 0.875, CROP_MODES = ['center', 'squash', 'border'];

export const isTimm = (json: Json): boolean => ['pretrained_cfg', 'input_size', 'crop_mode', 'architecture'].some((key) => key in json);

/**
 * Where the model takes the file's test_input_size, that and test_crop_pct count. Throws one sentence where a value is none of
 * its kind.
 */
export function timmPreprocessing(json: Json, name: string, input: InputForm | null): Preprocessing {
  const within = json.pretrained_cfg;
  const cfg = typeof within === 'object' && within !== null ? within as Json : json;
  const { imagenet } = PREPROCESSINGS;
  const mean = cfg.mean === undefined ? imagenet.mean : channelList(cfg.mean, 'mean', name);
  const std = cfg.std === undefined ? imagenet.std : channelList(cfg.std, 'std', name);
  const interpolation = interpolationOf(cfg.interpolation === 'random' ? 'bilinear' : cfg.interpolation ?? 'bicubic', name);
  const { channels, size, test } = sizeOf(cfg, name, input);
  const framing = framingOf(cfg, size, (test ? cfg.test_crop_pct : undefined) ?? cfg.crop_pct ?? CROP_PCT, mean, name);
  // timm does not hand its filter on where the cover is not a square.
  const own = framing.fit === 'cover' ? {} : unlessBilinear(interpolation);
  return { ...framing, ...own, ...(channels === 1 && { channels }), mean, std };
}

function sizeOf(cfg: Json, name: string, input: InputForm | null): { channels: number; size: Extent; test: boolean } {
  const read = (value: unknown, key: string) => {
    if (Array.isArray(value) && value.length === 3 && [1, 3].includes(value[0])) {
      return { channels: value[0] as number, size: extentOf(value.slice(1), key, name) };
    }
    throw new Error(`${name}: "${key}" must be [channels, height, width], with 1 or 3 channels, but is ${shownValue(value)}.`);
  };
  const usual = read(cfg.input_size ?? [3, 224, 224], 'input_size');
  const takes = (size: Extent) => size[0] === input?.height && size[1] === input.width;
  if (cfg.test_input_size === undefined || cfg.test_input_size === null || takes(usual.size)) return { ...usual, test: false };
  const test = read(cfg.test_input_size, 'test_input_size');
  return takes(test.size) ? { ...test, test: true } : { ...usual, test: false };
}

function framingOf({ crop_mode: mode = 'center' }: Json, size: Extent, share: unknown, mean: readonly number[], name: string): Framing {
  if (typeof share !== 'number' || !(share > 0)) {
    throw new Error(`${name}: "crop_pct" must be a number above 0, but is ${shownValue(share)}.`);
  }
  if (mode !== null && !CROP_MODES.includes(mode as string)) {
    throw new Error(`${name}: "crop_mode" must be ${CROP_MODES.join(', ')}, but is ${shownValue(mode)}.`);
  }
  if (mode === 'center' || mode === null) return croppedBy(share, size);
  const to: Extent = [Math.floor(size[0] / share), Math.floor(size[1] / share)];
  if (mode === 'squash') return { resize: to, crop: tidy(size) };
  return { resize: to, fit: 'contain', crop: tidy(size), fill: [0, 1, 2].map((c) => Math.round(255 * (mean[c] ?? mean[0]))) };
}
