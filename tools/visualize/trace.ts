/** A trace of a network on the disk: the weights of its pruned layers, one after another, and where each begins. */
import { join } from 'node:path';
import type { Classifier } from '../../src/classifier.js';
import { parseFloatNpy } from '../../src/data/npy.js';
import { sha256 } from '../../src/data/sha256.js';
import { topological, type Node } from '../../src/engine/graph.js';
import { readBytes, readText } from '../../src/files/files.js';

/** Of meta.json: [groups, rows, columns] from element `bits` of trace_weights_K.npy. */
interface TraceLayer {
  readonly weight: string;
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
}

export interface Trace {
  /** The network with the trace's weights in place of its own. */
  readonly network: Classifier;
  readonly sha256: string;
}

/** The trace of picture `picture`. Throws one sentence where the folder has none, or it is none of this network. */
export async function readTrace(folder: string, picture: number, network: Classifier): Promise<Trace> {
  const [file, list] = [join(folder, `trace_weights_${picture}.npy`), join(folder, 'meta.json')];
  const layers = layersOf(await readText(list), list);
  const bytes = await readBytes(file);
  const { data } = parseFloatNpy(bytes, file);
  const weights = new Map(network.weights);
  for (const { weight, groups, rows, columns, bits } of layers) {
    const count = groups * rows * columns;
    const own = network.weights.get(weight);
    if (own?.length !== count) {
      const is = own ? `has ${own.length} elements there` : 'has no such weight';
      throw new Error(
        `${list} names the weight "${weight}" of ${count} elements, and ${network.name} ${is}: the trace is of another network`
      );
    }
    if (bits + count > data.length) throw new Error(`${file} has ${data.length} values, and ${list} puts "${weight}" beyond them`);
    const values = data.subarray(bits, bits + count);
    weights.set(weight, isTransposed(network, weight) ? transposed(values, groups * rows, columns) : values);
  }
  return { network: { ...network, weights }, sha256: await sha256(bytes) };
}

function layersOf(text: string, name: string): TraceLayer[] {
  let found: unknown;
  try {
    found = (JSON.parse(text) as { layers?: unknown }).layers;
  } catch {
    throw new Error(`${name} is no JSON`);
  }
  const whole = (v: unknown): boolean => Number.isInteger(v) && (v as number) >= 0;
  const fits = (l: TraceLayer): boolean => typeof l?.weight === 'string' && [l.groups, l.rows, l.columns, l.bits].every(whole);
  if (!Array.isArray(found) || found.length === 0 || !found.every(fits)) {
    throw new Error(`${name} has no list of layers with weight, groups, rows, columns and bits, as misfire spade writes it`);
  }
  return found as TraceLayer[];
}

/** Whether the graph has a matrix [columns, rows], which a trace has as [rows, columns]. */
function isTransposed(network: Classifier, weight: string): boolean {
  const nodes = topological([network.build(1).logits]);
  return nodes.some((node) => {
    const [, factor] = node.inputs;
    return node.op === 'matmul' && factor?.op === 'input' && (factor as Node<'input'>).attrs.name === weight &&
      !(node as Node<'matmul'>).attrs.transB;
  });
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, k) => values[(k % rows) * columns + Math.floor(k / rows)]);
}
