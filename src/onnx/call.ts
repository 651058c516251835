/** One ONNX node being turned into engine nodes: its inputs, attributes and opset, read with defaults and checked. */
import * as b from '../engine/builder.js';
import { size, type Node, type Shape } from '../engine/graph.js';
import type { Channel } from './channel.js';
import { evaluate, type Known } from './evaluate.js';
import type { OnnxNode } from './proto.js';
import { decodeTensor, toNumber } from './tensor.js';
import type { HostTensor, Numbers, ReadExternal } from './types.js';

/** What a tensor of the file has become. */
export interface Value {
  readonly node: Node;
  /** ONNX's element type. */
  readonly type: number;
  /** What it depends on: the data fed in, weights alone, or neither. */
  readonly from: 'data' | 'weight' | 'constant';
  /** Derived from the shape of data, so that it already follows the batch size in use. */
  readonly shaped: boolean;
  /** A convolution's channels, where the value keeps them apart. */
  readonly channel?: Channel;
}

/** Batch size in the file (null: free) and the one asked for. */
export interface Batch {
  readonly file: number | null;
  readonly want: number;
}

/** What handlers share while one graph is being built. */
export interface Building {
  readonly batch: Batch;
  readonly known: Known;
  readonly readExternal?: ReadExternal;
  /** A weight the graph may be run with other values of. */
  addWeight(name: string, values: Numbers, shape: Shape): Node;
  /** Called with every convolution; returns what its bias is to be added to (the output, masked where the caller wants that). */
  addConv(call: Call, weight: Node, output: Node<'conv'>, channels: Node): Node;
  /** The weight a convolution is to use: the call's own, or the same numbers as a weight in the order of filters. */
  convWeight(call: Call): Node;
}

/** Output nodes in the ONNX op's order; trailing ones may be left out. */
export type Handler = (c: Call) => Node | readonly Node[];

export class Call {
  /** Element type of the outputs: the first input's unless the handler says otherwise. */
  type: number;
  /** The outputs are known once the shapes are: they follow the batch, and depend on no data. */
  shapeOnly = false;
  /** The output is a weight that the file makes by a node (Constant, ConstantOfShape). */
  fromWeight = false;

  constructor(readonly node: OnnxNode, readonly inputs: readonly (Value | undefined)[], readonly building: Building) {
    this.type = inputs[0]?.type ?? 1;
  }

  get opset(): number {
    return this.node.opset;
  }

  fail(why: string): never {
    throw new Error(`${this.node.op} "${this.node.name}": ${why}`);
  }

  // ---- inputs ------------------------------------------------------------------------------------------------------

  has(k: number): boolean {
    return this.inputs[k] !== undefined;
  }
  value(k: number): Value {
    return this.inputs[k] ?? this.fail(`input ${k} is missing`);
  }
  x(k = 0): Node {
    return this.value(k).node;
  }
  shape(k = 0): Shape {
    return this.x(k).shape;
  }
  /** Every input present. */
  all(): Node[] {
    return this.inputs.map((_, k) => this.x(k));
  }
  /** The numbers of an input that must not depend on the data. */
  numbers(k: number): Numbers {
    const { node, from } = this.value(k);
    if (from === 'data') {
      this.fail(
        `input ${k} ("${this.node.inputs[k]}") depends on the data; it must be a constant, since shapes are fixed before the graph runs`
      );
    }
    return evaluate(node, this.building.known);
  }
  number(k: number): number {
    const v = this.numbers(k);
    if (v.length !== 1) this.fail(`input ${k} must be a single number, it has ${v.length}`);
    return v[0];
  }

  // ---- attributes --------------------------------------------------------------------------------------------------

  hasAttr(name: string): boolean {
    return this.node.attributes.has(name);
  }
  int(name: string, otherwise: number): number {
    const a = this.node.attributes.get(name);
    return a ? toNumber(a.i) : otherwise;
  }
  ints(name: string): number[] | undefined {
    return this.node.attributes.get(name)?.ints?.map(toNumber);
  }
  float(name: string, otherwise: number): number {
    return this.node.attributes.get(name)?.f ?? otherwise;
  }
  floats(name: string): number[] | undefined {
    return this.node.attributes.get(name)?.floats ?? undefined;
  }
  text(name: string, otherwise: string): string {
    const s = this.node.attributes.get(name)?.s;
    return s ? new TextDecoder().decode(s) : otherwise;
  }
  tensor(name: string): HostTensor | undefined {
    const t = this.node.attributes.get(name)?.t;
    return t ? decodeTensor(t, `${this.node.op} "${this.node.name}"`, this.building.readExternal) : undefined;
  }

  /** Whole numbers that older opsets give as an attribute and newer ones as input k; undefined where absent. */
  intsFrom(name: string, k: number): number[] | undefined {
    return this.has(k) ? [...this.numbers(k)] : this.ints(name);
  }
  /** A dimension counted from the end where negative. */
  axis(a: number, rank: number): number {
    if (!(a >= -rank && a < rank)) this.fail(`axis ${a} is not one of ${rank} dimensions`);
    return a < 0 ? a + rank : a;
  }

  /** A node with these numbers. Scalars become constants of the code, the rest tables of numbers. */
  literal(data: Numbers | readonly number[], shape: Shape): Node {
    const node = size(shape) === 1 ? b.constant(data[0], shape) : b.literal(data as Float32Array | number[], shape);
    // float32 does not hold every whole number: the exact ones are kept for shape arithmetic.
    this.building.known.set(node, Float64Array.from(data));
    return node;
  }
  /** A table of numbers with one dimension, however short. */
  literalList(data: readonly number[]): Node {
    return b.literal(data);
  }
}
