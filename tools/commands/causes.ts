/** `misfire causes`: the mistakes of a run in a few groups, by the filters to blame. */
import { Command } from 'commander';
import { causes } from '../causes/causes.js';
import { ADAPTER, backendOption, classesOption, providerOption } from '../shared/common-options.js';
import { natural, positive, positiveNumber } from '../shared/option-values.js';

export function causesCommand(): Command {
  return new Command('causes')
    .description('group the mistakes of a run by the filters that were salient; for each group what was taken for what, the filters its '
      + 'members share beyond chance, and whether turning those off corrects members that had no part in choosing them')
    .argument('<run>', 'the folder of a complete run')
    .option('-k <count>', 'join each mistake to so many that are most alike', positive, 10)
    .option('--resolution <number>', 'above 1 for smaller groups, below for larger ones', positiveNumber, 1)
    .option('--map-layers', 'compare the mean standardized saliency of layers in place of filters')
    .option('--pairs', 'one group for each label and answer, in place of groups by filters')
    .option('--try <count>', 'turn filters off for so many groups, the largest first; 0 for none', natural, 10)
    .option('--right <count>', 'right samples on which the damage is measured', natural, 50)
    .option('--out <folder>', 'write a page with pictures (causes.html), groups.csv, members.csv and filters.csv there; it may be new')
    .option('--json <file>', 'write every number to a JSON file; - for standard output, and nothing else there')
    .option('--model <file>', "the run's model, where it is no longer at its place")
    .addOption(classesOption('; by default those the run was made with'))
    .option('--seed <number>', 'of everything drawn at random', natural, 0)
    .option('--batch <count>', 'pictures computed at once; by default what the adapter has room for', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--quiet', 'no notices and no progress')
    .action(causes);
}
