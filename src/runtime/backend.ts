/**
 * onnxruntime as what computes the engine's graphs: each is written as an ONNX model and opened as a session. On the processor this
 * is many times faster than a software adapter of WebGPU.
 */
import { availableParallelism, freemem } from 'node:os';
import { OutOfMemory, type AdapterDescription } from '../engine/device.js';
import { size, topological, type Node } from '../engine/graph.js';
import type { Backend, Compiled, CompileOptions, Outputs, WeightPatch, WeightValues } from '../engine/run/backend.js';
import { GraphEmission, graphOf } from '../onnx/emit/emit.js';
import type { Port } from '../onnx/emit/graph.js';
import { encodeModel, LARGEST_WEIGHTS, weightBytes } from '../onnx/emit/encode.js';
import { FLOAT } from '../onnx/types.js';
import { Lanes, type HeldInput, type LaneSession } from './lanes.js';
import { findOnnxruntime, INSTALL, type Provider, type RuntimeOptions } from './onnxruntime.js';

/** Bytes of a graph's large tensors beyond which more rows at once gain nothing on a processor: caches are smaller. */
const AT_HAND = 2 ** 29;

const MAKER = { producer: 'misfire', version: '' };

export class RuntimeBackend implements Backend {
  readonly memory: number;
  readonly atHand: number;
  readonly lanes: number;
  private readonly threads: number;
  private readonly workers: Lanes;
  /** By the weights they are of, those that programs were compiled with as changing. */
  private readonly changing = new WeakMap<WeightValues, Map<string, Held>>();
  private holds = 0;

  private constructor(readonly adapter: AdapterDescription, private readonly options: RuntimeOptions) {
    const processor = adapter.software;
    this.memory = processor ? Math.floor(0.75 * (process.availableMemory?.() ?? freemem())) : Infinity;
    this.atHand = processor ? AT_HAND : Infinity;
    this.threads = options.threads ?? availableParallelism();
    this.lanes = processor ? this.threads : 1;
    this.workers = new Lanes(this.lanes);
  }

  /** Throws a sentence where onnxruntime is not installed. */
  static async open(options: RuntimeOptions = {}): Promise<RuntimeBackend> {
    const ort = await findOnnxruntime();
    if (!ort) throw new Error(`onnxruntime-node is not installed: ${INSTALL}`);
    const provider: Provider = options.provider ?? 'cpu';
    const description = `onnxruntime ${ort.env.versions?.node ?? ''} (${provider})`;
    return new RuntimeBackend({ vendor: 'onnxruntime', architecture: provider, description, software: provider === 'cpu' }, options);
  }

  async compile(outputs: Outputs, weights: WeightValues,
    { memory = Infinity, rows, lanes = 1, changing = new Set() }: CompileOptions = {}): Promise<Compiled> {
    const bytes = bytesOf(outputs);
    if (bytes > memory) throw new OutOfMemory(`${rows} rows take ${bytes} bytes; ${memory} are free for it`);
    const { model, inputs, apart } = modelOf(outputs, weights, changing);
    const threads = Math.max(1, Math.floor(this.threads / lanes));
    const held = apart.map(({ name, shape }): HeldInput => ({ name, shape, ...this.hold(name, weights) }));
    const session = await this.workers.open(model, { ...this.options, threads }, lanes, held);
    return new RuntimeProgram(session, lanes === 1, inputs,
      Object.entries(outputs).map(([name, { shape }]) => ({ name, shape, type: FLOAT })));
  }

  patch(patches: readonly WeightPatch[], weights: WeightValues): void {
    this.workers.patch(patches.map(({ weight, offset, values }) => {
      const held = this.hold(weight, weights);
      held.values.set(values, offset);
      return { weight: held.key, offset, values };
    }));
  }

  room(one: Outputs, memory: number): number {
    return memory / bytesOf(one);
  }

  destroy(): void {
    this.workers.end();
  }

