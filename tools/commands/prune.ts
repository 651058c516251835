/** `misfire prune`: section 3.1 of the paper, does turning off the filters blamed for a mistake mend it? */
import { Command, Option } from 'commander';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { CHOICES } from '../../src/saliency/controls.js';
import { PRUNING_COUNTS, PRUNING_DAMAGE } from '../../src/saliency/experiments/pruning.js';
import { withCommonOptions } from '../experiment/options.js';
import { runPrune } from '../prune/run.js';
import { natural, naturals, positive, wordsOf } from '../shared/option-values.js';

export function pruneCommand(): Command {
  return withCommonOptions(new Command('prune')
    .description(
      'turn off the most salient filters of each mistake of a run, and other filters in their place: ' +
        'what becomes of both confidences, and of other samples (figure 3)'
    )
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .option('--all', 'of every sample, not of the mistakes alone')
    .addOption(new Option('--counts <list>', 'how many filters are turned off').argParser(naturals)
      .default(PRUNING_COUNTS, PRUNING_COUNTS.join(',')))
    .addOption(new Option('--curves <list>', `how they are chosen: ${CHOICES.join(', ')}`)
      .argParser(wordsOf(CHOICES, 'curve', 'the curves are')).default(CHOICES, 'all'))
    .addOption(new Option('--mode <kind>', 'channel: a channel is exactly zero; paper: weight and batch norm shift are zero')
      .choices(['channel', 'paper']).default('channel'))
    .option('--damage <count>', "right samples that each sample's filters are tried on", natural, PRUNING_DAMAGE)
    .option('--resamples <count>', 'of the bootstrap', positive, RESAMPLES)
    .option('--save <K FILE...>', 'only write the model with the K most salient filters of --sample off, to an ONNX file')
    .addOption(new Option('--sample <id>', 'whose filters --save turns off').argParser(natural))
    .option('--test <run2>', 'where --save measures accuracy: another run of the same model, by default the run itself')
    .option('--force', 'write with --save also where the sample is not repaired'), 'prune')
    .action(runPrune);
}
