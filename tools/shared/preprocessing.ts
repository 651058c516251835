/** How pictures are prepared: as --preprocess says, else as networks with ImageNet's input have it. */
import { readText } from '../../src/files/files.js';
import { parsePreprocessing, PREPROCESSINGS, type Preprocessing } from '../../src/data/preprocess.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { hasOpenSize } from './model-file.js';

/** Pixels of a side of ImageNet's pictures. */
export const USUAL_SIDE = 224;

/** What --preprocess names; null where it is not given and the model's size leaves no default. Throws one sentence. */
export async function findPreprocessing({ inputs: [input] }: OnnxModel, option: string | undefined): Promise<Preprocessing | null> {
  if (option !== undefined) return namedPreprocessing(option);
  const usual = hasOpenSize(input) || (input.dims?.[2] === USUAL_SIDE && input.dims[3] === USUAL_SIDE);
  return usual ? PREPROCESSINGS.imagenet : null;
}

/** Where pictures are to be prepared and nobody has said how. */
export const noPreprocessing = (): Error =>
  new Error('this model does not take 224 x 224 pictures: say with --preprocess how they are prepared (imagenet, cifar10 or a JSON file)');

/** A name, or the path of a JSON file. */
async function namedPreprocessing(option: string): Promise<Preprocessing> {
  if (Object.hasOwn(PREPROCESSINGS, option)) return PREPROCESSINGS[option];
  if (!/[./\\]/.test(option)) {
    throw new Error(`there is no preprocessing "${option}"; --preprocess takes ${Object.keys(PREPROCESSINGS).join(', ')} or a JSON file`);
  }
  return parsePreprocessing(await readText(option), option);
}
