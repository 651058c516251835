/** onnxruntime as a third implementation of every op: a graph of the engine, emitted and run. */
import { size, type Node } from '../../src/engine/graph.js';
import { GraphEmission, graphOf } from '../../src/onnx/emit/emit.js';
import type { Port } from '../../src/onnx/emit/graph.js';
import { encodeModel } from '../../src/onnx/emit/encode.js';
import { FLOAT } from '../../src/onnx/types.js';
import { RuntimeBackend } from '../../src/runtime/backend.js';
import { findOnnxruntime, RuntimeSession } from '../../src/runtime/onnxruntime.js';

/** The graph's outputs as a model whose inputs are the nodes that are fed. */
export function emitted(outputs: Readonly<Record<string, Node>>, fed: Iterable<Node>): { bytes: Uint8Array; inputs: readonly Port[] } {
  const e = new GraphEmission('none', new Map());
  const inputs = [...fed].map((node): Port => {
    const { name } = (node as Node<'input'>).attrs;
    e.to.name(name);
    e.bind(name, { name, shape: node.shape });
    return { name, shape: node.shape, type: FLOAT };
  });
  const given = new Map(Object.entries(outputs).map(([name, node]) => [e.to.name(`out ${name}`), { value: e.emit(node) }]));
  return { bytes: encodeModel(graphOf(e.to, 'case', inputs, given), { producer: 'test', version: '0' }), inputs };
}

/** Evaluates graph outputs once on onnxruntime's processor provider, given values for the inputs. */
export async function evaluateOnRuntime(outputs: Readonly<Record<string, Node>>,
  feeds: ReadonlyMap<Node, ArrayLike<number>>): Promise<Record<string, Float32Array>> {
  const { bytes, inputs } = emitted(outputs, feeds.keys());
  const session = await RuntimeSession.open(bytes, { threads: 1 });
  try {
    const values = [...feeds.values()];
    const given = inputs.map(({ name, shape }, k) => [name, { data: Float32Array.from(values[k]), shape }] as const);
    const answer = await session.run(Object.fromEntries(given.filter(([name]) => session.inputs.includes(name))));
    return Object.fromEntries(Object.entries(outputs).map(([name, node]) => {
      const { data, shape } = answer[`out ${name}`];
      if (String(shape) !== String(node.shape)) throw new Error(`${name}: shape [${shape}], and the graph says [${node.shape}]`);
      if (data.length !== size(node.shape)) throw new Error(`${name}: ${data.length} values`);
      return [name, data as Float32Array];
    }));
  } finally {
    await session.close();
  }
}

/** onnxruntime as a backend, null where it is not installed; a test that uses it says so where it skips. */
export const runtimeBackend = async (): Promise<RuntimeBackend | null> => ((await findOnnxruntime()) ? RuntimeBackend.open() : null);

export const ABSENT = 'onnxruntime: onnxruntime-node is not installed';
