/** `misfire irreproducibility`: how much of a network's answers is luck (Snapp and Shamir, arXiv 2102.10696). */
import { Command, Option } from 'commander';
import { runIrreproducibility } from '../irreproducibility/run.js';
import { sweepIrreproducibility } from '../irreproducibility/sweep.js';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { ADAPTER } from '../shared/common-options.js';
import { positive, progressForm, shard } from '../shared/option-values.js';

export function irreproducibilityCommand(): Command {
  return new Command('irreproducibility')
    .description('train many networks that differ only in initial weights or the order of examples, and measure how far they disagree')
    .addCommand(runCommand())
    .addCommand(sweepCommand());
}

const JSON_OPTION = ['--json [file]', 'write the results as JSON also to a file, or to standard output and nothing else there'] as const;

function runCommand(): Command {
  return new Command('run')
    .description('train the models of one setting side by side, and measure how far they disagree')
    .argument('<setting>', 'a JSON file; every field has a default (docs/irreproducibility.md)')
    .requiredOption('--out <folder>', 'where meta.json goes, with the measures')
    .option('--dump', 'also write data, orders, weights, logits and probabilities there, as .npy')
    .addOption(new Option('--kernel <which>', 'keep each model in workgroup memory, or compute by the general graph; by default the '
      + 'first where a model fits').choices(['resident', 'general']))
    .addOption(new Option('--schedule <which>', 'of the kernels; by default what the adapter calls for').choices(['tile', 'register']))
    .option(...ADAPTER)
    .option(...JSON_OPTION)
    .option('--quiet', 'no notices and no progress')
    .action(runIrreproducibility);
}

function sweepCommand(): Command {
  return new Command('sweep')
    .description('train every setting of a factorial with several seeds, and say what each factor does to how far models disagree')
    .argument('<sweep>', 'a JSON file with base, factors, settings, seeds (docs/irreproducibility.md)')
    .requiredOption('--out <folder>', 'where journal, tables and the page go; the same command goes on with what is there')
    .option('--shard <I/N>', 'only every N-th run, from the I-th on; `misfire merge` joins the shards, each in an --out of its own', shard)
    .option('--resamples <count>', 'of the bootstrap', positive, RESAMPLES)
    .option(...ADAPTER)
    .option('--progress <form>', 'lines: as a person reads it; json: a line of JSON each time', progressForm)
    .option(...JSON_OPTION)
    .option('--quiet', 'no notices and no progress')
    .action(sweepIrreproducibility);
}
