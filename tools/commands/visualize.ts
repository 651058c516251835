/** `misfire visualize`: pictures that excite classes, filters or features of a network most. */
import { Command, Option } from 'commander';
import { STEPS } from '../../src/visualize/visualize.js';
import { ADAPTER, classesOption, MODEL, OUTPUT, PREPROCESS } from '../shared/common-options.js';
import { natural, naturals, positive } from '../shared/option-values.js';
import { TRACE } from '../shared/trace.js';
import { visualizeUnits } from '../visualize/visualize.js';

export function visualizeCommand(): Command {
  return new Command('visualize')
    .description('draw what excites a class, a filter or a feature of a network most, by gradient ascent from noise')
    .requiredOption(...MODEL)
    .requiredOption('--out <folder>',
      'the pictures (.png, .npy) and a page (page.html) go there; the same command goes on where it stopped')
    .option('--layer <layer>', 'the layer of --channel by name, node, weight or index from 0, as explain lists them')
    .option('--channel <list>', 'channels (filters) of --layer, with commas between', naturals)
    .option('--class <list>', 'classes, by index, with commas between: their logits', naturals)
    .option('--feature <list>', 'features that the last layer reads, by index, with commas between', naturals)
    .option('--centre', 'of a channel the middle place, instead of the mean over all places')
    .addOption(new Option('--sign <which>', 'raise the value, lower it, or draw both').choices(['+', '-', 'both']).default('+'))
    .option(TRACE[0], `beside the network ${TRACE[1].replace('in place of the network ', '')}`)
    .option('--steps <count>', 'steps of ascent', positive, STEPS)
    .option('--size <pixels>', "side of the pictures; by default the network's input, and smaller ones are enlarged for it", positive)
    .option('--seed <number>', 'of the noise and of the transformations', natural, 0)
    .option('--batch <count>', 'pictures made at once; each is the same alone', positive)
    .addOption(classesOption())
    .option(...OUTPUT)
    .option(...PREPROCESS)
    .option(...ADAPTER)
    .option('--json <file>', 'write every number to a JSON file; - for standard output, and nothing else there')
    .option('--quiet', 'no notices and no progress')
    .action(visualizeUnits);
}
