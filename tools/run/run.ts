/** `misfire run` at work: an ONNX file's graph computed exactly where it is of whole numbers, else on the GPU. */
import { asBackend } from '../../src/engine/run/backend.js';
import { checkFolderWritable } from '../../src/files/folder.js';
import { runOnHost } from '../../src/onnx/host.js';
import { importGraph } from '../../src/onnx/import.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import type { Numbers } from '../../src/onnx/types.js';
import { openModel } from '../shared/model-file.js';
import { announce, openComputer, type ComputerOptions } from '../shared/computer.js';
import { next } from '../shared/next.js';
import { readInputs, type HostTensor } from './inputs.js';
import { notice } from '../shared/terminal.js';
import { openTraced, tracedWeights, type Traced } from '../shared/trace.js';
import { describeModel } from './list.js';
import { writeOutputs, type Output } from './outputs.js';
import { UsageError } from '../shared/usage.js';

export interface RunOptions extends ComputerOptions {
  readonly out?: string;
  readonly list?: boolean;
  /** A trace whose weights stand in place of the file's. */
  readonly trace?: string;
  readonly quiet?: boolean;
}

export async function run(path: string, inputs: readonly string[], options: RunOptions): Promise<void> {
  if (!options.list && options.out === undefined) {
    throw new UsageError('say with --out FOLDER where the outputs go, or with --list that only the file is to be shown');
  }
  if (options.out !== undefined) await checkFolderWritable(options.out, 'output.npy');
  const { model, sha256 } = await openModel(path);
  const trace = options.trace === undefined ? null : await openTraced(options.trace, sha256, null);
  if (trace && !options.quiet) notice(`on ${trace.name}: ${trace.says}.`);
  const given = inputs.length > 0 || !options.list ? await readInputs(model, inputs) : null;
  const shapes = given ? Object.fromEntries(model.inputs.map(({ name }, k) => [name, given[k].shape])) : undefined;
  if (options.list) {
    process.stdout.write(describeModel(model, shapes));
    return next('a picture of yours explained', ['explain', 'PICTURE.jpg', '--model', path, '--label', 'predicted'], options);
  }
  const outputs = await compute(model, given!, shapes!, trace, options);
  await writeOutputs(options.out!, outputs);
  next('what the loader makes of the file', ['run', path, '--list'], options);
}

async function compute(model: OnnxModel, given: readonly HostTensor[], shapes: Record<string, readonly number[]>, trace: Traced | null,
  options: RunOptions): Promise<Output[]> {
  const graph = importGraph(model, { shapes });
  const named = (results: Readonly<Record<string, Numbers>>): Output[] =>
    graph.outputs.map(({ name, node }, k) => ({ name, type: model.outputs[k].type, shape: node.shape, data: results[name] }));
  const exact = runOnHost(graph, Object.fromEntries(model.inputs.map(({ name }, k) => [name, given[k].data])));
  if (exact) return named(exact);
  const computer = await openComputer(options);
  try {
    if (!options.quiet) announce(computer, options);
    const own = new Map([...graph.weights].map(([name, { data }]) => [name, data]));
    const weights = trace ? tracedWeights(own, trace) : own;
    const outputs = Object.fromEntries(graph.outputs.map(({ name, node }) => [name, node]));
    const program = await asBackend(computer).compile(outputs, weights);
    const needed = new Set(program.inputs.map(({ name }) => name));
    const feeds = Object.fromEntries(
      model.inputs.flatMap(({ name }, k) => (needed.has(name) ? [[name, Float32Array.from(given[k].data)]] : []))
    );
    return named(await program.run(feeds));
  } finally {
    computer.destroy();
  }
}
