/** `misfire merge`: the shards of one run become one run. */
import { Command } from 'commander';
import { merge } from '../merge/merge.js';

export function mergeCommand(): Command {
  return new Command('merge')
    .description('join the shards of a data set, each computed by `misfire profile --shard I/N`, into one run')
    .argument('<run...>', 'the folders of all N shards')
    .requiredOption('--out <folder>', 'the folder of the whole, which is made')
    .option('--json', 'write a summary as JSON to standard output')
    .action(merge);
}
