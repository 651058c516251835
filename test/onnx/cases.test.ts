/**
 * What each ONNX op means, opset by opset: graphs of a node or a few against PyTorch's outputs (torch_cases.py). They are
 * run by the reference interpreter, so that only the importer is on trial; the kernels have tests of their own.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../../src/engine/graph.js';
import { canEvaluate, evaluate as evaluateOnHost, type Known } from '../../src/onnx/evaluate.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { HANDLERS } from '../../src/onnx/ops.js';
import { root } from '../../reference/paths.js';
import { evaluate } from '../../reference/evaluate.js';
import { TOLERANCE } from '../../reference/tolerances.js';

interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}
interface Case {
  readonly model: string;
  readonly inputs: readonly Packed[];
  readonly outputs: readonly Packed[];
}

const CASES = JSON.parse(readFileSync(join(root, 'test/onnx/torch_cases.json'), 'utf8')) as Record<string, Case>;

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const values = (t: Packed): Float64Array => Float64Array.from(new Float32Array(bytes(t.data).buffer));

const test = suite('ONNX ops against PyTorch');
const seen = new Set<string>();

for (const [name, c] of Object.entries(CASES)) {
  test(name, () => {
    const model = loadModel(bytes(c.model), { name });
    for (const n of model.nodes) seen.add(n.op);
    const shapes = Object.fromEntries(model.inputs.map((i, k) => [i.name, c.inputs[k].shape]));
    const graph = importGraph(model, { shapes });
    const feeds = new Map<Node, Float64Array>(graph.inputs.map((i, k) => [i.node, values(c.inputs[k])]));
    for (const w of graph.weights.values()) feeds.set(w.node, Float64Array.from(w.data));
    const got = evaluate(graph.outputs.map((o) => o.node), feeds);
    // Where the loader could compute the graph itself, it must say the same.
    graph.outputs.forEach(({ node }, k) => {
      const known: Known = new WeakMap(feeds);
      if (canEvaluate(node, known)) {
        assert.equal(
          [...evaluateOnHost(node, known)].map((v, i) =>
            Math.abs(v - got[k][i]) <= TOLERANCE.reference64 * Math.abs(v) || Object.is(v, got[k][i])
          ),
          [...got[k]].map(() => true)
        );
      }
    });
    // Exporters may give outputs that PyTorch does not (and the other way round): those both give are compared.
    c.outputs.slice(0, got.length).forEach((want, k) => {
      assert.equal([...graph.outputs[k].node.shape], want.shape, `shape of output ${k}`);
      const expected = values(want);
      const scale = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
      expected.forEach((v, i) =>
        assert.ok(Math.abs(got[k][i] - v) <= TOLERANCE.onnxOp * scale, `output ${k}[${i}]: ${got[k][i]}, PyTorch ${v}`)
      );
    });
  });
}

test('no op is without a case', () => {
  // These need no case of their own: element-wise functions of the engine under another name, and what others are made of.
  const plain = ['Abs', 'Neg', 'Sign', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Sin', 'Cos', 'Tan', 'Sum', 'Min', 'Identity', 'Dropout', 'Size',
    'GlobalAveragePool', 'Range', 'CastLike', 'ReduceL1', 'ReduceLogSum', 'NonZero', 'Flatten', 'Relu'];
  const missing = [...HANDLERS.keys()].filter((op) => !seen.has(op) && !plain.includes(op));
  assert.equal(missing, []);
});

test.run();
