/**
 * Which tensors lie in memory, and which kernel computes each. Element-wise chains become one kernel; a chain that
 * follows a matrix kernel, a reduction or a pool is computed by that kernel as it writes.
 *
 * One walk from the outputs back: every element-wise node learns which kernels would compute it and how they
 * read it. It is written to memory if a kernel needs it there, if it would be computed more than once, or if a larger
 * result reads it; otherwise it disappears into its reader.
 */
import { executionOf, throughAlias, throughPointwise, throughView, type Access } from './access.js';
import { size, topological, type Node } from '../graph.js';
import { FUNCTIONS } from '../../kernels/functions.js';

/** A reader of a node: the element-wise kernel that contains the reading, or null where it must find it in memory as it is. */
interface Use {
  readonly kernel: ElementwiseKernel | null;
  readonly access: Access;
}
interface ElementwiseKernel {
  readonly elements: number;
  readonly isStatic: boolean;
  frontier: number;
  readonly node: Node | null;
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
}

/** Follows reshapes down to the node whose memory they share. */
export function resolve(node: Node): Node {
  while (executionOf(node).kind === 'alias') node = node.inputs[0];
  return node;
}

/** Element-wise functions of one argument are repeated rather than stored, where their argument lies in memory anyway. */
const repeatable = (node: Node): boolean => node.op in FUNCTIONS && node.inputs.length === 1;

export function fuse(outputs: readonly Node[], maxLeaves: number): Fusion {
  const order = topological(outputs);
  const isStatic = findStatic(order);
  const uses = new Map<Node, Use[]>(order.map((n) => [n, []]));
  const stored = new Set<Node>();
  const kernelOf = new Map<Node, ElementwiseKernel>();

  const need = (node: Node): void => {
    const base = resolve(node);
    stored.add(base);
    uses.get(base)!.push({ kernel: null, access: 'linear' });
  };
  const push = (input: Node, kernel: ElementwiseKernel, access: Access): void => {
    kernel.frontier++;
    uses.get(input)!.push({ kernel, access });
  };
  const pushInputs = (node: Node, kernel: ElementwiseKernel, access: Access): void => {
    const view = executionOf(node).kind === 'view';
    for (const input of node.inputs) push(input, kernel, view ? throughView(node, access) : throughPointwise(node, access, input));
  };

  outputs.forEach(need);
  for (const node of [...order].reverse()) {
    const mine = uses.get(node)!;
    const kind = executionOf(node).kind;
    if (kind === 'source') stored.add(node);
    else if (kind === 'kernels') {
      stored.add(node);
      node.inputs.forEach(need);
    } else if (kind === 'concatenation') {
      stored.add(node);
      for (const input of node.inputs) {
        push(input, { elements: size(input.shape), isStatic: isStatic.has(node), frontier: 0, node: null }, 'linear');
      }
    } else if (kind === 'alias') {
      for (const use of mine) {
        if (use.kernel === null) continue; // need() has gone to the base itself
        const access = throughAlias(node, use.access);
        use.kernel.frontier--;
        if (access) push(node.inputs[0], use.kernel, access);
        else need(node);
      }
    } else if (stored.has(node) || mustStore(node, kind, mine, isStatic, stored, maxLeaves)) {
      stored.add(node);
      const kernel: ElementwiseKernel = { elements: size(node.shape), isStatic: isStatic.has(node), frontier: 0, node };
      kernelOf.set(node, kernel);
      pushInputs(node, kernel, 'linear');
    } else {
      for (const use of mine) {
        use.kernel!.frontier--;
        pushInputs(node, use.kernel!, use.access);
      }
    }
  }
  return { order, stored, isStatic, fusedProducer: findProducers(order, kernelOf, uses, isStatic) };
}

function findStatic(order: readonly Node[]): Set<Node> {
  const out = new Set<Node>();
  for (const node of order) {
    const data = node.op === 'input' && (node as Node<'input'>).attrs.role === 'data';
    if (!data && node.inputs.every((i) => out.has(i))) out.add(node);
  }
  return out;
}

function mustStore(
  node: Node,
  kind: 'pointwise' | 'view',
  uses: readonly Use[],
  isStatic: ReadonlySet<Node>,
  stored: ReadonlySet<Node>,
  maxLeaves: number
): boolean {
  if (node.inputs.length === 0 || uses.length === 0) return false; // constants and counters are cheaper than memory
  const grows = uses.some((u) => u.kernel!.frontier + node.inputs.length - 1 > maxLeaves);
  if (grows) return true;
  if (kind === 'view') return false;
  if (isStatic.has(node) && uses.some((u) => !u.kernel!.isStatic)) return true;
  const repeated = new Set(uses.map((u) => u.kernel)).size > 1;
  const stretched = uses.some((u) => u.kernel!.elements > size(node.shape));
  const base = node.inputs.length === 1 ? resolve(node.inputs[0]) : null;
  const free = repeatable(node) && base !== null && (stored.has(base) || executionOf(base).kind === 'source');
  return (repeated && !free) || stretched;
}

/** A kernel node is fused into the one element-wise kernel that reads it, if that reads it straight and nobody else does. */
function findProducers(
  order: readonly Node[],
  kernelOf: ReadonlyMap<Node, ElementwiseKernel>,
  uses: ReadonlyMap<Node, readonly Use[]>,
  isStatic: ReadonlySet<Node>
): Map<Node, Node> {
  const out = new Map<Node, Node>();
  for (const node of order) {
    if (executionOf(node).kind !== 'kernels') continue;
    const mine = uses.get(node)!;
    const kernel = mine[0]?.kernel;
    if (!kernel?.node || !kernelOf.has(kernel.node) || mine.some((u) => u.kernel !== kernel || u.access !== 'linear')) continue;
    if (size(node.shape) !== kernel.elements || isStatic.has(node) !== kernel.isStatic) continue;
    out.set(kernel.node, node); // the last one in order wins: the others are in memory by then
  }
  return out;
}
