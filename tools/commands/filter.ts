/** `misfire filter`: what a filter responds to over a run. */
import { Command } from 'commander';
import { filter } from '../filter/filter.js';
import { ADAPTER, backendOption, classesOption, providerOption } from '../shared/common-options.js';
import { positive } from '../shared/option-values.js';

export function filterCommand(): Command {
  return new Command('filter')
    .description('show what a filter responds to: the pictures of a run that excite it most, and where in them; its activation and its '
      + 'saliency over the run; the classes and confusions for which it is most salient')
    .argument('<run>', 'the folder of a complete run')
    .argument('<filter>', 'LAYER:CHANNEL, the layer by name, node, weight or index from 0, as explain lists them')
    .option('--out <folder>', 'write a page with pictures (filter.html), pictures.csv and classes.csv there; the folder may be new')
    .option('--pictures <count>', 'look at so many pictures of the run, drawn at random; by default at all', positive)
    .option('--json <file>', 'write every number to a JSON file; - for standard output, and nothing else there')
    .option('--model <file>', "the run's model, where it is no longer at its place")
    .addOption(classesOption('; by default those the run was made with'))
    .option('--batch <count>', 'pictures computed at once; by default what the adapter has room for', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--quiet', 'no notices and no progress')
    .action(filter);
}
