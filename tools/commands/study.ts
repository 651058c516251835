/** `misfire study`: the paper's experiments with the paper's settings, and what became of each of its claims. */
import { Command } from 'commander';
import { withCommonOptions } from '../experiment/options.js';
import { FINETUNE, steps } from '../finetune/options.js';
import { runStudy } from '../study/run.js';

export function studyCommand(): Command {
  return withCommonOptions(new Command('study')
    .description('prune, finetune and mask with the settings of the paper, and one page: what was claimed, what was found here')
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .option('--test <run2>',
      'where finetune seeks neighbours and measures accuracy: another run of the same model, by default the run itself')
    .option('--step <list>', `lengths of finetune's step; the first is that of the claims (default: ${FINETUNE.step.join(',')})`, steps,
      FINETUNE.step), 'study')
    .action(runStudy);
}
