/** Loading ONNX files: what is in them, and what is refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { shared } from '../../reference/paths.js';
import { random } from '../../reference/random.js';
import { skipUnless } from '../support/skip.js';
import { filled, floats, makeModel, type ModelSpec } from './make.js';

const LINEAR: ModelSpec = {
  nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes: { transB: 1 } }],
  inputs: { x: ['N', 3] },
  outputs: ['y'],
  initializers: [filled('w', [2, 3], (k) => k), floats('b', [2], [1, -1])],
};

// ---------------------------------------------------------------- what is read

const reading = suite('loadModel');

reading('opset, batch, inputs and weights', () => {
  const m = loadModel(makeModel(LINEAR), { name: 'm.onnx' });
  assert.is(m.opset, 13);
  assert.is(m.batch, null);
  assert.equal(m.inputs.map((i) => [i.name, i.dims]), [['x', ['N', 3]]]);
  assert.equal([...m.initializers.keys()], ['w', 'b']);
  assert.is(loadModel(makeModel({ ...LINEAR, inputs: { x: [4, 3] } })).batch, 4);
});

reading('initializers listed as inputs are not inputs', () => {
  const m = loadModel(makeModel({ ...LINEAR, ir: 3, inputs: { w: [2, 3], x: [1, 3], b: [2] } }));
  assert.equal(m.inputs.map((i) => i.name), ['x']);
});

reading('nodes nothing depends on may be anything', () => {
  const m = loadModel(makeModel({ ...LINEAR, nodes: [...LINEAR.nodes, { op: 'NonMaxSuppression', inputs: ['y'], outputs: ['z'] }] }));
  assert.equal(m.nodes.map((n) => n.op), ['Gemm']);
});

for (const opset of [6, 21, 22, 25]) reading(`opset ${opset}`, () => assert.is(loadModel(makeModel({ ...LINEAR, opset })).opset, opset));

reading.run();

// ---------------------------------------------------------------- what is refused

const refusing = suite('loadModel refuses');
const refuses = (name: string, bytes: Uint8Array, message: RegExp) =>
  refusing(name, () => assert.throws(() => loadModel(bytes, { name: 'm.onnx' }), message));

refuses('an empty file', new Uint8Array(0), /^m\.onnx is empty: an ONNX file was expected$/);
refuses('text', new TextEncoder().encode('not a model, but a sentence of some length'), /^m\.onnx is no ONNX model/);
refuses('a message without a graph', Uint8Array.of(0x08, 0x07), /^m\.onnx is no ONNX model: there is no graph/);
refuses('IR version 2', makeModel({ ...LINEAR, ir: 2 }), /^m\.onnx has ONNX IR version 2; versions from 3 up/);
refuses('opset 5', makeModel({ ...LINEAR, opset: 5 }), /^m\.onnx uses version 5 of ONNX's operator set; versions 6 to 25 can be read/);
refuses('opset 26', makeModel({ ...LINEAR, opset: 26 }), /^m\.onnx uses version 26 of ONNX's operator set; versions 6 to 25 can be read/);
refuses('NaN in a weight',
  makeModel({ ...LINEAR, initializers: [filled('w', [2, 3], (k) => (k === 4 ? NaN : k)), floats('b', [2], [0, 0])] }),
  /^weight "w" of m\.onnx holds NaN at position 4/);
refuses('an infinite weight', makeModel({ ...LINEAR, initializers: [filled('w', [2, 3], (k) => k), floats('b', [2], [0, Infinity])] }),
  /^weight "b" of m\.onnx holds an infinite value at position 1/);
refuses('unsupported ops, all of them named', makeModel({
  ...LINEAR,
  nodes: [
    { op: 'Einsum', name: 'first', inputs: ['x'], outputs: ['a'] },
    { op: 'Einsum', inputs: ['a'], outputs: ['c'] },
    { op: 'Relu', domain: 'com.example', inputs: ['c'], outputs: ['d'] },
    { op: 'Gemm', inputs: ['d', 'w', 'b'], outputs: ['y'] },
  ],
}), /^m\.onnx needs ops that are not supported: Einsum \(2 times\), com\.example\.Relu; the first is Einsum at node "first" \(opset 13\)$/);

refusing('every truncation', () => {
  const whole = makeModel(LINEAR);
  for (let n = 0; n < whole.length; n++) {
    assert.throws(() => loadModel(whole.subarray(0, n), { name: 'm.onnx' }), /^m\.onnx (is|does not say|has ONNX IR)/, `${n} bytes`);
  }
});

refusing('random bytes', () => {
  const r = random('random bytes');
  for (let k = 0; k < 300; k++) {
    const bytes = Uint8Array.from({ length: Math.floor(r() * 300) }, () => r() * 256);
    assert.throws(() => loadModel(bytes, { name: 'm.onnx' }), /^m\.onnx (is|does not say|has ONNX IR)/);
  }
});

refusing('damaged files, with a sentence that no interpreter made', () => {
  const r = random('damage');
  const whole = makeModel(LINEAR);
  for (let k = 0; k < 2000; k++) {
    const bytes = whole.slice();
    for (let j = 0; j <= r() * 3; j++) bytes[Math.floor(r() * bytes.length)] = r() * 256;
    try {
      importGraph(loadModel(bytes));
    } catch (e) {
      const { message } = e as Error;
      assert.not.ok(/undefined|is not a function|not iterable|Cannot read|typed array/.test(message), message);
    }
  }
});

refusing.run();

// ---------------------------------------------------------------- fixtures

const fixtures = suite('fixtures');
const folder = join(shared, 'data/fixtures');
if (skipUnless(existsSync(folder), `fixtures: ${folder} is absent`)) {
  const bytes = (name: string): Uint8Array => readFileSync(join(folder, name));
  const FILES: [string, number, number, number][] = [
    // file, convolutions, filters, classes
    ['cifar10-resnet-sri-folded.onnx', 10, 688, 10],
    ['cifar10-resnet4b-folded.onnx', 11, 336, 10],
    ['cifar10-tf2onnx-nhwc.onnx', 2, 24, 10],
    ['light_resnet50.onnx', 53, 26560, 1000],
    ['light_vgg19.onnx', 16, 5504, 1000],
    ['mnist-cntk-opset8.onnx', 2, 24, 10],
  ];
  for (const [file, convs, filters, classes] of FILES) {
    fixtures(`${file}, in batches of 1 and 3`, () => {
      const model = loadModel(bytes(file), { name: file });
      for (const batch of [1, 3]) {
        const g = importGraph(model, { batch });
        assert.equal([g.convs.length, g.filters, [...g.logits.shape]], [convs, filters, [batch, classes]]);
      }
    });
  }
  fixtures('a softmax at the end is looked through', () => {
    for (const file of ['light_resnet50.onnx', 'light_vgg19.onnx']) {
      const g = importGraph(loadModel(bytes(file)));
      assert.is.not(g.logits, g.outputs[0].node);
      assert.ok(g.logits.id < g.outputs[0].node.id);
    }
  });
  for (const file of ['resnet18-dynamo', 'vgg6-gelu']) {
    fixtures(`${file}: the missing file is named`, () => {
      const missing = (path: string): Uint8Array => readFileSync(join(folder, path));
      const name = `${file}-external-data-missing.onnx`;
      assert.throws(() => loadModel(bytes(name), { name, readExternal: missing }),
        /^weight "[^"]+" of \S+ is kept in the file "\w+\.onnx\.data" beside the model, which cannot be read/);
    });
    fixtures(`${file}: loads once its data are there`, () => {
      const zeros = (_: string, _offset: number, length: number): Uint8Array => new Uint8Array(length);
      const g = importGraph(loadModel(bytes(`${file}-external-data-missing.onnx`), { readExternal: zeros }), { batch: 2 });
      assert.is(g.logits.shape[0], 2);
      assert.ok(g.convs.length > 0);
    });
  }
}
fixtures.run();
