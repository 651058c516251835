/**
 * A graph to an ordered list of dispatches over a few buffers. A plan is data: it names kernels, tensors and buffers and
 * can be printed, counted and tested without a device.
 */
import { coordinateMap, executionOf, indexMap, throughAlias, throughPointwise, throughView, type Access } from './access.js';
import { fuse, resolve, type Fusion } from './fuse.js';
import { size, type Node, type Shape } from '../graph.js';
import { assign } from './memory.js';
import type { OpName } from '../ops.js';
import type { Kernel, Lowering, Target } from '../../kernels/kernel.js';
import { pointwiseKernel, type Pointwise, type Step } from '../../kernels/pointwise.js';
import type { PointwiseFn } from '../../kernels/functions.js';
import { TooManyBuffers } from '../../kernels/writer.js';

/** Where a tensor lies. */
export type Place =
  | { readonly kind: 'data'; readonly name: string }
  | { readonly kind: 'weight'; readonly name: string }
  | { readonly kind: 'literal'; readonly values: Float32Array }
  /** Shared by lifetime, or kept from the prologue. */
  | { readonly kind: 'buffer'; readonly index: number };

export interface Dispatch {
  readonly kernel: Kernel;
  /** The tensor of each of the kernel's bindings. */
  readonly places: readonly Place[];
  /** The op whose value it computes, for timings. */
  readonly op: OpName;
}

export interface PlannedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly place: Place;
}

export interface Plan {
  /** Depend on weights alone: run once after each change of a weight. */
  readonly prologue: readonly Dispatch[];
  readonly main: readonly Dispatch[];
  readonly inputs: readonly PlannedTensor[];
  readonly weights: readonly PlannedTensor[];
  readonly outputs: readonly PlannedTensor[];
  /** After each run the output is copied over the weight. */
  readonly updates: readonly { readonly weight: string; readonly output: PlannedTensor }[];
  /** Bytes of each buffer the plan owns. */
  readonly buffers: readonly number[];
  readonly target: Target;
}

export interface PlanOptions {
  /** New values of weights, written over them after each run: one step of training. */
  readonly updates?: ReadonlyMap<Node<'input'>, Node>;
}

/** Storage buffers a matrix kernel needs for itself: two factors, the result, one to spare for a split or a segment. */
const OWN_BUFFERS = 4;

/** Bytes of a plan's own buffers and of the inputs it is given; weights apart. */
export function memoryOf(plan: Plan): number {
  const inputs = plan.inputs.reduce((n, t) => n + 4 * size(t.shape), 0);
  return inputs + plan.buffers.reduce((a, b) => a + b, 0);
}

/**
 * Plans the named outputs. Throws where two inputs share a name with different shapes, an output has no elements, or an
 * update does not compute a value of its weight's size.
 */
export function planGraph(outputs: Readonly<Record<string, Node>>, target: Target, options: PlanOptions = {}): Plan {
  const updates = [...(options.updates ?? [])];
  const wanted = [...Object.values(outputs), ...updates.map(([, value]) => value)];
  for (const [name, node] of Object.entries(outputs)) {
    if (size(node.shape) === 0) throw new Error(`plan: output '${name}' has shape [${node.shape}] and no elements`);
  }
  for (const [w, value] of updates) {
    if (size(w.shape) !== size(value.shape)) {
      throw new Error(`plan: weight '${w.attrs.name}' has shape [${w.shape}], its new value [${value.shape}]`);
    }
    // Updates are copies, one after the other: a source could be another update's target.
    if (executionOf(resolve(value)).kind === 'source') {
      throw new Error(`plan: the new value of weight '${w.attrs.name}' is an input itself; compute it, if only by multiplying by 1`);
    }
  }
  for (let leaves = Math.max(2, target.maxBuffers - OWN_BUFFERS);; leaves--) {
    const fusion = fuse(wanted, leaves);
    const writer = new Writer(fusion, target);
    try {
      for (const node of fusion.order) if (fusion.stored.has(node)) writer.compute(node);
      return writer.finish(outputs, updates);
    } catch (error) {
      // Tensors in several segments take several buffers each: then fewer of them may meet in one kernel.
      if (!(error instanceof TooManyBuffers) || leaves <= 2) throw error;
    }
  }
}

/** A tensor while planning: lifetimes are counted in main dispatches. */
interface Tensor {
  readonly bytes: number;
  first: number;
  last: number;
  readonly kept: boolean;
  place?: Place;
}

