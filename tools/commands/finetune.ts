/** `misfire finetune`: section 3.3 of the paper, does tuning the filters blamed for a mistake mend it, and its neighbours? */
import { Command, Option } from 'commander';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { TUNING_CURVES } from '../../src/saliency/experiments/tuning-settings.js';
import { withCommonOptions } from '../experiment/options.js';
import { COUNTS, counts, curves, FINETUNE, numberOrAll, STEPS, steps, SWEEP } from '../finetune/options.js';
import { runFinetune } from '../finetune/run.js';
import { natural, positive } from '../shared/option-values.js';

export function finetuneCommand(): Command {
  return withCommonOptions(new Command('finetune')
    .description(
      'take one normalized step of gradient descent on the most salient filters of each mistake of a run, and on others in ' +
        'their place: what becomes of the mistake, of its neighbours, and of the accuracy (figure 6)'
    )
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .option('--test <run2>',
      'where neighbours are sought and accuracy is measured: another run of the same model, by default the run itself')
    .option('--counts <list>', `how many filters are tuned, also as shares of the network, and "all" of it (default: ${COUNTS})`, counts,
      FINETUNE.counts)
    .option('--curves <list>', `how they are chosen: ${TUNING_CURVES.join(', ')}; by default all of them`, curves, FINETUNE.curves)
    .option('--step <list>', `lengths of the step; the first is that of the curves, the others are swept (default: ${STEPS})`, steps,
      FINETUNE.step)
    .option('--sweep <list>', `curves of which all steps are measured (default: ${SWEEP})`, curves, FINETUNE.sweep)
    .option('--sweep-at <count>', 'with how many filters; by default the number of --counts nearest to 150', positive)
    .option('--neighbors <count>', 'of each mistake, among the mistakes of the test run', positive, FINETUNE.neighbors)
    .option('--subset <count>', 'samples of the test run, drawn at random once, on which accuracy is measured', natural, FINETUNE.subset)
    .option('--check <count>', "how many of them each mistake's networks are asked about, taking turns through the subset", natural,
      FINETUNE.check)
    .option('--resamples <count>', 'of the bootstrap', positive, RESAMPLES)
    .option('--save <file>', "only write the model after the step on --sample's -k most salient filters, as an ONNX file")
    .addOption(new Option('--sample <id>', 'whose mistake --save mends').argParser(natural))
    .option('--force', 'write with --save also where the mistake is not repaired')
    .addOption(new Option('-k <count>', 'how many filters --save tunes, or "all"; by default as --sweep-at').argParser(numberOrAll)),
    'finetune')
    .action(runFinetune);
}
