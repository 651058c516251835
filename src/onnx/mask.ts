/**
 * Where a filter's channel ends. Turning a filter off must silence its channel after the biases and the normalization that
 * follow the convolution, or the channel would be left at a constant; up to there every step is affine per channel. The
 * channel is followed while the graph is built, so that shapes are known: through transpositions, reshapes, casts and
 * whatever else keeps channels apart, to the last step that adds, multiplies or normalizes by numbers of each channel's own.
 */
import * as b from '../engine/builder.js';
import { strides, type Node, type Shape } from '../engine/graph.js';
import type { Call, Value } from './call.js';
import type { Channel, Role, Step, Tail } from './channel.js';
import { canEvaluate, evaluate } from './evaluate.js';
import type { OnnxModel } from './model.js';
import { withBranches, type OnnxNode } from './proto.js';

type Growing = { -readonly [K in keyof Tail]: Tail[K] } & { readonly steps: Step[] };

/** One element of input 0 is one of the output, or a mean or a maximum over a window of the same channel. */
const SAME_AXES = ['Identity', 'Dropout', 'Cast', 'CastLike', 'Neg', 'AveragePool', 'MaxPool', 'GlobalAveragePool', 'GlobalMaxPool', 'Pad',
  'Slice', 'Resize', 'Upsample'];
const RESHAPES = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];
const ARITHMETIC = ['Add', 'Sub', 'Mul', 'Div'];
const MIXING = ['LayerNormalization', 'GroupNormalization', 'MeanVarianceNormalization', 'LpNormalization'];
const NORMALIZING = ['BatchNormalization', 'InstanceNormalization', ...MIXING];

export class Tails {
  readonly byConv = new Map<OnnxNode, Growing>();
  private readonly readers = new Map<string, number>();

  constructor(model: OnnxModel) {
    for (const n of withBranches(model.nodes)) {
      if (n.op === 'Shape' || n.op === 'Size') continue;
      for (const i of n.inputs) this.readers.set(i, (this.readers.get(i) ?? 0) + 1);
      for (const branch of n.branches.values()) for (const o of branch.outputs) this.readers.set(o, Infinity);
    }
    for (const o of model.outputs) this.readers.set(o.name, Infinity);
  }

  /** The output's channels of a convolution that people call `name`; `mask` is [batch, filters, 1, ...], left out where there is none. */
  begin(call: Call, name: string, weight: Node, output: Node, mask?: Node): Channel {
    const [N, K, ...space] = output.shape;
    const root = b.input('[channels]', [N, K]);
    const tail: Growing = { conv: call.node, name, weight, bias: call.has(2) ? call.x(2) : undefined, root, steps: [],
      end: call.node.outputs[0] };
    this.byConv.set(call.node, tail);
    const roles: Role[] = ['batch', 'channel', ...space.map(() => 'other' as const)];
    return { tail, roles, mask: mask ?? b.reshape(root, [N, K, ...space.map(() => 1)]) };
  }

  /** The channels in the first output of a node, if they can be followed there. */
  follow(call: Call, output: Node): Channel | undefined {
    const { node, inputs } = call;
    const from = inputs.findIndex((v) => v?.channel);
    const others = inputs.filter((_, k) => k !== from);
    if (from < 0 || this.readers.get(node.inputs[from]) !== 1 || others.some((v) => v?.from === 'data')) return undefined;
    const { channel, node: x } = inputs[from]!;
    return new Follower(call, from, channel!, x, output).next();
  }
}

/** A node that reads a channel. */
class Follower {
  private readonly tail: Growing;

  constructor(private readonly call: Call, private readonly from: number, private readonly channel: Channel, private readonly x: Node,
    private readonly output: Node) {
    this.tail = channel.tail as Growing;
  }

  next(): Channel | undefined {
    const { call: { node }, from, channel, x, output } = this;
    const { op } = node;
    if (ARITHMETIC.includes(op)) return this.arithmetic();
    if (from !== 0) return undefined;
    if (NORMALIZING.includes(op)) return this.normalization();
    const { mask, roles, lost } = channel;
    if (SAME_AXES.includes(op)) return lost || this.keepsAxes() ? channel : undefined;
    if (lost) return RESHAPES.includes(op) || op === 'Transpose' ? channel : undefined;
    if (op === 'Transpose') {
      const order = this.call.ints('perm') ?? x.shape.map((_, k) => k).reverse();
      return { ...channel, roles: order.map((a) => roles[a]), mask: b.transpose(mask, order) };
    }
    if (RESHAPES.includes(op)) {
      const next = regroup(x.shape, output.shape, roles);
      return next ? { ...channel, roles: next, mask: b.reshape(mask, compact(output.shape, next)) } : { ...channel, lost: node };
    }
    return op === 'ReduceMean' || op === 'ReduceSum' ? this.reduction() : undefined;
  }

