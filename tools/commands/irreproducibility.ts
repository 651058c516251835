/** `misfire irreproducibility`: how much of a network's answers is luck (Snapp and Shamir, arXiv 2102.10696). */
import { Command, Option } from 'commander';
import { ACTIVATIONS } from '../../src/engine/activations.js';
import { retrain } from '../irreproducibility/retrain.js';
import { runIrreproducibility } from '../irreproducibility/run.js';
import { sweepIrreproducibility } from '../irreproducibility/sweep.js';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { ADAPTER, backendOption, classesOption, PREPROCESS, providerOption } from '../shared/common-options.js';
import { compareModels } from '../irreproducibility/models.js';
import { natural, positive, positiveNumber, progressForm, shard } from '../shared/option-values.js';

export function irreproducibilityCommand(): Command {
  return new Command('irreproducibility')
    .description('train many networks that differ only in initial weights or the order of examples, and measure how far they disagree')
    .addCommand(runCommand())
    .addCommand(sweepCommand())
    .addCommand(modelsCommand())
    .addCommand(retrainCommand());
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

function modelsCommand(): Command {
  return new Command('models')
    .description('compare trained networks of one task over the same pictures: how far their answers differ, which mistakes they share, '
      + 'and how far their explanations agree')
    .argument('<models...>', 'two or more ONNX classifiers')
    .requiredOption('--data <data...>', 'labelled pictures, as `misfire profile` takes them')
    .option('--out <folder>', 'write a page with the pictures on which they differ most (models.html), result.json and pictures.csv there')
    .addOption(classesOption())
    .option(...PREPROCESS)
    .option('--limit <count>', 'only so many pictures, drawn at random by the seed', positive)
    .option('--seed <number>', 'of what is drawn at random', natural, 0)
    .option('-k <count>', 'neighbours of each picture that are compared', positive, 5)
    .option('--shown <count>', 'pictures on the page', natural, 6)
    .option('--no-maps', 'no maps of which pixels set the blamed filters off')
    .option('--batch <count>', 'pictures computed at once; by default what the adapter has room for', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--progress <form>', 'lines: as a person reads it; json: a line of JSON each time', progressForm)
    .option(...JSON_OPTION)
    .option('--quiet', 'no notices and no progress')
    .action(compareModels);
}

function retrainCommand(): Command {
  return new Command('retrain')
    .description("train the last layer of a network, or the demo's small network as a whole, again and again with one thing at a time left "
      + 'to chance: nothing, the initial weights, the order, both')
    .argument('[model]', 'an ONNX classifier; its last layer is trained on its features')
    .option('--demo', "the demo's network as a whole, in place of a model; each training is kept in --out, and the same command goes on")
    .option('--data <data...>', 'labelled pictures, half of them to train on and half to ask about')
    .option('--out <folder>', 'where result.json goes, and the journal of --demo')
    .addOption(classesOption())
    .option(...PREPROCESS)
    .option('--limit <count>', 'only so many pictures, drawn at random by the seed', positive)
    .option('--models <count>', 'trainings of each kind', positive, 8)
    .option('--seed <number>', 'of all that is drawn at random', natural, 0)
    .option('--epochs <count>', 'passes over the pictures', positive, 20)
    .option('--train-batch <count>', 'pictures of a step', positive, 10)
    .option('--rate <number>', 'of learning, falling linearly to 0', positiveNumber, 0.1)
    .option('--hidden <count>', 'units of one hidden layer; 0: a linear layer, whose loss is convex', natural, 0)
    .addOption(new Option('--activation <name>', 'of the hidden layer').choices([...ACTIVATIONS]).default('relu'))
    .option('--beta <number>', 'of smelu, softplus and swish', positiveNumber, 1)
    .option('--window <count>', 'of the buffer that shuffles; by default it permutes freely', positive)
    .option('--steps <count>', 'of --demo: steps of a training', positive, 200)
    .option('--held <count>', 'of --demo: pictures asked about', positive, 500)
    .option('--batch <count>', 'pictures computed at once', positive)
    .option(...ADAPTER)
    .option(...JSON_OPTION)
    .option('--quiet', 'no notices and no progress')
    .action(retrain);
}
