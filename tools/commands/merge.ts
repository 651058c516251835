/** `misfire merge`: the shards of one run become one run. */
import { Command } from 'commander';
import { merge, type MergeOptions } from '../merge/merge.js';

/** `run` does what another command line asks for: an experiment's shards are ended by the command that made them. */
export function mergeCommand(run: (args: readonly string[]) => Promise<void>): Command {
  return new Command('merge')
    .description('join shards, each computed with --shard I/N by `misfire profile`, prune, finetune, mask or study, into one')
    .argument('<run...>', 'the folders of all N shards')
    .option('--out <folder>', 'the folder of the whole, which is made')
    .option('--missing', 'only say which shards are still to be run, as an array expression: 1,3-5')
    .option('--json', 'write a summary as JSON to standard output')
    .action((folders: string[], options: MergeOptions) => merge(folders, options, run));
}
