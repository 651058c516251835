/** `misfire compare`: two models over the same pictures. */
import { Command } from 'commander';
import { compare } from '../compare/compare.js';
import { classesOption } from '../shared/common-options.js';

export function compareCommand(): Command {
  return new Command('compare')
    .description('compare two models over the same pictures: accuracy of each, pictures fixed and broken, by class, '
      + "and McNemar's exact test; the runs may be of `misfire profile --forward-only`")
    .argument('<run>', 'the folder of a complete run, of the model before')
    .argument('<run2>', 'that of the model after')
    .option('--out <folder>', 'write a page with pictures (compare.html), changed.csv and classes.csv there; the folder may be new')
    .option('--json <file>', 'write the comparison to a JSON file; - for standard output, and nothing else there')
    .option('--common', 'compare the pictures that both runs have, where each has others too')
    .addOption(classesOption('; by default those the first run was made with'))
    .option('--quiet', 'no notices; nothing on standard output either where --json names a file')
    .action(compare);
}
