/** Files that say how pictures are prepared: this program's own JSON, Hugging Face's preprocessor_config.json, timm's config.json. */
import { croppedBy, type Extent, type Framing } from './framing.js';
import { huggingFacePreprocessing, isHuggingFace } from './huggingface.js';
import { modelExtent, type InputForm } from './input-form.js';
import { channelList, extentOf, interpolationOf, shownValue, unlessBilinear, type Json } from './json-values.js';
import type { Preprocessing } from './preprocess.js';
import { isTimm, timmPreprocessing } from './timm.js';

const KEYS = ['resize', 'fit', 'fill', 'crop', 'crop_pct', 'interpolation', 'channels', 'order', 'scale', 'mean', 'std'];

/**
 * Checks the text of a file. This program's own has {"resize":256|null|[h,w],"crop":224|null|[h,w],"mean":[3],"std":[3]} and more
 * (docs/preprocessing.md); `name` is what messages call it, `input` fills what a file leaves to the model's size. Throws one sentence
 * on anything else, a misspelt key included.
 */
export function parsePreprocessing(text: string, name = 'the preprocessing file', input: InputForm | null = null): Preprocessing {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new Error(`${name} is not JSON; write {"resize": 256, "crop": 224, "mean": [r, g, b], "std": [r, g, b]}.`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`${name} must hold one JSON object with resize, crop, mean and std.`);
  }
  const given = json as Json;
  if (isHuggingFace(given)) return huggingFacePreprocessing(given, name, input);
  if (isTimm(given)) return timmPreprocessing(given, name, input);
  return ownPreprocessing(given, name, input);
}

function ownPreprocessing(given: Json, name: string, input: InputForm | null): Preprocessing {
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new Error(`${name}: unknown key "${unknown}"; the keys are ${KEYS.join(', ')}.`);
  const channels = oneOf(given, 'channels', [1, 3] as const, name);
  const order = oneOf(given, 'order', ['RGB', 'BGR'] as const, name);
  const scale = scaleOf(given.scale, name);
  const values = (key: 'mean' | 'std'): readonly number[] =>
    given[key] === undefined && scale !== undefined ? [key === 'mean' ? 0 : 1] : channelList(given[key], key, name, channels);
  return {
    ...framingOf(given, name, input),
    ...(channels !== undefined && { channels }),
    ...(order === 'BGR' && { order }),
    ...(scale && !(scale[0] === 0 && scale[1] === 1) && { scale }),
    mean: values('mean'),
    std: values('std'),
  };
}

function framingOf(given: Json, name: string, input: InputForm | null): Framing {
  const own = given.interpolation === undefined ? {} : unlessBilinear(interpolationOf(given.interpolation, name));
  if (given.crop_pct !== undefined) {
    if (given.resize !== undefined) {
      throw new Error(`${name} has both "resize" and "crop_pct"; each says how large the picture is: keep one.`);
    }
    return { ...cropped(given, name, input), ...own };
  }
  const how = resizeOf(given, name, input);
  const crop = given.crop === undefined && (how.fit === 'letterbox' || Array.isArray(how.resize)) ? null : side(given.crop, 'crop', name);
  if (how.fit !== 'letterbox') return { resize: how.resize, ...(how.fit && { fit: how.fit }), ...own, crop, ...filled(given, name, [0]) };
  if (crop !== null) throw new Error(`${name} has a letterbox, which has a size of its own, and a "crop"; leave "crop" out.`);
  return { resize: how.resize, fit: 'contain', ...own, crop: how.resize as Extent,
    ...filled({ fill: how.fill ?? given.fill }, name, [114]) };
}

/** The shorter side, or both, divided by the share of it that the crop keeps, rounded down as timm does. */
function cropped(given: Json, name: string, input: InputForm | null): Framing {
  const share = given.crop_pct;
  if (typeof share !== 'number' || !(share > 0 && share <= 1)) {
    throw new Error(`${name}: "crop_pct" must be above 0 and at most 1, as 0.875, but is ${shownValue(share)}.`);
  }
  const crop = given.crop === undefined ? modelExtent(input, name, 'crop') : extentOf(given.crop, 'crop', name);
  return croppedBy(share, crop);
}

