/** An ONNX model to a graph of engine nodes, for one batch size. */
import * as b from '../engine/builder.js';
import type { MaskOptions } from '../engine/convolutions.js';
import { topological, type Node, type Shape } from '../engine/graph.js';
import { Call, type Batch, type Building, type Value } from './call.js';
import type { Tail } from './channel.js';
import { Convolutions, type ConvLayer, type Reordered } from './convs.js';
import { canEvaluate, evaluate, type Known } from './evaluate.js';
import { findLogits } from './logits.js';
import type { OnnxModel } from './model.js';
import { HANDLERS } from './ops.js';
import type { OnnxNode } from './proto.js';
import { checkFinite } from './tensor.js';
import { isFloat, type Numbers } from './types.js';

export interface ImportedWeight {
  readonly node: Node;
  readonly data: Float32Array;
  readonly shape: Shape;
  /** Where the file has the values in another order: the file's element at each place. */
  readonly order?: Int32Array;
}

export interface ImportedGraph {
  readonly inputs: readonly { readonly name: string; readonly node: Node; readonly shape: Shape; readonly type: number }[];
  readonly outputs: readonly { readonly name: string; readonly node: Node }[];
  /** What a softmax at the end is applied to; the first output where there is none. */
  readonly logits: Node;
  /** Whether there is one. */
  readonly softmax: boolean;
  /** What depends on the data, by the file's names. */
  readonly tensors: ReadonlyMap<string, Node>;
  readonly convs: readonly ConvLayer[];
  /** Filters of all convolutions. */
  readonly filters: number;
  /** Where the channels of each use of a convolution end. */
  readonly tails: readonly Tail[];
  /** Convolutions that are left out, since their filters have no weights of their own. */
  readonly without: readonly string[];
  /** Every weight the outputs depend on, with the file's values. */
  readonly weights: ReadonlyMap<string, ImportedWeight>;
}

/** `channelMask` is [batch, filters] of 1 (on) and 0 (off), per sample. */
export interface ImportOptions extends MaskOptions {
  /** Samples per run; the file's own batch size, or 1, where not given. */
  readonly batch?: number;
  /** Shapes of inputs by name, for those the file leaves open or to replace the file's. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** The first input is [N,H,W,C] in the file; the graph takes [N,C,H,W] and turns it over. `shapes` are the file's all the same. */
  readonly channelsLast?: boolean;
}

/** From [N,H,W,C] to [N,C,H,W], and back. */
const CHANNELS_FIRST = [0, 3, 1, 2], CHANNELS_LAST = [0, 2, 3, 1];

/**
 * Builds the graph; nothing is computed but what its layout depends on. Throws one sentence naming the node where shapes do not fit,
 * an input's shape is open and not given, or the file cannot run in batches.
 */
export function importGraph(model: OnnxModel, options: ImportOptions = {}): ImportedGraph {
  return new Importer(model, options).run();
}

/** Changed weights, whole, with their elements as the file has them. */
export function inFileOrder(changes: ReadonlyMap<string, Float32Array>,
  weights: ReadonlyMap<string, Pick<ImportedWeight, 'order'>>): Map<string, Float32Array> {
  return new Map([...changes].map(([name, values]) => {
    const order = weights.get(name)?.order;
    if (!order) return [name, values];
    const out = new Float32Array(values.length);
    order.forEach((at, k) => {
      out[at] = values[k];
    });
    return [name, out];
  }));
}

class Importer {
  private readonly values = new Map<string, Value>();
  private readonly known: Known = new WeakMap();
  private readonly weights = new Map<string, ImportedWeight>();
  private readonly convs: Convolutions;
  private readonly batch: Batch;
  private readonly building: Building;

  constructor(private readonly model: OnnxModel, private readonly options: ImportOptions) {
    const { channelMask, maskMode, ...plain } = options;
    const tails = channelMask && new Importer(model, plain).run().tails;
    this.convs = new Convolutions(model, channelMask, maskMode, tails);
    const given = options.shapes?.[model.inputs[0]?.name ?? '']?.[0];
    this.batch = { file: model.batch, want: options.batch ?? given ?? model.batch ?? 1 };
    this.building = {
      batch: this.batch,
      known: this.known,
      readExternal: model.readExternal,
      addWeight: (name, data, shape) => this.addWeight(name, data, shape),
      addConv: (call, weight, output, channels) => this.convs.add(call, weight, output, channels),
      convWeight: (call) => this.convs.weight(call, this.known, (own) => this.reorder(own)),
    };
  }

  run(): ImportedGraph {
    const { model } = this;
    const inputs = model.inputs.map(({ name, type }, k) => {
      const turned = k === 0 && this.options.channelsLast;
      const own = this.inputShape(name);
      const shape = turned ? CHANNELS_FIRST.map((d) => own[d]) : own;
      const node = b.input(name, shape);
      this.values.set(name, { node: turned ? b.transpose(node, CHANNELS_LAST) : node, type, from: 'data', shaped: false });
      return { name, node, shape, type };
    });
    for (const node of model.nodes) this.build(node);
    const outputs = model.outputs.map(({ name }) => ({ name, node: this.lookup(name, "the graph's output").node }));
    const [{ node: first }] = outputs;
    const { batch, channelMask } = this.options;
    if (batch !== undefined && first.shape[0] !== batch) {
      throw new Error(
        `${model.name} cannot run with a batch of ${batch}: its output has the shape [${first.shape}], which does not keep samples apart`
      );
    }
    const { filters } = this.convs;
    if (channelMask && channelMask.shape[1] !== filters) {
      throw new Error(`the channel mask [${channelMask.shape}] does not fit the ${filters} filters of ${model.name}`);
    }
    const { logits, softmax } = findLogits(model, this.values, this.building);
    const reached = new Set(topological([logits, ...outputs.map((o) => o.node)]));
    return {
      inputs,
      outputs,
      logits,
      softmax,
      tensors: new Map([...this.values].filter(([, v]) => v.from === 'data').map(([name, v]) => [name, v.node])),
      convs: this.convs.layers,
      filters,
      tails: this.convs.tails,
      without: this.convs.without,
      weights: new Map([...this.weights].filter(([, w]) => reached.has(w.node))),
    };
  }

