/** `misfire spade evaluate`: whether traces help to find what an answer rests on, where that is known. */
import { Command, Option } from 'commander';
import { METHODS, type MethodName } from '../../src/attribution/methods.js';
import { INSERTION_STEPS } from '../../src/saliency/insertion.js';
import { VIEW_PRESETS } from '../../src/spade/views.js';
import { ADAPTER } from '../shared/common-options.js';
import { natural, positive, wordsOf } from '../shared/option-values.js';
import { evaluate } from '../spade/evaluate.js';

const NAMES: readonly MethodName[] = METHODS.map((m) => m.name);

export function spadeEvaluateCommand(): Command {
  return new Command('evaluate')
    .description("whether traces help on the demo's sticker, whose pixels are known: maps of the network, of traces and of controls")
    .requiredOption('--out <folder>', 'the scores, a table and a page go there; the same command goes on where it stopped')
    .option('--pictures <count>', 'fooled pictures', positive, 60)
    .option('--methods <list>', `attribution methods, with commas between; by default all: ${NAMES.join(', ')}`,
      wordsOf(NAMES, 'attribution method'), NAMES)
    .option('--views <count>', 'augmented views of each picture that its trace is fitted on', positive, 128)
    .addOption(new Option('--view-preset <name>', "the paper's views, or gentler ones").choices(Object.keys(VIEW_PRESETS)).default('paper'))
    .option('--sparsity <what>',
      'share of weights to prune, or a JSON file, as misfire spade takes it; by default the last stage 0.95, fc 0.8')
    .option('--seed <number>', 'of views, draws and resamples', natural, 0)
    .option('--steps <count>', 'steps of insertion and deletion', positive, INSERTION_STEPS)
    .option('--lime-samples <count>', "LIME's hidden pictures", positive, 512)
    .option(...ADAPTER)
    .option('--json <file>', 'write every number to a JSON file; - for standard output, and nothing else there')
    .option('--quiet', 'no notices and no progress')
    .action(evaluate);
}