interface Resize {
  readonly resize: number | Extent | null;
  readonly fit?: 'cover' | 'contain' | 'letterbox';
  readonly fill?: unknown;
}

const FITS = ['squash', 'cover', 'contain', 'letterbox'] as const;

function resizeOf(given: Json, name: string, input: InputForm | null): Resize {
  const { resize } = given;
  const fit = oneOf(given, 'fit', FITS, name);
  // {"letterbox": [h, w], "fill": 114}, "letterbox" and [h, w] with "fit": "letterbox" say the same.
  if (typeof resize === 'object' && resize !== null && !Array.isArray(resize)) {
    const [how, ...more] = Object.keys(resize).filter((key) => key !== 'fill');
    const known = FITS.find((f) => f === how);
    if (!known || more.length > 0 || fit !== undefined) {
      throw new Error(`${name}: "resize" must be a number, [height, width], null, or one of ${FITS.join(', ')} with a size, as in ` +
        `{"letterbox": [224, 224], "fill": 114}, but is ${shownValue(resize)}.`);
    }
    const { [how]: to, fill } = resize as Json;
    return { resize: extentOf(to, `resize.${how}`, name), ...named(known), fill };
  }
  const word = FITS.find((f) => f === resize);
  if (word !== undefined) {
    const to = given.crop === undefined || given.crop === null ? modelExtent(input, name, 'resize') : extentOf(given.crop, 'crop', name);
    if (word === 'letterbox') delete given.crop;
    return { resize: to, ...named(word) };
  }
  if (fit !== undefined) return { resize: extentOf(resize, 'resize', name), ...named(fit) };
  return { resize: side(resize, 'resize', name) };
}

const named = (fit: (typeof FITS)[number]): Pick<Resize, 'fit'> => (fit === 'squash' ? {} : { fit });

function side(value: unknown, key: string, name: string): number | Extent | null {
  if (Array.isArray(value)) return extentOf(value, key, name);
  if (value === null || (Number.isInteger(value) && (value as number) > 0)) return value as number | null;
  throw new Error(
    `${name}: "${key}" must be a whole number of pixels above 0, [height, width], or null, but is ${shownValue(value)}.`
  );
}

function filled({ fill }: Json, name: string, usual: readonly number[]): Pick<Framing, 'fill'> {
  const values = fill === undefined ? usual : Array.isArray(fill) ? fill : [fill];
  if (![1, 3].includes(values.length) || !values.every((v) => Number.isInteger(v) && v >= 0 && v <= 255)) {
    throw new Error(`${name}: "fill" must be a whole number from 0 to 255, or three (red, green, blue), but is ${shownValue(fill)}.`);
  }
  return values.every((v) => v === 0) ? {} : { fill: values.length === 1 ? [values[0], values[0], values[0]] : values };
}

function oneOf<T>(given: Json, key: string, all: readonly T[], name: string): T | undefined {
  const value = given[key];
  if (value === undefined || all.includes(value as T)) return value as T | undefined;
  throw new Error(`${name}: "${key}" must be ${all.map((v) => JSON.stringify(v)).join(' or ')}, but is ${shownValue(value)}.`);
}

/** [low, high] or a text with the two, as "-1..1". */
function scaleOf(value: unknown, name: string): readonly [number, number] | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? /^\s*[[(]?\s*(-?[\d.]+?)\s*(?:\.\.+|,|to|\s)\s*(-?[\d.]+)\s*[\])]?\s*$/.exec(value) : null;
  const [low, high] = text ? text.slice(1).map(Number) : Array.isArray(value) && value.length === 2 ? value : [];
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return [low, high];
  throw new Error(
    `${name}: "scale" must be [0, 1], [0, 255], [-1, 1] or another such pair: what 0 and 255 become, but is ${shownValue(value)}.`
  );
}