  /** Batches and channels as many as before, in the same order. */
  private keepsAxes(): boolean {
    const { call, channel: { roles }, x, output } = this;
    if (call.node.op === 'Slice' && call.intsFrom('steps', 4)?.some((s) => s < 0)) return false;
    if (call.node.op === 'Pad' &&
      (call.text('mode', 'constant') === 'constant' && (call.has(2) ? call.number(2) : call.float('value', 0)) !== 0)) {
      return false;
    }
    return roles.length === output.shape.length && roles.every((r, k) => r === 'other' || x.shape[k] === output.shape[k]);
  }

  private reduction(): Channel | undefined {
    const { call, channel, x } = this;
    const axes = call.intsFrom('axes', 1)?.map((a) => call.axis(a, x.shape.length));
    if (!axes?.length || axes.some((a) => channel.roles[a] !== 'other')) return undefined;
    if (call.int('keepdims', 1)) return channel;
    const rest = <T>(list: readonly T[]): T[] => list.filter((_, k) => !axes.includes(k));
    return { ...channel, roles: rest(channel.roles), mask: b.reshape(channel.mask, rest(channel.mask.shape)) };
  }

  private arithmetic(): Channel | undefined {
    const { call, from, channel, x, output } = this;
    const { op } = call.node;
    const operand = call.inputs[1 - from];
    if (!operand || (op === 'Div' && from === 1)) return undefined;
    if (channel.lost) return op === 'Add' || op === 'Sub' ? this.lose() : channel;
    const kind = output.shape.length === x.shape.length && output.shape.every((d, k) => d === x.shape[k])
      ? this.kindOf(operand)
      : 'other';
    if (kind === 'channel') return this.step([operand.node]);
    // A number common to all channels is no bias; what only scales leaves what is zero at zero.
    return kind === 'common' && (op === 'Mul' || op === 'Div') ? channel : undefined;
  }

  /** Whether an operand is a number for each channel, or one for all. */
  private kindOf({ node }: Value): 'channel' | 'common' | 'other' {
    const { call, from, channel: { roles }, x } = this;
    const own = call.opset < 7 && from === 0 && call.hasAttr('axis')
      ? [...node.shape, ...x.shape.slice(call.axis(call.int('axis', 0), x.shape.length) + node.shape.length).map(() => 1)]
      : node.shape;
    const full = [...x.shape.map(() => 1).slice(own.length), ...own];
    const kind = full.some((d, k) => d > 1 && roles[k] === 'channel') ? 'channel' : 'common';
    if (full.every((d, k) => d === 1 || roles[k] === 'channel')) return kind;
    if (!canEvaluate(node, call.building.known)) return 'other';
    const values = evaluate(node, call.building.known);
    const step = strides(full);
    // Where it is the same everywhere in a channel, the element at the channel's start stands for all.
    const start = (k: number): number =>
      full.reduce((at, d, a) => at + (roles[a] === 'channel' ? (Math.floor(k / step[a]) % d) * step[a] : 0), 0);
    return values.every((v, k) => v === values[start(k)]) ? kind : 'other';
  }

  private normalization(): Channel | undefined {
    const { call: { node, inputs }, channel: { roles, lost } } = this;
    const second = roles.every((r, k) => (k === 1 ? r === 'channel' : r !== 'channel'));
    if (lost || MIXING.includes(node.op) || !second) return this.lose();
    if (node.op === 'InstanceNormalization' && roles[0] !== 'batch') return this.lose();
    if (inputs[1]!.node.shape.length !== 1) return undefined;
    if (node.op === 'BatchNormalization') this.tail.batchNorm ??= { node, end: node.outputs[0] };
    return this.step([inputs[1]!.node, inputs[2]!.node]);
  }

  private step(operands: readonly Node[]): Channel {
    const { call: { node }, channel } = this;
    this.tail.steps.push({ node, operands, layout: channel.mask });
    this.tail.end = node.outputs[0];
    return channel;
  }

  private lose(): undefined {
    const { call: { node }, channel: { lost }, tail } = this;
    const why = lost && !MIXING.includes(node.op)
      ? `reads them after ${lost.op} "${lost.name}" has joined them with others`
      : 'mixes channels';
    tail.notice = `filters of "${tail.name}" that are off are zero before ${node.op} "${node.name}", which ${why}: what it adds ` +
      'stays on, and the other channels may change with them';
  }
}

const compact = (shape: Shape, roles: readonly Role[]): number[] => shape.map((d, k) => (roles[k] === 'other' ? 1 : d));

/** The axes after a reshape; null where batch or channel is joined with something else. */
function regroup(from: Shape, to: Shape, roles: readonly Role[]): Role[] | null {
  const next: Role[] = [];
  let i = 0;
  while (i < from.length || next.length < to.length) {
    let [a, z, size] = [from[i] ?? 1, to[next.length] ?? 1, 1];
    const [first, start] = [i++, next.length];
    while (a !== z) {
      if (a < z) a *= from[i++];
      else z *= to[start + size++];
    }
    const joined = new Set(roles.slice(first, i).filter((_, k) => from[first + k] > 1));
    if (joined.size > 1) return null;
    const role = [...joined][0] ?? roles[first] ?? 'other';
    for (let k = 0; k < size && next.length < to.length; k++) next.push(role);
  }
  return next;
}