  private hold(name: string, weights: WeightValues): Held {
    let own = this.changing.get(weights);
    if (!own) this.changing.set(weights, own = new Map());
    let held = own.get(name);
    if (!held) {
      const given = weights.get(name)!;
      const values = new Float32Array(new SharedArrayBuffer(given.byteLength));
      values.set(given);
      own.set(name, held = { key: `${this.holds++} ${name}`, values });
    }
    return held;
  }
}

/** A changing weight as it is at the moment, in shared memory, so that every lane can copy it; `key` is its name there. */
interface Held {
  readonly key: string;
  readonly values: Float32Array;
}

class RuntimeProgram implements Compiled {
  /** Inputs that the lane has been given, where there is one alone: it keeps what they held. */
  private readonly given = new Set<string>();

  constructor(private readonly session: LaneSession, private readonly keeps: boolean, readonly inputs: readonly Port[],
    readonly outputs: readonly Port[]) {}

  async run(data: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    const feeds = this.inputs.flatMap(({ name, shape }) => {
      const values = data[name];
      if (!values && this.given.has(name)) return [];
      if (values?.length !== size(shape)) {
        throw new Error(`input '${name}' has shape [${shape}] (${size(shape)} values), got ${values?.length ?? 'none'}`);
      }
      if (this.keeps) this.given.add(name);
      return [[name, { data: values, shape }] as const];
    });
    const answer = await this.session.run(Object.fromEntries(feeds));
    return Object.fromEntries(this.outputs.map(({ name }) => [name, answer[name].data as Float32Array]));
  }

  destroy(): void {
    this.session.close();
  }
}

/** The graph as a model of fixed shapes, what its runs take, and the weights that it takes as inputs too. */
function modelOf(outputs: Outputs, weights: WeightValues,
  changing: ReadonlySet<string>): { model: Uint8Array; inputs: readonly Port[]; apart: readonly Port[] } {
  const sources = topological(Object.values(outputs)).filter((n): n is Node<'input'> => n.op === 'input');
  const data = sources.filter(({ attrs }) => attrs.role === 'data');
  const apart = portsOf(sources.filter(({ attrs: { role, name } }) => role === 'weight' && changing.has(name)));
  const e = new GraphEmission(data[0]?.attrs.name ?? '', weights);
  const inputs = portsOf(data);
  for (const name of [...inputs.map((p) => p.name), ...apart.map((p) => p.name), ...Object.keys(outputs)]) e.to.name(name);
  for (const { name, shape } of [...inputs, ...apart]) e.bind(name, { name, shape });
  const given = new Map(Object.entries(outputs).map(([name, node]) => [name, { value: e.emit(node) }]));
  const graph = graphOf(e.to, 'question', [...inputs, ...apart], given);
  const bytes = weightBytes(graph);
  if (bytes > LARGEST_WEIGHTS) {
    throw new Error(`the model has ${(bytes / 2 ** 30).toFixed(1)} GB of weights, more than onnxruntime takes at once: --backend webgpu`);
  }
  const read = new Set(graph.inputs.map((p) => p.name));
  return { model: encodeModel(graph, MAKER), inputs: inputs.filter((p) => read.has(p.name)), apart: apart.filter((p) => read.has(p.name)) };
}

/** Each input once. */
const portsOf = (
  nodes: readonly Node<'input'>[]
): Port[] => [...new Map(nodes.map(({ attrs: { name }, shape }) => [name, { name, shape, type: FLOAT }])).values()];

/** Bytes of what a graph's convolutions read and write: most of what it keeps. */
function bytesOf(outputs: Outputs): number {
  const large = new Set<Node>();
  for (const node of topological(Object.values(outputs))) {
    if (node.op.startsWith('conv') || node.op === 'filterSaliency') { for (const n of [node, node.inputs[0]]) large.add(n); }
  }
  return [...large].reduce((n, { shape }) => n + 4 * size(shape), 0);
}
