/** `misfire sparse show`, `biases`, `counterfactuals` and `mistakes`: a sparse layer read. Options alone. */
import { Command } from 'commander';
import { seedNumber } from '../explain/options.js';
import { ADAPTER, backendOption, classesOption, providerOption } from '../shared/common-options.js';
import { natural, positive } from '../shared/option-values.js';
import { sparseBiases } from '../sparse-reading/biases.js';
import { sparseCounterfactuals } from '../sparse-reading/counterfactuals.js';
import { sparseMistakes } from '../sparse-reading/mistakes.js';
import { sparseShow } from '../sparse-reading/show.js';

const RUN = 'a run of `misfire profile`, or features.npy,labels.npy; by default what --held named when the layers were fitted';

/**
 * Adds them to `misfire sparse`, whose parser takes those options of a command below it that both have: they are put together again.
 */
export function addReadingCommands(sparse: Command): Command {
  const commands = [
    reading('show', 'list the features of each class with their weights, and show what excites each feature')
      .option('--run <run>', RUN)
      .option('--features <count>', 'features of the page that have pictures', positive, 24)
      .option('--pictures <count>', 'pictures of each', positive, 6)
      .option('--no-maps', 'no maps on the page, which take a backward pass for each picture')
      .option('--visualize [steps]', 'and for each feature the picture that gradient ascent makes of it, in so many steps', positive)
      .action((dir, { run }, command) => sparseShow(dir, run, command.optsWithGlobals())),
    reading('biases', 'show which features classes share, what the answers are without each feature, and whether it looks at the object')
      .argument('[run]', RUN)
      .option('--boxes <file>', 'a table with columns file and boxes (x0,y0,x1,y1 ...); by default what the run carried along')
      .option('--features <count>', 'features whose maps are compared with the boxes', positive, 20)
      .option('--pictures <count>', 'pictures with boxes for each', positive, 8)
      .action((dir, run, _, command) => sparseBiases(dir, run, command.optsWithGlobals())),
    reading('counterfactuals', "show how few features change an answer, beside a random order and the network's own layer")
      .argument('[run]', RUN)
      .option('--limit <count>', 'so many pictures, drawn at random; by default all', positive)
      .action((dir, run, _, command) => sparseCounterfactuals(dir, run, command.optsWithGlobals())),
    reading('mistakes', 'show which feature made each mistake, and whether the answer is right without it')
      .argument('[run]', RUN)
      .option('--top <count>', 'how many filters count as most salient', positive, 10)
      .action((dir, run, _, command) => sparseMistakes(dir, run, command.optsWithGlobals())),
  ];
  for (const command of commands) sparse.addCommand(command.copyInheritedSettings(sparse));
  return sparse;
}

/** With the options that all have. */
function reading(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<dir>', 'the folder of `misfire sparse`')
    .option('--layer <index>', 'another layer of the path, from 0', natural)
    .option('--groups <file>', "where the layer's classes are groups of the run's: a .npy file with the group of each class of the run")
    .option('--own <files>', "the network's own last layer, weights.npy,bias.npy of raw features, where features are arrays")
    .addOption(classesOption())
    .option('--model <file>', "the run's model, where it is no longer at its place")
    .option('--out <folder>', 'write a page and tables there; the folder may be new')
    .option('--json <file>', 'write every number to a JSON file; - for standard output, and nothing else there')
    .option('--seed <number>', 'of everything drawn at random', seedNumber, 0)
    .option('--batch <count>', 'pictures computed at once', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--quiet', 'no notices and no progress');
}
