/** `misfire spade`: traces of single pictures, the weights that each of them needs of a network. */
import { Command, Option } from 'commander';
import { SOLVERS } from '../../src/spade/solve.js';
import { VIEW_PRESETS } from '../../src/spade/views.js';
import { ADAPTER, MODEL, OUTPUT, PREPROCESS } from '../shared/common-options.js';
import { natural, positive } from '../shared/option-values.js';
import { dampingShare } from '../spade/options.js';
import { spade } from '../spade/spade.js';
import { spadeEvaluateCommand } from './spade-evaluate.js';

export function spadeCommand(): Command {
  return new Command('spade')
    .description('prune a network for one picture at a time, before it is explained (SPADE)')
    .argument('[image...]', 'JPEG, PNG or WebP pictures, or arrays that are already prepared: .npy, .npz, or FILE.npz:KEY')
    .option(...MODEL)
    .option(...OUTPUT)
    .option('--out <folder>', 'write the traces there; the same command goes on with what is missing in it')
    .option('--classes <file>', 'names of the classes, line k for class k')
    .option(...PREPROCESS)
    .option('--views <count>', 'augmented views of each picture that its trace is fitted on', positive, 256)
    .addOption(new Option('--view-preset <name>', "the paper's views, or gentler ones, which more often keep the network's answer")
      .choices(Object.keys(VIEW_PRESETS)).default('paper'))
    .option('--views-file <file>', 'prepared views of the one picture instead, [N,channels,height,width]: .npy')
    .option('--seed <number>', 'of the views', natural, 0)
    .option('--sparsity <what>',
      'share of weights to prune: one for all layers but the first, or a JSON file {"layer4.*": 0.95, "fc": 0.8}; '
        + "by default ResNet-50's table, or the last stage and fully connected layers (docs/spade.md)")
    .addOption(new Option('--solver <name>', "FastSPADE, exact OBC, or FastSPADE with the released code's counts").choices([...SOLVERS])
      .default('fast'))
    .option('--damping <share>', "of the Hessian's mean diagonal, added to it; 0.01, or 1e-6 for exact OBC", dampingShare)
    .option('--save-onnx', 'write each trace as an ONNX file, too')
    .option('--case <folder>', 'a folder with case.json, inputs.npy and views_K.npy, whose numbers go to --out for comparison')
    .option('--batch <count>', 'views computed at once', positive)
    .option(...ADAPTER)
    .option('--quiet', 'no notices')
    .enablePositionalOptions()
    .addCommand(spadeEvaluateCommand())
    .action(spade);
}
