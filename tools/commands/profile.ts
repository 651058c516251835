/** `misfire profile`: one pass over a data set, every sample's profile into a store, and their statistics. */
import { Command, Option } from 'commander';
import { profile } from '../profile/profile.js';
import { ADAPTER, aggregationOption, backendOption, classesOption, MODEL, OUTPUT, PREPROCESS,
  providerOption } from '../shared/common-options.js';
import { positive, progressForm, shard } from '../shared/option-values.js';

export function profileCommand(): Command {
  return new Command('profile')
    .description('compute the saliency profile of every sample of a data set, and their mean and deviation; '
      + 'a run that was ended goes on with the same command')
    .argument('<data...>', 'a folder of class folders, a folder with labels.csv, CIFAR binary files, inputs.npy,labels.npy, '
      + 'an archive of both (.npz), or two arrays of one (FILE.npz:KEY)')
    .requiredOption(...MODEL)
    .option(...OUTPUT)
    .requiredOption('--out <folder>', 'where the profiles go: a new folder, or that of a run to go on with')
    .addOption(classesOption(': class folders and labels are matched to them by WordNet id or name'))
    .option(...PREPROCESS)
    .addOption(aggregationOption())
    .option('--batch <count>', 'samples computed at once; by default what the adapter has room for', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--half', 'store profiles as float16')
    .addOption(new Option('--stats-only', 'store no profiles, only the other columns and the statistics').conflicts('half'))
    .addOption(
      new Option('--forward-only', 'compute no profiles, only answers and losses, at the cost of a forward pass: for `misfire compare`')
        .conflicts(['half', 'statsOnly', 'aggregation'])
    )
    .option('--features', 'store the penultimate features of each sample too (the input of the last layer): for `misfire sparse`')
    .addOption(
      new Option('--features-only', 'as --forward-only, with the penultimate features').conflicts(['half', 'statsOnly', 'aggregation'])
    )
    .option('--shard <I/N>', 'only every N-th sample, from the I-th on; `misfire merge` joins the shards', shard)
    .option('--progress <form>', 'lines: as a person reads it; json: a line of JSON for each batch, on standard error', progressForm)
    .option('--json [file]', 'write a summary at the end as JSON, to a file or to standard output')
    .option('--quiet', 'no notices and no progress')
    .action(profile);
}
