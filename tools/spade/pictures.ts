/** The pictures of `misfire spade` and where their views come from. */
import type { Classifier } from '../../src/classifier.js';
import { parseFloatNpy } from '../../src/data/npy.js';
import { sha256 } from '../../src/data/sha256.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { readBytes } from '../../src/files/files.js';
import { readPicture } from '../../src/files/picture.js';
import { drawView, fromPrepared, makeView, realPicture, VIEW_PRESETS, type RealPicture } from '../../src/spade/views.js';
import { isArray } from '../shared/preprocessing.js';
import type { Sample } from '../shared/samples.js';
import type { SpadeOptions } from './options.js';

/** Pixels of a side below which a picture has no crops to speak of. */
const LEAST = 8;

export interface SpadePicture {
  readonly name: string;
  /** Prepared, [channels, height, width]. */
  readonly input: Float32Array;
  readonly sha256: string;
  readonly views: number;
  readonly view: (k: number) => Float32Array;
}

/** Views that come prepared. */
export interface ViewsFile {
  readonly count: number;
  readonly data: Float32Array;
  readonly sha256: string;
}

/** The file of --views-file. Throws one sentence where its views have another shape than the network's pictures. */
export async function readViews(path: string, { pictureShape, name }: Classifier): Promise<ViewsFile> {
  const bytes = await readBytes(path);
  const { data, shape } = parseFloatNpy(bytes, path);
  if (shape.length !== 4 || shape.slice(1).join() !== pictureShape.join() || shape[0] === 0) {
    throw new Error(`${path} has shape [${shape.join(', ')}]; views for ${name} have [N, ${pictureShape.join(', ')}], with N at least 1`);
  }
  if (!data.every(Number.isFinite)) throw new Error(`${path} holds a value that is not finite`);
  return { count: shape[0], data, sha256: await sha256(bytes) };
}

/** What views are drawn from and how. */
export type ViewOptions = Pick<SpadeOptions, 'seed' | 'views' | 'viewPreset'>;

/** A picture as it is prepared, and as what it was before. */
export interface GivenPicture {
  readonly name: string;
  /** [channels, height, width] */
  readonly input: Float32Array;
  readonly shape: readonly number[];
  readonly real: (how: Preprocessing) => Promise<RealPicture>;
}

/** A sample of the command line. Throws one sentence where it has a number of channels that no picture has. */
export async function givenPicture(sample: Sample): Promise<GivenPicture> {
  const { name } = sample;
  const { data, shape } = await sample.read();
  const input = Float32Array.from(data);
  const array = isArray(name.replace(/\[\d+\]$/, ''));
  return { name, input, shape,
    real: async (how) => (array ? beforePreparing(name, input, shape, how) : realPicture(await readPicture(name))) };
}

/** What an array was before it was prepared. Throws one sentence where it has a number of channels that no picture has. */
export function beforePreparing(name: string, input: Float32Array, shape: readonly number[], how: Preprocessing): RealPicture {
  if (![1, 3].includes(shape[0])) {
    throw new Error(`${name} has ${shape[0]} channels; views are drawn of pictures with 3, or grey 1: give them with --views-file`);
  }
  return fromPrepared(input, shape, how);
}

/**
 * Picture number `index` and its views. Throws one sentence where it is too small, has another shape than the network takes, or nobody
 * says how it was prepared.
 */
export async function spadePicture(picture: GivenPicture, index: number, network: Classifier, how: Preprocessing | null,
  file: ViewsFile | null, { seed, views, viewPreset }: ViewOptions): Promise<SpadePicture> {
  const { name, input, shape } = picture;
  if (shape.join() !== network.pictureShape.join()) {
    throw new Error(`${name} has shape [${shape.join(', ')}] when prepared; ${network.name} takes [${network.pictureShape.join(', ')}]`);
  }
  const same = { name, input, sha256: await sha256(new Uint8Array(input.buffer)) };
  const each = input.length;
  if (file) return { ...same, views: file.count, view: (k) => file.data.subarray(k * each, (k + 1) * each) };
  if (how === null) {
    throw new Error(`${name} comes prepared, and its views need to know how: say with --preprocess, or give them with --views-file`);
  }
  const real = await picture.real(how);
  if (real.width < LEAST || real.height < LEAST) {
    throw new Error(`${name} has ${real.width} x ${real.height} pixels; views are crops of at least ${LEAST} x ${LEAST}: take a larger ` +
      'picture, or give views with --views-file');
  }
  const [, height, width] = network.pictureShape;
  const ranges = VIEW_PRESETS[viewPreset];
  return { ...same, views, view: (k) => makeView(real, drawView(seed, index, k, real, ranges), [height, width], how) };
}
