/** How pictures are prepared: as --preprocess says, else as the model's file says, else as networks with ImageNet's input have it. */
import { readText } from '../../src/files/files.js';
import { fitted, usualPreprocessing, type InputForm } from '../../src/data/input-form.js';
import { preprocessingInMetadata } from '../../src/data/metadata.js';
import { PREPROCESSINGS, type Preprocessing } from '../../src/data/preprocess.js';
import { parsePreprocessing } from '../../src/data/preprocessing-file.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { pictureInput } from '../../src/onnx/picture-input.js';
import { UsageError } from './usage.js';

/** Pixels of a side of ImageNet's pictures. */
export const USUAL_SIDE = 224;

export interface FoundPreprocessing {
  /** Null where nobody says and the model's size leaves no default. */
  readonly how: Preprocessing | null;
  /** Where it comes from, where that is neither the user nor ImageNet's usual. */
  readonly notices: readonly string[];
}

/**
 * What --preprocess names, else what the model's own metadata has, else the usual. Throws one sentence where it does not fit the
 * model; where `inputs` are arrays alone, it says how they were prepared and need not fit.
 */
export async function findPreprocessing(model: OnnxModel, option: string | undefined,
  inputs: readonly string[]): Promise<FoundPreprocessing> {
  const input = pictureInput(model);
  if (option !== undefined) {
    const how = await namedPreprocessing(option, input);
    return { how: inputs.every(isArray) ? how : fitted(how, input, option), notices: [] };
  }
  const stated = inMetadata(model, input);
  return stated ?? usual(input);
}

/** A file of arrays that come prepared, one of an archive, or a pair of them as one text. */
export const isArray = (path: string): boolean => /\.npy$|\.npz(:[^/\\]+)?$/i.test(path);

/** Null where the file says nothing; with a notice where it says what cannot be followed. */
function inMetadata({ metadata }: OnnxModel, input: InputForm): FoundPreprocessing | null {
  let found: ReturnType<typeof preprocessingInMetadata>;
  try {
    found = preprocessingInMetadata(metadata, input);
    if (!found) return null;
    const how = fitted(plain(found.how, input), input, input.name);
    return { how, notices: [`pictures are prepared as ${input.name} itself says (${found.keys.join(', ')}): ${described(how)}`] };
  } catch (error) {
    const { how, notices } = usual(input);
    const why = String((error as Error).message).replace(/[.]$/, '');
    return { how, notices: [`what ${input.name} says of its pictures is left aside: ${why}`, ...notices] };
  }
}

/** A network that takes whole numbers has its mean and deviation within. */
const plain = (how: Preprocessing, { whole }: InputForm): Preprocessing =>
  whole ? { ...how, scale: [whole.low, whole.high], mean: [0], std: [1] } : how;

function usual(input: InputForm): FoundPreprocessing {
  const { channels, height, width, whole, channelsLast } = input;
  const side = (length: number | null): boolean => length === null || length === USUAL_SIDE;
  if (!side(height) || !side(width) || (channels !== null && channels !== 1 && channels !== 3)) return { how: null, notices: [] };
  const how = usualPreprocessing(input, PREPROCESSINGS.imagenet);
  const special = whole !== null || channels === 1 || channelsLast;
  return { how, notices: special ?
    [`${input.name} takes ${inputKind(input)}, so pictures become ${described(how)}; ` +
      'say with --preprocess where it was trained otherwise'] :
    [] };
}

function inputKind({ channels, whole, channelsLast }: InputForm): string {
  const kind = [whole ? `whole numbers (${whole.type})` : '', channels === 1 ? 'one channel' : '', channelsLast ? 'its channels last' : ''];
  return kind.filter((part) => part !== '').join(', ');
}

/** A preprocessing in a line. */
function described(
  { resize, fit, crop, interpolation = 'bilinear', channels = 3, order, scale = [0, 1], mean, std }: Preprocessing
): string {
  const sides = (value: number | readonly number[]): string => (typeof value === 'number' ? `${value}` : value.join(' x '));
  const fits = { cover: 'to cover ', contain: 'to lie within ' };
  const to = resize === null ?
    'as large as they are'
    : `resized ${typeof resize === 'number' ? 'with the shorter side ' : fit ? fits[fit] : 'to '}${sides(resize)} (${interpolation})`;
  const parts = [channels === 1 ? 'grey' : order ?? 'RGB', to,
    ...(crop === null ? [] : [`cut to ${typeof crop === 'number' ? `${crop} x ${crop}` : sides(crop)}`]), `${scale[0]} to ${scale[1]}`];
  const unchanged = mean.every((v) => v === 0) && std.every((v) => v === 1);
  return [...parts, ...(unchanged ? [] : [`mean ${mean.join(' ')}`, `deviation ${std.join(' ')}`])].join(', ');
}

/** Where pictures are to be prepared and nobody has said how. */
export function noPreprocessing({ channels, height, width, whole }: InputForm): Error {
  if (channels !== null && channels !== 1 && channels !== 3) {
    return new Error(`this model takes ${channels} channels, and pictures have 3, or grey 1: give arrays (.npy) instead`);
  }
  const sides = height && width ? `, but ${height} x ${width}` : '';
  const size = height && width ? `[${height}, ${width}]` : '[height, width]';
  const values = whole ? `"scale": [${whole.low}, ${whole.high}]` : '"mean": [0.5], "std": [0.5]';
  const names = channels === 1 || whole ? '' : `${Object.keys(PREPROCESSINGS).join(', ')} or `;
  return new Error(
    `this model does not take 224 x 224 pictures${sides}: say with --preprocess how they are prepared, by ${names}a JSON file such as ` +
      `{"resize": ${size}, ${values}}`
  );
}

/** A name, or the path of a JSON file. */
async function namedPreprocessing(option: string, input: InputForm): Promise<Preprocessing> {
  if (Object.hasOwn(PREPROCESSINGS, option)) return PREPROCESSINGS[option];
  if (!/[./\\]/.test(option)) {
    throw new UsageError(
      `there is no preprocessing "${option}"; --preprocess takes ${Object.keys(PREPROCESSINGS).join(', ')} or a JSON file`
    );
  }
  return parsePreprocessing(await readText(option), option, input);
}