  private inputShape(name: string): number[] {
    const { dims } = this.model.inputs.find((i) => i.name === name)!;
    const given = this.options.shapes?.[name];
    if (given) {
      if (dims && dims.length !== given.length) {
        throw new Error(`input "${name}" of ${this.model.name} has ${dims.length} dimensions; the shape [${given}] was given`);
      }
      return [...given];
    }
    if (!dims) throw new Error(`input "${name}" of ${this.model.name} has no shape in the file: give one`);
    const head = this.model.inputs[0].dims?.[0];
    return dims.map((d, k) => {
      // The batch: the first extent of the first input, and of every input that shares it.
      if (k === 0 && d === head) return this.batch.want;
      if (typeof d === 'string') {
        throw new Error(`input "${name}" of ${this.model.name} leaves dimension ${k}${d && ` ("${d}")`} open: give its shape`);
      }
      return d;
    });
  }

  private build(node: OnnxNode): void {
    if (node.op === 'If') return this.choose(node);
    const inputs = node.inputs.map((i) => (i === '' ? undefined : this.lookup(i, `${node.op} "${node.name}"`)));
    const call = new Call(node, inputs, this.building);
    let built: Node | readonly Node[];
    try {
      built = HANDLERS.get(node.op)!(call);
    } catch (e) {
      const { message } = e as Error;
      const where = `${node.op} "${node.name}": `;
      throw new Error(`${this.model.name}: ${message.startsWith(where) ? '' : where}${message}`);
    }
    const shaped = (call.shapeOnly && inputs[0]?.from === 'data') || inputs.some((v) => v?.shaped);
    const most = (['data', 'weight'] as const).find((f) => inputs.some((v) => v?.from === f)) ?? 'constant';
    const from = call.fromWeight ? 'weight' : call.shapeOnly ? 'constant' : most;
    const beta = (batchNorm: OnnxNode): Node => this.lookup(batchNorm.inputs[2], batchNorm.name).node;
    [built].flat().forEach((result: Node, k) => {
      const name = node.outputs[k];
      if (!name) return;
      const channel = k === 0 && from === 'data' ? this.convs.follow(call, result) : undefined;
      const settled = from === 'constant' ? this.settle(call, result) : this.convs.masked(name, result, channel, beta);
      this.values.set(name, { node: settled, type: call.type, from, shaped, channel });
    });
  }

  /** If: exporters write it where a rank was unknown to them; here every shape is known and one branch is taken for good. */
  private choose(node: OnnxNode): void {
    const condition = this.lookup(node.inputs[0], `If "${node.name}"`);
    const call = new Call(node, [condition], this.building);
    const branch = node.branches.get(call.number(0) === 0 ? 'else_branch' : 'then_branch') ?? call.fail('a branch is missing');
    for (const inner of branch.nodes) this.build(inner);
    node.outputs.forEach((name, k) => this.values.set(name, this.lookup(branch.outputs[k], `If "${node.name}"`)));
  }

  /** What depends on neither data nor weights is computed now. */
  private settle(call: Call, node: Node): Node {
    if (node.op === 'constant' || node.op === 'literal' || !canEvaluate(node, this.known)) return node;
    return call.literal(evaluate(node, this.known), node.shape);
  }

  /** A tensor read by a node: made before, or one of the file's initial values. */
  private lookup(name: string, reader: string): Value {
    const made = this.values.get(name);
    if (made) return made;
    const tensor = this.model.initializers.get(name);
    if (!tensor) throw new Error(`${this.model.name}: ${reader} reads "${name}", which nothing before it gives`);
    const { type, shape, data } = tensor;
    const weight = isFloat(type) && shape.length > 0;
    const constant = (): Node => (shape.length === 0 ? b.constant(data[0]) : b.literal(data as Float32Array, shape));
    const node = weight ? this.addWeight(name, data, shape) : constant();
    this.known.set(node, data);
    const value: Value = { node, type, from: weight ? 'weight' : 'constant', shaped: false };
    this.values.set(name, value);
    return value;
  }

  /** A weight as [K, ...], filter after filter, where the file has it in another order and nothing else reads it. */
  private reorder({ name, order, shape }: Reordered): Node {
    const { data } = this.weights.get(name)!;
    const node = this.addWeight(name, Float32Array.from(order, (k) => data[k]), shape);
    this.weights.set(name, { ...this.weights.get(name)!, order });
    return node;
  }

  private addWeight(name: string, values: Numbers, shape: Shape): Node {
    const node = b.weight(name, shape);
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    if (data !== values) checkFinite(data, `weight "${name}" of ${this.model.name}, as float32,`);
    this.weights.set(name, { node, data, shape });
    this.known.set(node, values);
    return node;
  }
}
