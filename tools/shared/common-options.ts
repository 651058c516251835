/** Options that several commands have, with one meaning. */
import { Option } from 'commander';
import { KNOWN_CLASSES } from '../../src/data/known-classes.js';
import { PROVIDERS } from '../../src/runtime/onnxruntime.js';

/** For `command.option(...ADAPTER)`. */
export const ADAPTER = ['--adapter <which>', "hardware, software, or part of an adapter's name"] as const;
export const backendOption = (): Option =>
  new Option('--backend <which>', 'webgpu, onnxruntime (npm install onnxruntime-node), or the faster one that is there')
    .choices(['auto', 'webgpu', 'onnxruntime']).env('MISFIRE_BACKEND').default('auto');
export const providerOption = (): Option =>
  new Option('--provider <name>', "onnxruntime's execution provider; cpu if left out").choices([...PROVIDERS]);
export const MODEL = ['--model <file>', 'the network, an ONNX classifier'] as const;
export const OUTPUT = ['--output <name>', 'which of the output tensors has the classes, where the model has several'] as const;
/** `more`: what else they are for, or which they are where none are given. */
export const classesOption = (more = ''): Option =>
  new Option('--classes <names>', `names of the classes: ${KNOWN_CLASSES.join(', ')}, or a file, line k for class k${more}`);
export const PREPROCESS = [
  '--preprocess <how>',
  'imagenet, cifar10 or a JSON file: {"resize":256|null,"crop":224|null,"mean":[3],"std":[3]} and more (docs/preprocessing.md), '
  + "Hugging Face's preprocessor_config.json or timm's config.json; by default what the model's file says, or imagenet where it "
  + 'takes 224 x 224',
] as const;

/** `otherwise`: what is done where it is not given, if that is not always mean-abs. */
export function aggregationOption(otherwise?: string): Option {
  const what = "a filter's saliency: the mean of its weights' |gradient|, or |mean gradient|";
  const option = new Option('--aggregation <kind>', otherwise === undefined ? what : `${what} (default: ${otherwise})`)
    .choices(['mean-abs', 'abs-mean']);
  return otherwise === undefined ? option.default('mean-abs') : option;
}
