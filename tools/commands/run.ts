/** `misfire run`: computes any graph of supported ops, and shows what the loader makes of a file. */
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Command } from 'commander';
import { checkWritable, readBytes, writeFolderAtomic } from '../../src/files/files.js';
import { ndarray, type ArrayData } from '../../src/data/ndarray.js';
import { parseNpy, writeNpy } from '../../src/data/npy.js';
import { openDawnDevice } from '../../src/dawn.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../src/engine/run/program.js';
import { runOnHost } from '../../src/onnx/host.js';
import { importGraph } from '../../src/onnx/import.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { decodeTensorFile } from '../../src/onnx/tensor.js';
import * as types from '../../src/onnx/types.js';
import { announce } from '../shared/terminal.js';
import { describeModel } from '../run/list.js';
import { openModel } from '../shared/model-file.js';

interface Options {
  readonly out?: string;
  readonly list?: boolean;
  readonly adapter?: string;
  readonly quiet?: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .description('compute the graph of an ONNX file, which need not be a classifier')
    .argument('<model>', 'an ONNX file')
    .argument('[input...]', 'one file for each input of the graph, in its order: .npy, or .pb with an ONNX TensorProto')
    .option('--out <folder>', 'write each output there as NAME.npy')
    .option('--list', "show the file's inputs, outputs, ops and filters, and compute nothing")
    .option('--adapter <which>', "hardware, software, or part of an adapter's name")
    .option('--quiet', 'no notices')
    .action(run);
}

async function run(path: string, inputs: string[], options: Options): Promise<void> {
  if (!options.list && options.out === undefined) {
    throw new Error('say with --out FOLDER where the outputs go, or with --list that only the file is to be shown');
  }
  if (options.out !== undefined) await checkFolder(options.out);
  const { model } = await openModel(path);
  const given = inputs.length > 0 || !options.list ? await readInputs(model, inputs) : null;
  const shapes = given ? Object.fromEntries(model.inputs.map(({ name }, k) => [name, given[k].shape])) : undefined;
  if (options.list) {
    process.stdout.write(describeModel(model, shapes));
    return;
  }
  const outputs = await compute(model, given!, shapes!, options);
  await writeOutputs(options.out!, outputs);
}

// ---------------------------------------------------------------- inputs

interface HostTensor {
  readonly data: types.Numbers;
  readonly shape: readonly number[];
}

async function readInputs(model: OnnxModel, paths: readonly string[]): Promise<HostTensor[]> {
  const wanted = model.inputs.map(({ name }) => name);
  if (paths.length !== wanted.length) {
    throw new Error(
      `${model.name} has ${wanted.length} input${wanted.length === 1 ? '' : 's'}${
        wanted.length > 0 ? ` (${wanted.join(', ')})` : ''
      }, but ${paths.length} files were given`
    );
  }
  return Promise.all(paths.map(async (path, k) => {
    const tensor = await readTensor(path);
    const { name, dims } = model.inputs[k];
    // The first extent is the batch, which may be another than the file's.
    const off = dims &&
      (dims.length !== tensor.shape.length || dims.some((d, j) => j > 0 && typeof d === 'number' && d !== tensor.shape[j]));
    if (off) {
      throw new Error(
        `${path} has shape [${tensor.shape.join(', ')}], but input "${name}" of ${model.name} takes [${
          dims.map((d) => d || '?').join(', ')
        }]`
      );
    }
    return tensor;
  }));
}

async function readTensor(path: string): Promise<HostTensor> {
  const kind = extname(path).toLowerCase();
  if (kind !== '.npy' && kind !== '.pb') throw new Error(`${path} is neither a .npy file nor a .pb file with an ONNX TensorProto`);
  const bytes = await readBytes(path);
  const { data, shape } = kind === '.npy' ? parseNpy(bytes, path) : decodeTensorFile(bytes, path);
  return { data: data instanceof Float32Array ? data : Float64Array.from(data as ArrayLike<number>, Number), shape };
}

// ---------------------------------------------------------------- computing

interface Output {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly data: types.Numbers;
}

async function compute(model: OnnxModel, given: readonly HostTensor[], shapes: Record<string, readonly number[]>,
  options: Options): Promise<Output[]> {
  const graph = importGraph(model, { shapes });
  const named = (results: Readonly<Record<string, types.Numbers>>): Output[] =>
    graph.outputs.map(({ name, node }, k) => ({ name, type: model.outputs[k].type, shape: node.shape, data: results[name] }));
  const exact = runOnHost(graph, Object.fromEntries(model.inputs.map(({ name }, k) => [name, given[k].data])));
  if (exact) return named(exact);
  const device = await openDawnDevice({ adapter: options.adapter });
  try {
    if (!options.quiet) announce(device);
    const plan = planGraph(Object.fromEntries(graph.outputs.map(({ name, node }) => [name, node])), device.target);
    const weights = new WeightStore(device);
    for (const { name } of plan.weights) weights.set(name, graph.weights.get(name)!.data);
    const program = await Program.compile(plan, device, weights);
    const needed = new Set(plan.inputs.map(({ name }) => name));
    const feeds = Object.fromEntries(
      model.inputs.flatMap(({ name }, k) => (needed.has(name) ? [[name, Float32Array.from(given[k].data)]] : []))
    );
    return named(await program.run(feeds));
  } finally {
    device.destroy();
  }
}

// ---------------------------------------------------------------- outputs

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found && !found.isDirectory()) throw new Error(`Cannot write into ${folder}: it is a file, not a folder.`);
  await checkWritable(found ? join(folder, 'output.npy') : folder);
}

/** Each output in the type the file declares for it, so far as .npy files have it. */
async function writeOutputs(folder: string, outputs: readonly Output[]): Promise<void> {
  const files = new Map<string, Uint8Array>();
  for (const { name, type, shape, data } of outputs) {
    const path = join(folder, `${name.replace(/[^\w.-]+/g, '_')}.npy`);
    if (files.has(path)) throw new Error(`two outputs would both be written to ${path}`);
    files.set(path, writeNpy(ndarray(convert(data, type), shape)));
  }
  await writeFolderAtomic(folder, files);
}

function convert(data: types.Numbers, type: number): ArrayData {
  switch (type) {
    case types.DOUBLE:
      return Float64Array.from(data);
    case types.INT64:
      return BigInt64Array.from(data, (v) => BigInt(Math.round(v)));
    case types.INT32:
      return Int32Array.from(data);
    case types.BOOL:
    case types.UINT8:
      return Uint8Array.from(data);
    default:
      return Float32Array.from(data);
  }
}
