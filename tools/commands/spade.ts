/** `misfire spade`: traces of single pictures, the weights that each of them needs of a network. */
import { Command, Option } from 'commander';
import { SOLVERS } from '../../src/spade/solve.js';
import { VIEW_PRESETS } from '../../src/spade/views.js';
import { ADAPTER, classesOption, MODEL, OUTPUT, PREPROCESS } from '../shared/common-options.js';
import { natural, positive } from '../shared/option-values.js';
import { METHODS } from '../../src/attribution/methods.js';
import { GRID } from '../../src/spade/tune.js';
import { dampingShare, gridOf } from '../spade/options.js';
import { spadeTune } from '../spade/tune.js';
import { spade } from '../spade/spade.js';
import { spadeEvaluateCommand } from './spade-evaluate.js';

/** Options of traces and of their tuning. */
const common = (command: Command, views: number): Command =>
  command
    .option(...MODEL)
    .option(...OUTPUT)
    .addOption(classesOption())
    .option(...PREPROCESS)
    .option('--views <count>', 'augmented views of each picture that its trace is fitted on', positive, views)
    .addOption(new Option('--view-preset <name>', "the paper's views, or gentler ones, which more often keep the network's answer")
      .choices(Object.keys(VIEW_PRESETS)).default('paper'))
    .option('--seed <number>', 'of the views, and of the split of a tuning', natural, 0)
    .addOption(new Option('--solver <name>', "FastSPADE, exact OBC, or FastSPADE with the released code's counts").choices([...SOLVERS])
      .default('fast'))
    .option('--damping <share>', "of the Hessian's mean diagonal, added to it; 0.01, or 1e-6 for exact OBC", dampingShare)
    .option('--batch <count>', 'views computed at once', positive)
    .option(...ADAPTER)
    .option('--quiet', 'no notices');

function tuneCommand(): Command {
  const command = new Command('tune')
    .description('find sparsities by stage on pictures of a split of its own, whose traces agree with the network')
    .argument('<data...>', 'a data set as `misfire profile` takes it')
    .option('--out <file>', 'the JSON file with the sparsities, the split and the scores, which --sparsity takes')
    .option('--pictures <count>', 'samples drawn from the data, to tune on', positive, 16)
    .addOption(
      new Option('--objective <what>', 'insertion on the dense network, or pixel AUC against --masks').choices(['insertion', 'auc'])
        .default('insertion')
    )
    .option('--masks <file>', 'where the cause is known: [samples, height, width] ones and zeros, .npy')
    .addOption(new Option('--method <name>', 'the map that is to become better').choices(METHODS.map((m) => m.name)).default('saliency'))
    .option('--agreement <share>', "least share of traces that name the network's class", dampingShare, 0.9)
    .option('--grid <list>', 'sparsities to choose from, with commas between', gridOf, GRID)
    .option('--rounds <count>', 'of the search over all stages', natural, 2);
  return common(command, 64).action(spadeTune);
}

export function spadeCommand(): Command {
  const command = new Command('spade')
    .description('prune a network for one picture at a time, before it is explained (SPADE)')
    .argument('[image...]', 'JPEG, PNG or WebP pictures, or arrays that are already prepared: .npy, .npz, or FILE.npz:KEY')
    .option('--out <folder>', 'write the traces there; the same command goes on with what is missing in it')
    .option('--views-file <file>', 'prepared views of the one picture instead, [N,channels,height,width]: .npy')
    .option('--sparsity <what>',
      'share of weights to prune: one for all layers but the first, or a JSON file {"layer4.*": 0.95, "fc": 0.8}; '
        + "by default ResNet-50's table, or the last stage and fully connected layers (docs/spade.md)")
    .option('--save-onnx', 'write each trace as an ONNX file, too')
    .option('--case <folder>', 'a folder with case.json, inputs.npy and views_K.npy, whose numbers go to --out for comparison');
  return common(command, 256).addCommand(tuneCommand()).addCommand(spadeEvaluateCommand()).action(spade);
}
