/**
 * Which tensors lie in memory, and which kernel computes each. Element-wise chains become one kernel; a chain that
 * follows a matrix kernel, a reduction or a pool is computed by that kernel as it writes.
 *
 * One walk from the outputs back: every element-wise node learns which kernels would compute it and how they
 * read it. It is written to memory if a kernel needs it there, if it would be computed more than once, or if a larger
 * result reads it; otherwise it disappears into its reader.
 */
import { executionOf, findAlone, throughAlias, throughPointwise, throughView, type Access, type Alone } from './access.js';
import { size, topological, type Node } from '../graph.js';
import { FUNCTIONS } from '../../kernels/functions.js';

/** A reader of a node: the element-wise kernel that contains the reading, or null where it must find it in memory as it is. */
type Use = { readonly kernel: ElementwiseKernel | null; readonly access: Access };

/** A kernel to be; `frontier` counts the reads at its lower edge, `node` is what it writes (null: a piece of a concatenation). */
interface ElementwiseKernel {
  readonly elements: number;
  readonly isStatic: boolean;
  readonly node: Node | null;
  frontier: number;
}

export interface Fusion {
  /** Nodes from the outputs back, in order. */
  readonly order: readonly Node[];
  /** Nodes that get memory and, sources apart, a kernel. */
  readonly stored: ReadonlySet<Node>;
  /** Element-wise node -> the kernel node that computes it while writing. */
  readonly fusedProducer: ReadonlyMap<Node, Node>;
  /** Nodes that depend on no data input: computed once per change of the weights. */
  readonly isStatic: ReadonlySet<Node>;
  readonly alone: Alone;
}

/** Follows reshapes down to the node whose memory they share. */
export function resolve(node: Node): Node {
  while (executionOf(node).kind === 'alias') node = node.inputs[0];
  return node;
}

/** Decides for the graph of these outputs; an element-wise kernel reads at most `maxLeaves` tensors. */
export function fuse(outputs: readonly Node[], maxLeaves: number): Fusion {
  const order = topological(outputs);
  const isStatic = findStatic(order);
  const alone = findAlone(order, isStatic);
  const walk = new Walk(order, isStatic, alone, maxLeaves);
  for (const node of outputs) walk.need(node);
  for (const node of [...order].reverse()) walk.visit(node);
  return { order, stored: walk.stored, isStatic, alone, fusedProducer: walk.producers() };
}

function findStatic(order: readonly Node[]): Set<Node> {
  const out = new Set<Node>();
  for (const node of order) {
    const data = node.op === 'input' && (node as Node<'input'>).attrs.role === 'data';
    if (!data && node.inputs.every((i) => out.has(i))) out.add(node);
  }
  return out;
}

/** The walk from the outputs back: a node is visited when all that read it have said how. */
class Walk {
  readonly stored = new Set<Node>();
  private readonly uses: ReadonlyMap<Node, Use[]>;
  /** Of each element-wise node that lies in memory, the kernel that writes it. */
  private readonly kernelOf = new Map<Node, ElementwiseKernel>();

  constructor(private readonly order: readonly Node[], private readonly isStatic: ReadonlySet<Node>, private readonly alone: Alone,
    private readonly maxLeaves: number) {
    this.uses = new Map(order.map((node) => [node, []]));
  }

  /** The node must lie in memory, under whatever shape. */
  need(node: Node): void {
    const base = resolve(node);
    this.stored.add(base);
    this.uses.get(base)!.push({ kernel: null, access: 'linear' });
  }

  visit(node: Node): void {
    const { kind } = executionOf(node);
    if (kind === 'source') this.stored.add(node);
    else if (kind === 'kernels') {
      this.stored.add(node);
      for (const input of node.inputs) this.need(input);
    } else if (kind === 'concatenation') {
      this.stored.add(node);
      for (const input of node.inputs) {
        this.read(input, { elements: size(input.shape), isStatic: this.isStatic.has(node), frontier: 0, node: null }, 'linear');
      }
    } else if (kind === 'alias') this.passThrough(node);
    else if (this.stored.has(node) || this.mustStore(node, kind)) {
      this.stored.add(node);
      const kernel: ElementwiseKernel = { elements: size(node.shape), isStatic: this.isStatic.has(node), frontier: 0, node };
      this.kernelOf.set(node, kernel);
      this.readInputs(node, kernel, 'linear');
    } else {
      for (const { kernel, access } of this.uses.get(node)!) {
        kernel!.frontier--;
        this.readInputs(node, kernel!, access);
      }
    }
  }

  /** A kernel node is fused into the one element-wise kernel that reads it, if that reads it straight and nobody else does. */
  producers(): Map<Node, Node> {
    const out = new Map<Node, Node>();
    for (const node of this.order) {
      if (executionOf(node).kind !== 'kernels') continue;
      const uses = this.uses.get(node)!;
      const kernel = uses[0]?.kernel;
      if (!kernel?.node || !this.kernelOf.has(kernel.node) || uses.some((u) => u.kernel !== kernel || u.access !== 'linear')) continue;
      if (size(node.shape) !== kernel.elements || this.isStatic.has(node) !== kernel.isStatic) continue;
      out.set(kernel.node, node); // the last one in order wins: the others are in memory by then
    }
    return out;
  }

  private read(node: Node, kernel: ElementwiseKernel, access: Access): void {
    kernel.frontier++;
    this.uses.get(node)!.push({ kernel, access });
  }

  private readInputs(node: Node, kernel: ElementwiseKernel, access: Access): void {
    const { alone } = this;
    const view = executionOf(node).kind === 'view';
    for (const input of node.inputs) {
      this.read(input, kernel, view ? throughView(node, access, alone) : throughPointwise(node, access, input, alone));
    }
  }

  /** Readers of a reshape read what is below it, where their access goes through. */
  private passThrough(node: Node): void {
    for (const { kernel, access } of this.uses.get(node)!) {
      if (kernel === null) continue; // need() has gone to the base itself
      const below = throughAlias(node, access, this.alone);
      kernel.frontier--;
      if (below) this.read(node.inputs[0], kernel, below);
      else this.need(node);
    }
  }

  private mustStore(node: Node, kind: 'pointwise' | 'view'): boolean {
    const uses = this.uses.get(node)!;
    if (node.inputs.length === 0 || uses.length === 0) return false; // constants and counters are cheaper than memory
    if (uses.some((u) => u.kernel!.frontier + node.inputs.length - 1 > this.maxLeaves)) return true;
    if (kind === 'view') return false;
    if (this.isStatic.has(node) && uses.some((u) => !u.kernel!.isStatic)) return true;
    const repeated = new Set(uses.map((u) => u.kernel)).size > 1;
    const stretched = uses.some((u) => u.kernel!.elements > size(node.shape));
    return stretched || (repeated && !this.isFree(node));
  }

  /** A function of one argument is repeated rather than stored, where its argument lies in memory anyway. */
  private isFree(node: Node): boolean {
    if (!(node.op in FUNCTIONS) || node.inputs.length !== 1) return false;
    const base = resolve(node.inputs[0]);
    return this.stored.has(base) || executionOf(base).kind === 'source';
  }
}
