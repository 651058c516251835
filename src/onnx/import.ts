/** An ONNX model to a graph of engine nodes, for one batch size. */
import * as b from '../engine/builder.js';
import { topological, type Node, type Shape } from '../engine/graph.js';
import type { ConvAttrs } from '../engine/ops/conv.js';
import { Call, type Batch, type Building, type Value } from './call.js';
import { canEvaluate, evaluate, type Known } from './evaluate.js';
import { findLogits } from './logits.js';
import { findTails, type Tail } from './mask.js';
import type { OnnxModel } from './model.js';
import { HANDLERS } from './ops.js';
import type { OnnxNode } from './proto.js';
import { isFloat } from './types.js';

/** One application of a convolution's weight. */
export interface ConvUse {
  /** The ONNX node's name. */
  readonly node: string;
  /** The convolution [N,K,OH,OW] alone, before bias, batch norm and mask (1-D and 3-D ones as the 2-D one they are computed by). */
  readonly output: Node<'conv'>;
  /** What it is applied to: [N,C,H,W]. */
  readonly input: Node;
  readonly attrs: ConvAttrs;
}

/** A convolution's filters. One whose weight is used again counts once. */
export interface ConvLayer extends ConvUse {
  /** Name of the weight tensor. */
  readonly weight: string;
  readonly weightNode: Node;
  readonly filters: number;
  /** Number of the first of its filters among all of the model's, in the order of convolution nodes in the file. */
  readonly offset: number;
  /** Further applications of the same weight. */
  readonly others: readonly ConvUse[];
}

export interface ImportedWeight { readonly node: Node; readonly data: Float32Array; readonly shape: Shape }

export interface ImportedGraph {
  readonly inputs: readonly { readonly name: string; readonly node: Node; readonly shape: Shape; readonly type: number }[];
  readonly outputs: readonly { readonly name: string; readonly node: Node }[];
  /** What a softmax at the end is applied to; the first output where there is none. */
  readonly logits: Node;
  readonly convs: readonly ConvLayer[];
  /** Filters of all convolutions. */
  readonly filters: number;
  /** Every weight the outputs depend on, with the file's values. */
  readonly weights: ReadonlyMap<string, ImportedWeight>;
}

export interface ImportOptions {
  /** Samples per run; the file's own batch size, or 1, where not given. */
  readonly batch?: number;
  /** Shapes of inputs by name, for those the file leaves open or to replace the file's. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** [batch, filters] of 1 (on) and 0 (off), per sample. */
  readonly channelMask?: Node;
  /**
   * 'channel' (default): the channel is multiplied by the mask where its batch norm or bias ends, exactly zero where off.
   * 'paper': weight and batch norm shift are multiplied, which leaves the channel at -scale * mean / sqrt(variance + epsilon).
   */
  readonly maskMode?: 'channel' | 'paper';
}

/**
 * Builds the graph; nothing is computed but what its layout depends on. Throws one sentence naming the node where shapes do not fit,
 * an input's shape is open and not given, or the file cannot run in batches.
 */
export function importGraph(model: OnnxModel, options: ImportOptions = {}): ImportedGraph {
  return new Importer(model, options).run();
}

type Layer = ConvLayer & { readonly others: ConvUse[] };

class Importer {
  private readonly values = new Map<string, Value>();
  private readonly known: Known = new WeakMap();
  private readonly weights = new Map<string, ImportedWeight>();
  private readonly layers = new Map<Node, Layer>();
  private readonly masks = new Map<OnnxNode, Node>();
  private readonly tails: ReadonlyMap<string, Tail>;
  private readonly batch: Batch;
  private readonly building: Building;
  private filters = 0;

  constructor(private readonly model: OnnxModel, private readonly options: ImportOptions) {
    this.tails = options.channelMask ? findTails(model) : new Map();
    const given = options.shapes?.[model.inputs[0]?.name ?? '']?.[0];
    this.batch = { file: model.batch, want: options.batch ?? given ?? model.batch ?? 1 };
    this.building = {
      opset: model.opset, batch: this.batch, known: this.known, readExternal: model.readExternal,
      addWeight: (name, data, shape) => this.addWeight(name, data, shape),
      addConv: (call, output, channels) => this.addConv(call, output, channels),
    };
  }

  run(): ImportedGraph {
    const { model } = this;
    const inputs = model.inputs.map(({ name, type }) => {
      const shape = this.inputShape(name);
      const node = b.input(name, shape);
      this.values.set(name, { node, type, from: 'data', shaped: false });
      return { name, node, shape, type };
    });
    for (const node of model.nodes) this.build(node);
    const outputs = model.outputs.map(({ name }) => ({ name, node: this.lookup(name, 'the graph\'s output').node }));
    const [{ node: first }] = outputs;
    if (this.options.batch !== undefined && first.shape[0] !== this.options.batch) {
      throw new Error(`${model.name} cannot run with a batch of ${this.options.batch}: its output has the shape [${first.shape}], which does not keep samples apart`);
    }
    if (this.options.channelMask && this.options.channelMask.shape[1] !== this.filters) {
      throw new Error(`the channel mask [${this.options.channelMask.shape}] does not fit the ${this.filters} filters of ${model.name}`);
    }
    const logits = findLogits(model, this.values, this.building);
    const reached = new Set(topological([logits, ...outputs.map((o) => o.node)]));
    return {
      inputs, outputs, logits, convs: [...this.layers.values()], filters: this.filters,
      weights: new Map([...this.weights].filter(([, w]) => reached.has(w.node))),
    };
  }