class Writer {
  private readonly prologue: { kernel: Kernel; tensors: Tensor[]; op: OpName }[] = [];
  private readonly main: { kernel: Kernel; tensors: Tensor[]; op: OpName }[] = [];
  private readonly tensors = new Map<Node, Tensor>();
  private readonly owned: Tensor[] = [];
  private readonly fusedAway: Set<Node>;

  constructor(private readonly fusion: Fusion, private readonly target: Target) {
    this.fusedAway = new Set(fusion.fusedProducer.values());
  }

  compute(node: Node): void {
    const run = executionOf(node);
    if (run.kind === 'source') {
      this.tensors.set(node, { bytes: 4 * size(node.shape), first: 0, last: 0, kept: true, place: sourcePlace(node) });
    } else if (run.kind === 'pieces') this.concat(node as Node<'concat'>);
    else if (run.kind === 'kernels') {
      if (!this.fusedAway.has(node)) this.lower(node, node);
    } else this.elementwise(node);
  }

  private elementwise(node: Node): void {
    const producer = this.fusion.fusedProducer.get(node);
    if (producer) {
      try {
        return this.lower(producer, node, this.cone(node, node, producer));
      } catch (error) {
        if (!(error instanceof TooManyBuffers)) throw error;
        this.lower(producer, producer);
      }
    }
    const { work, loads } = this.cone(node, node);
    this.emit(node, [pointwiseKernel(this.target, node.op, work, size(node.shape))], loads, this.output(node));
  }

  /** Dispatches of a kernel node; `result` is the node whose value is written: itself, or the chain fused behind it. */
  private lower(node: Node, result: Node, cone?: Cone): void {
    const run = executionOf(node);
    if (run.kind !== 'kernels') throw new Error(`${node.op} has no kernels`);
    const lowering: Lowering = run.lower(this.target, node, cone?.work);
    const operands = new Map(cone?.loads);
    run.operands(node).forEach((name, k) => operands.set(name, this.tensorOf(node.inputs[k])));
    const stage = this.stage(result);
    for (const s of lowering.scratch) {
      operands.set(s.operand, this.own(4 * s.elements, stage === this.prologue));
    }
    this.emit(node, lowering.kernels, operands, this.output(result), stage);
  }

  private concat(node: Node<'concat'>): void {
    const out = this.output(node);
    const { axis } = node.attrs;
    const inner = size(node.shape.slice(axis + 1));
    let start = 0;
    for (const input of node.inputs) {
      const extent = input.shape[axis];
      const elements = size(input.shape);
      if (elements > 0) {
        const block = extent * inner;
        const terms = elements === block
          ? [{ div: 1, mod: 0, stride: 1 }]
          : [{ div: block, mod: 0, stride: node.shape[axis] * inner }, { div: 1, mod: block, stride: 1 }];
        const cone = this.cone(input);
        const kernel = pointwiseKernel(this.target, 'concat', cone.work, elements, { map: { offset: start * inner, terms },
          total: size(node.shape) });
        this.emit(node, [kernel], cone.loads, out);
      }
      start += extent;
    }
  }

  private emit(node: Node, kernels: readonly Kernel[], loads: ReadonlyMap<string, Tensor>, out: Tensor, stage = this.stage(node)): void {
    for (const kernel of kernels) {
      const tensors = kernel.bindings.map((b) => (b.operand === 'out' ? out : loads.get(b.operand)!));
      if (stage === this.main) {
        for (const t of tensors) {
          t.first = Math.min(t.first, stage.length);
          t.last = Math.max(t.last, stage.length);
        }
      }
      stage.push({ kernel, tensors, op: node.op });
    }
  }

  private stage(node: Node): typeof this.main {
    return this.fusion.isStatic.has(node) ? this.prologue : this.main;
  }

  private output(node: Node): Tensor {
    let t = this.tensors.get(node);
    if (!t) this.tensors.set(node, t = this.own(4 * size(node.shape), this.fusion.isStatic.has(node)));
    return t;
  }

  private own(bytes: number, kept: boolean): Tensor {
    const t: Tensor = { bytes: Math.max(4, bytes), first: Infinity, last: -1, kept };
    this.owned.push(t);
    return t;
  }

  private tensorOf(node: Node): Tensor {
    const t = this.tensors.get(resolve(node));
    if (!t) throw new Error(`plan: ${node.op} [${node.shape}] is read before it is computed`);
    return t;
  }

