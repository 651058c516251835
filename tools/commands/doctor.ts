/** `misfire doctor`: which adapters there are and which is used; with a model and its data, how its pictures have to be prepared. */
import { Command } from 'commander';
import { doctor } from '../doctor/doctor.js';
import { ADAPTER, backendOption, classesOption, OUTPUT, PREPROCESS, providerOption } from '../shared/common-options.js';
import { natural, positive } from '../shared/option-values.js';

/** Pictures tried: enough to tell a right preprocessing from a wrong one, few enough to be quick. */
const LIMIT = 48;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say which WebGPU adapters there are, which one is used and why, and what to install where none works; '
      + 'with --model and --data, which usual preprocessing and order of classes fits labelled pictures best')
    .option('--model <file>', 'the network, an ONNX classifier, to try on --data')
    .option('--data <path...>', 'labelled pictures, as misfire profile takes them')
    .addOption(classesOption())
    .option(...PREPROCESS)
    .option(...OUTPUT)
    .option('--limit <count>', 'so many pictures, drawn at random by the seed', positive, LIMIT)
    .option('--seed <number>', 'of what is drawn at random', natural, 0)
    .option('--save <file>', 'write the preprocessing that fits best there, for --preprocess')
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--json', 'as JSON, for a report of a fault or another program')
    .action(doctor);
}
