/** `misfire mask`: section 3.4 of the paper, do the pixels that set the salient filters off cause the mistake? */
import { Command, Option } from 'commander';
import { MASKING_CONTROLS, MASKING_DRAWS, MASKING_SHARES } from '../../src/saliency/experiments/masking.js';
import { BOOSTED } from '../../src/saliency/input.js';
import { FILLS } from '../../src/saliency/masking.js';
import { withCommonOptions } from '../experiment/options.js';
import { shares } from '../mask/options.js';
import { runMask } from '../mask/run.js';
import { natural, positive, wordsOf } from '../shared/option-values.js';

export function maskCommand(): Command {
  return withCommonOptions(new Command('mask')
    .description(
      'mask the pixels that set the most salient filters of each mistake of a run off, and as many others: ' +
        'what becomes of both confidences and of those filters (figure 7)'
    )
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .addOption(new Option('--shares <list>', 'how many of the pixels that may be masked, in percent').argParser(shares)
      .default(MASKING_SHARES, '1,2,5,10,20'))
    .option('--fill <list>', `what masked pixels are filled with: ${FILLS.join(', ')}; by default each`, wordsOf(FILLS, 'fill'))
    .addOption(new Option('--against <list>', 'what they are compared with: pixels at random, or the map moved elsewhere')
      .argParser(wordsOf(MASKING_CONTROLS, 'control')).default(MASKING_CONTROLS, MASKING_CONTROLS.join()))
    .option('--draws <count>', 'sets of pixels, or regions, drawn at random for each of them', positive, MASKING_DRAWS)
    .option('--top <count>', 'how many of the most salient filters the pixels are those of', positive, BOOSTED)
    .option('--paste [region]',
      'instead, paste the salient region of one mistake, or x0,y0,x1,y1 of its prepared picture, onto the pictures of a class')
    .option('--sample <id>', 'whose region --paste takes', natural)
    .option('--onto <class>', 'whose pictures --paste goes onto, by index or name; by default the true class of --sample'), 'mask')
    .action(runMask);
}
