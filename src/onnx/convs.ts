/** The convolutions of a graph being built: numbered filters, and the masks that turn their channels off. */
import * as b from '../engine/layers.js';
import type { ConvUse, Layer, MaskMode } from '../engine/convolutions.js';
import type { Node, Shape } from '../engine/graph.js';
import { layerName, namedLayers } from '../data/layer-names.js';
import type { Call } from './call.js';
import type { Channel, Tail } from './channel.js';
import type { Known } from './evaluate.js';
import { Tails } from './mask.js';
import type { OnnxModel } from './model.js';
import { withBranches, type OnnxNode } from './proto.js';
import { canFollowBack, ownWeight } from './trace.js';

/** A use of a convolution's weight by the node of this name; 1-D and 3-D ones are the 2-D one they are computed by. */
export interface NodeUse extends ConvUse {
  readonly node: string;
}

/** A convolution's filters. One whose weight is used again counts once. */
export interface ConvLayer extends Layer, NodeUse {
  readonly weightNode: Node;
  /** Further uses of the same weight. */
  readonly others: readonly NodeUse[];
}

/** A weight of the file whose elements are to stand in another order: the file's element at each place. */
export interface Reordered {
  readonly name: string;
  readonly order: Int32Array;
  readonly shape: Shape;
}

type Growing = Omit<ConvLayer, 'name'> & { readonly others: NodeUse[] };

export class Convolutions {
  /** Number of the filters of all layers so far. */
  filters = 0;
  private readonly byWeight = new Map<Node, Growing>();
  private readonly ends = new Map<string, Tail>();
  private readonly normalized: ReadonlySet<OnnxNode>;
  private readonly channels = new Map<OnnxNode, Channel>();
  private readonly following: Tails;
  private readonly none = new Set<OnnxNode>();
  private readonly reordered = new Map<string, Node>();
  private readonly computed = new Map<Node, Node<'input'>>();

  /** `mask` is [N, filters], if channels are to be turned off; `tails`, found in the same graph without one, say where. */
  constructor(private readonly model: OnnxModel, private readonly mask?: Node, mode: MaskMode = 'channel', tails: readonly Tail[] = []) {
    this.following = new Tails(model);
    const byNorm = (tail: Tail): boolean => mode === 'paper' && tail.batchNorm !== undefined;
    for (const tail of tails) this.ends.set(byNorm(tail) ? tail.batchNorm!.end : tail.end, tail);
    this.normalized = new Set(tails.filter(byNorm).map((t) => t.conv));
  }

  /** Names of the convolutions whose filters have no weights of their own. */
  get without(): string[] {
    return [...this.none].map((n) => layerName({ node: n.name, weight: n.inputs[1] }));
  }

  /** Where the channels of each convolution that has filters end. */
  get tails(): Tail[] {
    return [...this.following.byConv.values()];
  }

  get layers(): ConvLayer[] {
    return namedLayers([...this.byWeight.values()]);
  }

  /** The weight that a convolution is to use; `reorder` makes one of the same numbers, filter after filter. */
  weight(call: Call, known: Known, reorder: (own: Reordered) => Node): Node {
    const { node, from } = call.value(1);
    if (from === 'data' || node.op === 'input') {
      if (node.op === 'input' && isFixed(node, call, known)) this.none.add(call.node);
      return node;
    }
    const own = ownWeight(node, known);
    if (own === null) this.none.add(call.node);
    if (!own) return node;
    const { filters, order } = own;
    if (order) {
      const { name } = own.node.attrs;
      const again = this.reordered.get(name);
      if (again) return again;
      if (!this.readAlone(call.node.inputs[1], name)) return node;
      const made = reorder({ name, order, shape: node.shape });
      this.reordered.set(name, made);
      return made;
    }
    if (canFollowBack(node) && filters.every((k, i) => i === 0 || k >= filters[i - 1])) this.computed.set(node, own.node);
    return node;
  }

