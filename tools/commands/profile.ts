/** `misfire profile`: one pass over a data set, every sample's profile into a store, and their statistics. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Shard } from '../../src/dataset/dataset.js';
import { profile } from '../profile/profile.js';
import { positive } from '../shared/terminal.js';

export function profileCommand(): Command {
  return new Command('profile')
    .description('compute the saliency profile of every sample of a data set, and their mean and deviation; '
      + 'a run that was ended goes on with the same command')
    .argument('<data...>', 'a folder of class folders, a folder with labels.csv, CIFAR binary files, or inputs.npy,labels.npy')
    .requiredOption('--model <file>', 'the network, an ONNX classifier')
    .requiredOption('--out <folder>', 'where the profiles go: a new folder, or that of a run to go on with')
    .option('--classes <file>',
      'names of the classes, line k for class k: class folders and labels are matched to them by WordNet id or name')
    .option('--preprocess <how>',
      'imagenet, cifar10 or a JSON file {"resize":256|null,"crop":224|null,"mean":[3],"std":[3]}; imagenet where the model takes 224 x 224')
    .addOption(new Option('--aggregation <kind>', "a filter's saliency: the mean of its weights' |gradient|, or |mean gradient|")
      .choices(['mean-abs', 'abs-mean']).default('mean-abs'))
    .option('--batch <count>', 'samples computed at once; by default what the adapter has room for', positive)
    .option('--adapter <which>', "hardware, software, or part of an adapter's name")
    .option('--half', 'store profiles as float16')
    .addOption(new Option('--stats-only', 'store no profiles, only the other columns and the statistics').conflicts('half'))
    .option('--shard <I/N>', 'only every N-th sample, from the I-th on; `misfire merge` joins the shards', shard)
    .option('--json [file]', 'write a summary at the end as JSON, to a file or to standard output')
    .option('--quiet', 'no notices and no progress')
    .action(profile);
}

/** I and I + N are the same shard, so that I may count from 0 or from 1. */
function shard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(count >= 1 && index <= count)) throw new InvalidArgumentError('It must be I/N, with I from 0 to N - 1 or from 1 to N.');
  return { index: index % count, count };
}
