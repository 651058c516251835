/** `misfire neighbors`: which samples a network gets wrong for the same reason. */
import { Command } from 'commander';
import { neighbors } from '../neighbors/neighbors.js';
import { sampleIds } from '../neighbors/options.js';
import { ADAPTER, backendOption, classesOption, providerOption } from '../shared/common-options.js';
import { positive } from '../shared/option-values.js';

export function neighborsCommand(): Command {
  return new Command('neighbors')
    .description('find, for each mistake of a run of `misfire profile`, the samples with the most similar standardized profiles')
    .argument('<run>', 'the folder of the run')
    .option('--query <id...>', 'the samples whose neighbours are sought, by id; by default all that the network gets wrong', sampleIds)
    .option('--against <run2>', 'look among the samples of another run of the same model, standardized with the statistics of the first')
    .option('-k <count>', 'neighbours of each', positive, 10)
    .option('--wrong-only', 'look only among samples that the network gets wrong')
    .option('--layers <A..B>', 'compare only these layers, by index from 0 or by name')
    .option('--pairs', 'how often neighbours have the same or the reversed label and prediction, against chance')
    .option('--json <file>', 'write the neighbours as JSON; - for standard output')
    .option('--csv <file>', 'write the neighbours as CSV')
    .option('--page <file>', 'write one page (HTML): an index of the queries, their neighbours, and the filters they share')
    .option('--sheet <folder>', 'draw a picture of each query with its neighbours, as PNG')
    .addOption(classesOption())
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .action(neighbors);
}