  /** `channels` is the output in its ONNX shape; answers with what the bias is to be added to. */
  add(call: Call, weight: Node, output: Node<'conv'>, channels: Node): Node {
    // A weight that is computed from the data, or stretched over channels, has no filters of its own.
    if (call.value(1).from === 'data' || this.none.has(call.node)) return channels;
    const layer = this.register(weight, call.node.inputs[1], call.node.name, output);
    const name = layerName(layer);
    if (!this.mask) {
      this.channels.set(call.node, this.following.begin(call, name, weight, channels));
      return channels;
    }
    const { shape } = this.mask;
    if (shape.length !== 2 || shape[0] !== channels.shape[0] || shape[1] < this.filters) {
      throw new Error(`the channel mask [${shape}] must be [${channels.shape[0]}, number of filters]`);
    }
    const mask = sliceMask(this.mask, layer.offset, layer.filters, channels.shape.length);
    this.channels.set(call.node, this.following.begin(call, name, weight, channels, mask));
    return this.normalized.has(call.node) ? b.mul(channels, mask) : channels;
  }

  /** The channels in a node's first output: a convolution's own, or those that it hands on. */
  follow(call: Call, output: Node): Channel | undefined {
    return this.channels.get(call.node) ?? this.following.follow(call, output);
  }

  /** The tensor of this name, turned off where it is the end of a convolution's tail; `beta` looks up a batch norm's shift. */
  masked(name: string, y: Node, channel: Channel | undefined, beta: (batchNorm: OnnxNode) => Node): Node {
    const tail = this.mask && channel && this.ends.get(name);
    if (!tail) return y;
    const { mask } = channel;
    if (!this.normalized.has(tail.conv)) return b.mul(y, mask);
    return b.sub(y, b.mul(b.perChannel(beta(tail.batchNorm!.node), y), b.sub(b.constant(1), mask)));
  }

  /** Whether a tensor of the file is read only on the way to another. */
  private readAlone(end: string, start: string): boolean {
    const nodes = withBranches(this.model.nodes);
    for (let at = end;;) {
      if (nodes.filter((n) => n.inputs.includes(at)).length !== 1 || this.model.outputs.some((o) => o.name === at)) return false;
      if (at === start) return true;
      const maker = nodes.find((n) => n.outputs.includes(at));
      if (!maker) return false;
      [at] = maker.inputs;
    }
  }

  private register(weightNode: Node, tensor: string, node: string, output: Node<'conv'>): Growing {
    const known = this.byWeight.get(weightNode);
    const weight = known?.weight ?? this.computed.get(weightNode)?.attrs.name ??
      (weightNode.op === 'input' ? (weightNode as Node<'input'>).attrs.name : tensor);
    const from = this.computed.get(weightNode);
    const use: NodeUse = { node, weight, input: output.inputs[0], output, ...(from && { computed: { from, value: weightNode } }) };
    if (known) {
      known.others.push(use);
      return known;
    }
    const [filters] = weightNode.shape;
    const layer: Growing = { ...use, weightNode, filters, offset: this.filters, others: [] };
    this.byWeight.set(weightNode, layer);
    this.filters += filters;
    return layer;
  }
}

/** A kernel for each channel, and all of them the same to the last bit: nobody has trained it. */
function isFixed(weight: Node, call: Call, known: Known): boolean {
  const values = known.get(weight);
  const [K] = weight.shape;
  if (!values || K < 2 || call.int('group', 1) !== K || weight.shape[1] !== 1) return false;
  const each = values.length / K;
  return each > 1 && values.every((v, k) => v === values[k % each]) && values.some((v) => v !== values[0]);
}

/** One layer's part of the mask as [N,K,1,1]: reshaped first, so that what is left is a view. */
function sliceMask(mask: Node, offset: number, filters: number, rank: number): Node {
  const ones = new Array<number>(rank - 2).fill(1);
  const [N, F] = mask.shape;
  return b.slice(b.reshape(mask, [N, F, ...ones]), {
    starts: [0, offset, ...ones.map(() => 0)],
    steps: new Array<number>(rank).fill(1),
    sizes: [N, filters, ...ones],
  });
}
