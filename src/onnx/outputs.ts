/** Which tensors of a file may be the scores of classes: its outputs, and what goes into an ArgMax, TopK or ZipMap before one. */
import type { OnnxGraph, OnnxNode, TensorInfo } from './proto.js';
import { withBranches } from './proto.js';
import { isFloat, FLOAT } from './types.js';

export interface Candidate extends TensorInfo {
  /** The graph's output that it is, or that is chosen from it. */
  readonly output: string;
  /** The op that chooses, where there is one. */
  readonly before: string | null;
}

/** Ops that choose among classes: their outputs are no scores, what goes in is. */
const CHOOSING: readonly string[] = ['ArgMax', 'TopK', 'ZipMap'];
/** What may stand between such an op and the output; the data may be any input of a look-up. */
const BETWEEN: readonly string[] = ['Identity', 'Cast', 'Squeeze', 'Unsqueeze', 'Reshape', 'Flatten', 'Gather', 'ArrayFeatureExtractor',
  'LabelEncoder'];

/** Each once, in the outputs' order. */
export function candidatesOf({ nodes, outputs }: Pick<OnnxGraph, 'nodes' | 'outputs'>): Candidate[] {
  const makers = new Map(nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const chosenFrom = (name: string): { name: string; by: OnnxNode } | null => {
    const maker = makers.get(name);
    if (!maker) return null;
    if (CHOOSING.includes(maker.op)) return { name: maker.inputs[0], by: maker };
    if (!BETWEEN.includes(maker.op)) return null;
    for (const i of maker.inputs) {
      const found = chosenFrom(i);
      if (found) return found;
    }
    return null;
  };
  const found = new Map<string, Candidate>();
  for (const output of outputs) {
    const from = chosenFrom(output.name);
    const info = from ? outputs.find((o) => o.name === from.name) ?? { name: from.name, type: FLOAT, dims: null } : output;
    // Whole numbers are no scores.
    if (!isFloat(info.type) && info.type !== 0) continue;
    if (!found.has(info.name) || from === null) found.set(info.name, { ...info, output: output.name, before: from && from.by.op });
  }
  return [...found.values()];
}

/** The nodes that some of these tensors depend on. */
export function nodesFor(nodes: readonly OnnxNode[], tensors: Iterable<string>): OnnxNode[] {
  const needed = new Set(tensors);
  const kept: OnnxNode[] = [];
  for (let k = nodes.length - 1; k >= 0; k--) {
    const n = nodes[k];
    if (!n.outputs.some((o) => o !== '' && needed.has(o))) continue;
    for (const i of withBranches([n]).flatMap(reads)) needed.add(i);
    kept.push(n);
  }
  return kept.reverse();
}

/** Tensors a node needs itself, or hands out of a branch unchanged. */
export const reads = (n: OnnxNode): string[] => [...n.inputs, ...[...n.branches.values()].flatMap((b) => b.outputs)];
