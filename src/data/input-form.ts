/** What a model's input takes where a picture is to go: taken from its shape and type, before anybody says how pictures are prepared. */
import { outputExtent, type Extent } from './framing.js';
import { ndarray, type NdArray } from './ndarray.js';
import { channelValues, type Preprocessing } from './preprocess.js';

export interface InputForm {
  /** As messages call the model. */
  readonly name: string;
  /** Null where the file leaves them open. */
  readonly channels: number | null;
  readonly height: number | null;
  readonly width: number | null;
  /** [N,H,W,C] instead of [N,C,H,W]. */
  readonly channelsLast: boolean;
  /** The whole numbers it takes; null where it takes fractions. */
  readonly whole: { readonly type: string; readonly low: number; readonly high: number } | null;
}

/** An input of three channels, first, and fractions, whose size is open. */
export const ORDINARY: InputForm = { name: 'the model', channels: 3, height: null, width: null, channelsLast: false, whole: null };

/**
 * The preprocessing as this input needs it: as many channels as it has, whole numbers where it takes no others. Throws one
 * sentence where the two do not belong together; `source` is what it calls the preprocessing.
 */
export function fitted(how: Preprocessing, input: InputForm, source: string): Preprocessing {
  return wholeNumbers(channelsOf(sized(how, input, source), input, source), input, source);
}

function sized(how: Preprocessing, { name, channels, height, width }: InputForm, source: string): Preprocessing {
  const made = outputExtent(how);
  if (made && height !== null && width !== null && (made[0] !== height || made[1] !== width)) {
    const planes = channels ?? how.channels ?? 3;
    throw new Error(
      `${source} gives an input of ${planes} x ${made.join(' x ')}, but ${name} takes ${planes} x ${height} x ${width}; ` +
        'choose another --preprocess'
    );
  }
  return how;
}

function channelsOf(how: Preprocessing, { name, channels }: InputForm, source: string): Preprocessing {
  if (channels === null || channels === (how.channels ?? 3)) return singly(how, source);
  if (channels !== 1 && channels !== 3) {
    throw new Error(`${name} takes ${channels} channels; pictures are prepared with 3, or grey with 1: give arrays (.npy) instead`);
  }
  if (how.channels !== undefined) {
    throw new Error(`${source} prepares pictures with ${how.channels} channels, but ${name} takes ${channels}; change "channels" there`);
  }
  return channels === 1 ? singly({ ...how, channels: 1 }, source) : how;
}

/** One mean and one deviation for one channel: three that are equal say the same, three others nothing. */
function singly(how: Preprocessing, source: string): Preprocessing {
  if (how.channels !== 1) return how;
  if (how.order !== undefined) throw new Error(`${source} gives an order of channels, but grey pictures have one; leave "order" out`);
  const one = (values: readonly number[], what: string): readonly number[] => {
    if (values.every((v) => v === values[0])) return values.slice(0, 1);
    throw new Error(
      `${source} has ${values.length} different values of ${what}, but the network takes grey pictures of one channel; ` +
        `give a JSON file with one, as in "${what}": [0.5]`
    );
  };
  return { ...how, mean: one(how.mean, 'mean'), std: one(how.std, 'std') };
}

/** How far a value may be from a whole number: mean and deviation written in decimals undo the scale only nearly. */
const NEARLY = 1e-2;

function wholeNumbers(how: Preprocessing, { name, whole }: InputForm, source: string): Preprocessing {
  if (whole === null) return how;
  const asTaken: Preprocessing = { ...how, scale: [whole.low, whole.high], mean: [0], std: [1] };
  const taken = channelValues(asTaken, 0);
  const channels = Array.from({ length: how.channels ?? 3 }, (_, c) => channelValues(how, c));
  if (channels.every((values) => values.every((v, k) => Math.abs(v - taken[k]) < NEARLY))) return asTaken;
  throw new Error(
    `${name} takes whole numbers (${whole.type}), ${whole.low} to ${whole.high}, but ${source} makes others of a picture; leave ` +
      `--preprocess out, or write "scale": [${whole.low}, ${whole.high}] without mean and std`
  );
}

/**
 * What pictures become where nobody has said more than the model itself does: ImageNet's sizes, and its colours where those can
 * be meant.
 */
export function usualPreprocessing({ channels, whole }: InputForm, imagenet: Preprocessing): Preprocessing {
  if (whole !== null || channels === 1) {
    const { resize, crop } = imagenet;
    return { resize, crop, ...(channels === 1 && { channels }), ...(whole && { scale: [whole.low, whole.high] }), mean: [0], std: [1] };
  }
  return imagenet;
}

/** [height, width] that the model itself takes. Throws one sentence where its file leaves it open; `key` of the file `name` needs it. */
export function modelExtent(input: InputForm | null, name: string, key: string): Extent {
  if (input?.height && input.width) return [input.height, input.width];
  throw new Error(`${name} leaves "${key}" to the model, whose file leaves its size open; write it as [height, width].`);
}

/** [C,H,W] of an array that came prepared as [H,W,C], for a model with its channels last. */
export function channelsFirst(data: Float32Array, [height, width, channels]: readonly number[]): NdArray<Float32Array> {
  const plane = height * width;
  const out = new Float32Array(channels * plane);
  for (let k = 0; k < plane; k++) for (let c = 0; c < channels; c++) out[c * plane + k] = data[k * channels + c];
  return ndarray(out, [channels, height, width]);
}
