/** `misfire sparse`: options alone. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { ADAPTER, classesOption } from '../shared/common-options.js';
import { natural, positive } from '../shared/option-values.js';
import { sparse } from '../sparse/sparse.js';
import { addReadingCommands } from './sparse-reading.js';

const number = (least: number, most: number, open = true) => (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && value <= most && (open ? value > least : value >= least)) return value;
  throw new InvalidArgumentError(
    `it has to be a number ${open ? 'above' : 'of at least'} ${least}${most < Infinity ? ` and at most ${most}` : ''}.`
  );
};

export function sparseCommand(): Command {
  return addReadingCommands(new Command('sparse')
    .description(
      "refit the network's last layer so that each class rests on few features: a path of layers, each with the certificate that "
        + 'it is the minimiser; a path that was ended goes on with the same command'
    )
    .argument('<run>', 'training rows: a run of `misfire profile --features`, or features.npy,labels.npy')
    // Of this command alone, and so asked for by it: a command below it needs neither.
    .option('--held <run2>', 'rows that the network was not trained on, in the same form: they choose the layer, and say how good it is')
    .option('--out <folder>', 'where the layers go: a new folder, or that of a path to go on with')
    .addOption(new Option('--alpha <share>', 'share of the penalty that makes zeros').argParser(number(0, 1)).default(0.99))
    .option('--group', 'one group a feature: its weights of all classes are zero together')
    .option('--squared', 'squared error in place of the cross-entropy')
    .option('--lambdas <list>', 'how many, from the one that makes all weights zero; or values, with commas between', '100')
    .addOption(new Option('--epsilon <ratio>', 'the last lambda as a share of the first').argParser(number(0, 1)).default(1e-3))
    .addOption(
      new Option('--within <points>', 'the sparsest layer so many points below the best is chosen').argParser(number(0, 100, false))
        .default(5)
    )
    .addOption(new Option('--tolerance <ratio>', 'KKT residual over lambda alpha that each layer has to reach').argParser(number(0, 1))
      .default(1e-3))
    .addOption(new Option('--solver <name>', "fista: over all rows; saga: the paper's own, which stops by its progress and is measured")
      .choices(['fista', 'saga']).default('fista'))
    .option('--own <files>', "the network's own last layer, weights.npy,bias.npy of raw features, where rows are arrays")
    .option('--layer <index>', 'take this layer of the path in place of the chosen one', natural)
    .option('--save <file>', "write the network's ONNX file with the layer in the place of its last one")
    .option('--model <file>', "the run's model, where it is no longer at its place")
    .option('--memory <bytes>', 'of the device for rows; with less they are read at every pass', positive)
    .addOption(classesOption())
    .option('--json <file>', 'write every number to a JSON file; - for standard output, and nothing else there')
    .option(...ADAPTER)
    .option('--quiet', 'no notices and no progress')
    .action(sparse));
}