  private inputShape(name: string): number[] {
    const { dims } = this.model.inputs.find((i) => i.name === name)!;
    const given = this.options.shapes?.[name];
    if (given) {
      if (dims && dims.length !== given.length) throw new Error(`input "${name}" of ${this.model.name} has ${dims.length} dimensions; the shape [${given}] was given`);
      return [...given];
    }
    if (!dims) throw new Error(`input "${name}" of ${this.model.name} has no shape in the file: give one`);
    const head = this.model.inputs[0].dims?.[0];
    return dims.map((d, k) => {
      // The batch: the first extent of the first input, and of every input that shares it.
      if (k === 0 && d === head) return this.batch.want;
      if (typeof d === 'string') throw new Error(`input "${name}" of ${this.model.name} leaves dimension ${k}${d && ` ("${d}")`} open: give its shape`);
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
      throw new Error(`${this.model.name}: ${message.startsWith(`${node.op} "`) ? message : `${node.op} "${node.name}": ${message}`}`);
    }
    const shaped = (call.shapeOnly && inputs[0]?.from === 'data') || inputs.some((v) => v?.shaped);
    const from = call.fromWeight ? 'weight' : call.shapeOnly ? 'constant' : (['data', 'weight'] as const).find((f) => inputs.some((v) => v?.from === f)) ?? 'constant';
    [built].flat().forEach((result: Node, k) => {
      const name = node.outputs[k];
      if (!name) return;
      const settled = from === 'constant' ? this.settle(call, result) : this.masked(name, result);
      this.values.set(name, { node: settled, type: call.type, from, shaped });
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
    const node = weight ? this.addWeight(name, data as Float32Array, shape) : shape.length === 0 ? b.constant(data[0]) : b.literal(data as Float32Array, shape);
    this.known.set(node, data);
    const value: Value = { node, type, from: weight ? 'weight' : 'constant', shaped: false };
    this.values.set(name, value);
    return value;
  }

  private addWeight(name: string, data: Float32Array, shape: Shape): Node {
    const node = b.weight(name, shape);
    this.weights.set(name, { node, data, shape });
    this.known.set(node, data);
    return node;
  }

  // ---- convolutions and their masks --------------------------------------------------------------------------------

  private addConv(call: Call, output: Node<'conv'>, channels: Node): Node {
    const source = call.value(1);
    if (source.from === 'data') return channels;
    const weightNode = source.node;
    const use: ConvUse = { node: call.node.name, output, input: output.inputs[0], attrs: output.attrs };
    let layer = this.layers.get(weightNode);
    if (layer) {
      layer.others.push(use);
    } else {
      const [filters] = weightNode.shape;
      const weight = weightNode.op === 'input' ? (weightNode as Node<'input'>).attrs.name : call.node.inputs[1];
      layer = { ...use, weight, weightNode, filters, offset: this.filters, others: [] };
      this.layers.set(weightNode, layer);
      this.filters += filters;
    }
    const { channelMask, maskMode } = this.options;
    if (!channelMask) return channels;
    if (channelMask.shape.length !== 2 || channelMask.shape[0] !== channels.shape[0] || channelMask.shape[1] < this.filters) {
      throw new Error(`the channel mask [${channelMask.shape}] must be [${channels.shape[0]}, number of filters]`);
    }
    const mask = sliceMask(channelMask, layer.offset, layer.filters, channels.shape.length);
    this.masks.set(call.node, mask);
    const normalized = [...this.tails.values()].some((t) => t.conv === call.node && t.batchNorm);
    return maskMode === 'paper' && normalized ? b.mul(channels, mask) : channels;
  }

  /** The end of a convolution's tail is where its channels are turned off. */
  private masked(name: string, y: Node): Node {
    const tail = this.tails.get(name);
    const mask = tail && this.masks.get(tail.conv);
    if (!mask) return y;
    if (this.options.maskMode !== 'paper' || !tail.batchNorm) return b.mul(y, mask);
    const beta = b.perChannel(this.lookup(tail.batchNorm.inputs[2], tail.batchNorm.name).node, y);
    return b.sub(y, b.mul(beta, b.sub(b.constant(1), mask)));
  }
}

/** One layer's part of the mask as [N,K,1,1]: reshaped first, so that what is left is a view. */
function sliceMask(mask: Node, offset: number, filters: number, rank: number): Node {
  const ones = new Array<number>(rank - 2).fill(1);
  const [N, F] = mask.shape;
  return b.slice(b.reshape(mask, [N, F, ...ones]), {
    starts: [0, offset, ...ones.map(() => 0)], steps: new Array<number>(rank).fill(1), sizes: [N, filters, ...ones],
  });
}
