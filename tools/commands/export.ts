/** `misfire export`: the method as an ONNX file. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXPORTED } from '../../src/export.js';
import { boostFactor } from '../explain/options.js';
import { exportModel } from '../export/export.js';
import { aggregationOption, OUTPUT } from '../shared/common-options.js';
import { positive } from '../shared/option-values.js';

export function exportCommand(): Command {
  return new Command('export')
    .summary('write saliency as an ONNX model that any runtime computes')
    .description('Write what the method computes as an ordinary ONNX model, gradients included: from pictures and labels to profiles of '
      + 'filters, to the input-space map or to losses, in any runtime and language (docs/export.md).')
    .argument('<model>', 'the network, an ONNX classifier')
    .argument('<out>', 'the ONNX file to write')
    .addOption(new Option('--what <what>', 'profile: saliency of every filter; map: the pixels that set the most salient filters off; '
      + 'logits: answers and losses').choices([...EXPORTED]).default('profile'))
    .option('--stats <file>', 'statistics of misfire profile (stats.json): for standardized profiles, and needed for a map')
    .addOption(aggregationOption())
    .option('--batch <count>', 'pictures at once, or "free": decided at run time', batchSize, 'free')
    .option('--size <C,H,W>', 'of a picture, where the model leaves it open', pictureSize)
    .option('--top <count>', 'how many filters a map boosts', positive, 10)
    .option('--boost <factor>', "the factor of a boosted filter's standardized saliency", boostFactor, 100)
    .option('--mask', 'with --what logits: an input "mask" of ones and zeros, which turns filters off')
    .option(...OUTPUT)
    .option('--external-data', 'weights into a file of their own beside it, OUT.data; always where they pass 2 GB')
    .option('--quiet', 'no notices')
    .action(exportModel);
}

const batchSize = (text: string): number | 'free' => (text === 'free' ? text : positive(text));

function pictureSize(text: string): readonly [number, number, number] {
  const numbers = text.split(',').map(Number);
  if (numbers.length !== 3 || !numbers.every((n) => Number.isInteger(n) && n > 0)) {
    throw new InvalidArgumentError('three whole numbers with commas between: 3,224,224');
  }
  return numbers as unknown as [number, number, number];
}
