/** The options that all experiments have, and what they come to. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Shard } from '../../src/dataset/dataset.js';
import type { Row } from '../../src/store/format.js';
import { Random } from '../../src/saliency/random.js';
import type { ComputerOptions } from '../shared/computer.js';
import type { ResultOptions } from '../shared/results.js';
import type { ProgressForm } from '../shared/progress.js';
import { ADAPTER, backendOption, classesOption, providerOption } from '../shared/common-options.js';
import { natural, positive, progressForm, shard } from '../shared/option-values.js';

export interface CommonOptions extends ResultOptions, ComputerOptions {
  readonly model?: string;
  readonly classes?: string;
  readonly limit?: number;
  readonly seed: number;
  readonly batch?: number;
  readonly progress?: ProgressForm;
  readonly out?: string;
  /** Only every N-th of the samples, kept for `misfire merge`; nothing comes of them alone. */
  readonly shard?: Shard;
  /** Its page lies in a folder of a study's, and leads back to it. */
  readonly chapter?: boolean;
}

/** Adds them to a command; what they mean is the same everywhere. `name` is the folder's below the run. */
export function withCommonOptions(command: Command, name: string): Command {
  return command
    .option('--model <file>', "where the run's model is now; by default where it was")
    .addOption(classesOption('; by default those the run was made with'))
    .option('--limit <count>', 'only so many samples, drawn at random by the seed', positive)
    .option('--seed <number>', 'of everything drawn at random', natural, 0)
    .option('--batch <count>', 'pictures computed at once; by default what the adapter has room for', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--out <folder>', `where the results go; by default ${name} in the run's folder`)
    .option('--shard <I/N>', 'only every N-th sample, from the I-th on; `misfire merge` joins the shards, each in an --out of its own',
      shard)
    .option('--progress <form>', 'lines: as a person reads it; json: a line of JSON each time', progressForm)
    .option('--json [file]', 'write the results as JSON also to a file, or to standard output and nothing else there')
    .option('--quiet', 'no notices and no progress');
}

export const outOf = (run: string, name: string, { out }: CommonOptions): string => out ?? join(run, name);

/** So many of the rows, drawn at random, in their own order; all of them where there are not more. */
export function limited(rows: readonly Row[], count: number | undefined, seed: number): readonly Row[] {
  if (count === undefined || count >= rows.length) return rows;
  const chosen = new Random(seed, rows.length).choose(count, rows.length).sort((a, b) => a - b);
  return chosen.map((k) => rows[k]);
}