  /**
   * The steps that give a node's elements from what lies in memory: by reading it, or, where it is the node being
   * `computed`, from below it. `producer`'s value arrives as the input.
   */
  private cone(start: Node, computed?: Node, producer?: Node): Cone {
    const steps: Step[] = [];
    const seen = new Map<string, number>();
    const names = new Map<Tensor, string>();
    const once = (key: string, step: Step): number => {
      const old = seen.get(key);
      if (old !== undefined) return old;
      seen.set(key, steps.push(step) - 1);
      return steps.length - 1;
    };
    const load = (base: Node, shape: Shape, access: Access): number => {
      if (base === producer && access === 'linear') return once('input', { kind: 'input' });
      const tensor = this.tensorOf(base);
      if (!names.has(tensor)) names.set(tensor, `e${names.size}`);
      const operand = names.get(tensor)!;
      const map = indexMap(shape, access);
      return once(`${operand} ${JSON.stringify(map)}`, { kind: 'load', operand, elements: tensor.bytes / 4, map });
    };
    const visit = (node: Node, access: Access): number => {
      // A tensor in memory may be read under any shape of as many elements.
      const base = resolve(node);
      if (node !== computed && this.fusion.stored.has(base)) return load(base, node.shape, access);
      const { kind } = executionOf(node);
      if (kind === 'alias') {
        const below = throughAlias(node, access);
        if (!below) throw new Error(`plan: ${node.op} [${node.shape}] regroups a value that is not in memory`);
        return visit(node.inputs[0], below);
      }
      if (kind === 'view') return visit(node.inputs[0], throughView(node, access));
      if (node.op === 'constant') {
        const { value } = (node as Node<'constant'>).attrs;
        return once(`constant ${value}`, { kind: 'constant', value });
      }
      if (node.op === 'iota') {
        const map = coordinateMap(node, access, (node as Node<'iota'>).attrs.axis);
        return once(`index ${JSON.stringify(map)}`, { kind: 'index', map });
      }
      const args = node.inputs.map((i) => visit(i, throughPointwise(node, access, i)));
      return once(`${node.op} ${args}`, { kind: 'apply', fn: node.op as PointwiseFn, args });
    };
    visit(start, 'linear');
    return { work: { steps }, loads: new Map([...names].map(([t, name]) => [name, t])) };
  }

  finish(outputs: Readonly<Record<string, Node>>, updates: readonly (readonly [Node<'input'>, Node])[]): Plan {
    const end = this.main.length;
    const kept = (node: Node): Tensor => {
      const t = this.tensorOf(node);
      t.last = end;
      return t;
    };
    const results = Object.entries(outputs).map(([name, node]) => ({ name, shape: node.shape, tensor: kept(node) }));
    const changed = updates.map(([w, value]) => ({ weight: w.attrs.name, name: w.attrs.name, shape: value.shape, tensor: kept(value) }));
    const shared = this.owned.filter((t) => !t.kept);
    const lasting = this.owned.filter((t) => t.kept);
    const { bufferOf, buffers } = assign(shared);
    shared.forEach((t, k) => {
      t.place = { kind: 'buffer', index: bufferOf[k] };
    });
    lasting.forEach((t, k) => {
      t.place = { kind: 'buffer', index: buffers.length + k };
    });
    const dispatches = (list: typeof this.main): Dispatch[] =>
      list.map(({ kernel, tensors, op }) => ({ kernel, op, places: tensors.map((t) => t.place!) }));
    const planned = ({ name, shape, tensor }: { name: string; shape: Shape; tensor: Tensor }): PlannedTensor => ({ name, shape,
      place: tensor.place! });
    return {
      prologue: dispatches(this.prologue),
      main: dispatches(this.main),
      inputs: this.sources('data'),
      weights: this.sources('weight'),
      outputs: results.map(planned),
      updates: changed.map((c) => ({ weight: c.weight, output: planned(c) })),
      buffers: [...buffers, ...lasting.map((t) => t.bytes)],
      target: this.target,
    };
  }

  private sources(role: 'data' | 'weight'): PlannedTensor[] {
    const byName = new Map<string, PlannedTensor>();
    for (const node of this.fusion.order) {
      if (node.op !== 'input') continue;
      const { name, role: own, shape } = (node as Node<'input'>).attrs;
      if (own !== role) continue;
      const old = byName.get(name);
      if (old && size(old.shape) !== size(shape)) {
        throw new Error(`plan: two inputs are called '${name}', of shapes [${old.shape}] and [${shape}]`);
      }
      byName.set(name, { name, shape, place: { kind: role, name } });
    }
    return [...byName.values()];
  }
}

interface Cone {
  readonly work: Pointwise;
  readonly loads: ReadonlyMap<string, Tensor>;
}

function sourcePlace(node: Node): Place {
  if (node.op === 'literal') return { kind: 'literal', values: (node as Node<'literal'>).attrs.values };
  const { role, name } = (node as Node<'input'>).attrs;
  return { kind: role, name };
}
