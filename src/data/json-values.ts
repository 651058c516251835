/** Values of JSON files that say how pictures are prepared, checked one by one. Each function throws one sentence that names the key. */
import type { Extent } from './framing.js';
import { INTERPOLATIONS, type Interpolation } from './resize.js';

export type Json = Record<string, unknown>;

/** A value as messages show it. */
export const shownValue = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60));

/** [height, width] in pixels; a number is both. */
export function extentOf(value: unknown, key: string, name: string): Extent {
  const both = Array.isArray(value) ? value : [value, value];
  if (both.length === 2 && both.every((v) => Number.isInteger(v) && v > 0)) return [both[0], both[1]];
  throw new Error(`${name}: "${key}" must be a whole number of pixels above 0, or [height, width], but is ${shownValue(value)}.`);
}

/** A number per channel, or one for all. */
export function channelList(value: unknown, key: 'mean' | 'std' | 'image_mean' | 'image_std', name: string, channels?: 1 | 3): number[] {
  const positive = key.endsWith('std');
  const list = typeof value === 'number' ? [value] : value;
  const most = channels === 1 ? [1] : [1, 3];
  if (Array.isArray(list) && most.includes(list.length) && list.every((v) => Number.isFinite(v) && (!positive || v > 0))) return list;
  const kind = positive ? 'numbers above 0' : 'numbers';
  const wanted = channels === 1 ? `one of the ${kind}` : `three ${kind}, or one for all channels`;
  throw new Error(`${name}: "${key}" must be ${wanted}, but is ${shownValue(value)}.`);
}

/** PIL's codes, as Hugging Face writes them. */
const CODES: readonly Interpolation[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

/** One of Pillow's filters, by its name, PIL's code, or as torchvision writes it ("InterpolationMode.BICUBIC"). */
export function interpolationOf(value: unknown, name: string, key = 'interpolation'): Interpolation {
  if (Number.isInteger(value) && CODES[value as number]) return CODES[value as number];
  const text = typeof value === 'string' ? value.toLowerCase().replace(/^.*\./, '') : '';
  const found = INTERPOLATIONS.find((known) => known === text);
  if (found) return found;
  throw new Error(`${name}: "${key}" must be ${INTERPOLATIONS.join(', ')}, or PIL's code of one, but is ${shownValue(value)}.`);
}

/** What differs from `Preprocessing`'s own default. */
export const unlessBilinear = (interpolation: Interpolation): { interpolation?: Interpolation } =>
  interpolation === 'bilinear' ? {} : { interpolation };
