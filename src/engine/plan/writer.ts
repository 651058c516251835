/**
 * From fused nodes to dispatches. Each node that lies in memory is written by kernels of its own, or by the kernel whose
 * value its element-wise work follows; tensors are numbered by lifetime and placed into shared buffers at the end.
 */
import type { OpName } from '../attrs.js';
import { size, type Node } from '../graph.js';
import { executionOf } from './access.js';
import { coneOf, type Cone, type ConeEnds } from './cones.js';
import { resolve, type Fusion } from './fuse.js';
import { assign } from './memory.js';
import type { Dispatch, Place, Plan, PlannedTensor } from './types.js';
import type { Kernel, Lowering, Target } from '../../kernels/kernel.js';
import { pointwiseKernel } from '../../kernels/pointwise.js';
import { TooManyBuffers } from '../../kernels/writer.js';

/** A tensor while planning: lifetimes are counted in main dispatches. */
interface Tensor {
  readonly bytes: number;
  first: number;
  last: number;
  readonly kept: boolean;
  place?: Place;
}

interface Written {
  readonly kernel: Kernel;
  readonly tensors: readonly Tensor[];
  readonly op: OpName;
}

/** Makes the dispatches of one plan, node after node in the order of computation. */
export class PlanWriter {
  private readonly prologue: Written[] = [];
  private readonly main: Written[] = [];
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
    } else if (run.kind === 'concatenation') this.concat(node as Node<'concat'>);
    else if (run.kind === 'kernels') {
      if (!this.fusedAway.has(node)) this.lower(node, node);
    } else this.elementwise(node);
  }

  private elementwise(node: Node): void {
    const producer = this.fusion.fusedProducer.get(node);
    if (producer) {
      try {
        return this.lower(producer, node, this.cone(node, { computed: node, producer }));
      } catch (error) {
        if (!(error instanceof TooManyBuffers)) throw error;
        this.lower(producer, producer);
      }
    }
    const { work, loads } = this.cone(node, { computed: node });
    this.emit(node, [pointwiseKernel(this.target, node.op, work, size(node.shape))], loads, this.output(node));
  }

  /** Dispatches of a kernel node; `result` is the node whose value is written: itself, or the chain fused behind it. */
  private lower(node: Node, result: Node, cone?: Cone<Tensor>): void {
    const run = executionOf(node);
    if (run.kind !== 'kernels') throw new Error(`${node.op} has no kernels`);
    const lowering: Lowering = run.lower(this.target, node, cone?.work);
    const operands = new Map(cone?.loads);
    run.operands.forEach((name, k) => operands.set(name, this.tensorOf(node.inputs[k])));
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
        const terms = axis === 0
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

  private stage(node: Node): Written[] {
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

  private cone(node: Node, ends: ConeEnds = {}): Cone<Tensor> {
    return coneOf(node, this.fusion, (stored) => this.tensorOf(stored), ends);
  }

  finish(outputs: Readonly<Record<string, Node>>, updates: readonly (readonly [Node<'input'>, Node])[]): Plan {
    const end = this.main.length;
    for (const node of [...Object.values(outputs), ...updates.map(([, value]) => value)]) this.tensorOf(node).last = end;
    const shared = this.owned.filter((t) => !t.kept);
    const lasting = this.owned.filter((t) => t.kept);
    const { bufferOf, buffers } = assign(shared);
    for (const [k, t] of shared.entries()) t.place = { kind: 'buffer', index: bufferOf[k] };
    for (const [k, t] of lasting.entries()) t.place = { kind: 'buffer', index: buffers.length + k };
    const planned = (name: string, node: Node): PlannedTensor => ({ name, shape: node.shape, place: this.tensorOf(node).place! });
    const dispatches = (list: Written[]): Dispatch[] =>
      list.map(({ kernel, tensors, op }) => ({ kernel, op, places: tensors.map((t) => t.place!) }));
    return {
      prologue: dispatches(this.prologue),
      main: dispatches(this.main),
      inputs: this.sources('data'),
      weights: this.sources('weight'),
      outputs: Object.entries(outputs).map(([name, node]) => planned(name, node)),
      updates: updates.map(([{ attrs: { name } }, value]) => ({ weight: name, output: planned(name, value) })),
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

function sourcePlace(node: Node): Place {
  if (node.op === 'literal') return { kind: 'literal', values: (node as Node<'literal'>).attrs.values };
  const { role, name } = (node as Node<'input'>).attrs;
  return { kind: role, name };
}
