/** `misfire run`: computes any graph of supported ops, and shows what the loader makes of a file. */
import { Command } from 'commander';
import { run } from '../run/run.js';
import { ADAPTER, backendOption, providerOption } from '../shared/common-options.js';
import { TRACE } from '../shared/trace.js';

export function runCommand(): Command {
  return new Command('run')
    .description('compute the graph of an ONNX file, which need not be a classifier')
    .argument('<model>', 'an ONNX file')
    .argument('[input...]', 'one file for each input of the graph, in its order: .npy, or .pb with an ONNX TensorProto')
    .option('--out <folder>', 'write each output there as NAME.npy')
    .option('--list', "show the file's inputs, outputs, ops and filters, and compute nothing")
    .option(...TRACE)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--quiet', 'no notices')
    .action(run);
}
