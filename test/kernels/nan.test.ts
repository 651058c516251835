/** A network with a NaN in it must not answer as if it had none: NaN comes through whatever PyTorch lets it through. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import type { Node } from '../../src/engine/graph.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';

const nan = suite('NaN');

nan('comes through everything that computes with it', async () => {
  const [{ device }] = await devices();
  const v = b.input('v', [1, 1, 2, 3]);
  const zero = b.input('zero', [1, 1, 2, 3]);
  const windows = { kernel: [2, 3], stride: [1, 1], dilation: [1, 1], pads: [0, 0], output: [1, 1] } as const;
  const functions: Record<string, Node> = {
    relu: b.relu(v),
    abs: b.abs(v),
    neg: b.neg(v),
    exp: b.exp(v),
    log: b.log(v),
    log1p: b.log1p(v),
    sqrt: b.sqrt(v),
    reciprocal: b.reciprocal(v),
    sigmoid: b.sigmoid(v),
    tanh: b.tanh(v),
    erf: b.erf(v),
    sin: b.sin(v),
    cos: b.cos(v),
    floor: b.floor(v),
    pow: b.pow(v, b.constant(2.5)),
    add: b.add(v, zero),
    mul: b.mul(zero, v),
    div: b.div(zero, v),
    'max of it': b.max(v, zero),
    'max with it': b.max(zero, v),
    'min of it': b.min(v, zero),
    'min with it': b.min(zero, v),
    clip: b.clip(v, -1, 1),
    relu6: b.clip(v, 0, 6),
  };
  const whole: Record<string, Node> = {
    sum: b.sum(v),
    maximum: b.maximum(v),
    softmax: b.slice(b.softmax(v, 3), { starts: [0, 0, 0, 0], steps: [1, 1, 1, 1], sizes: [1, 1, 1, 3] }),
    maxPool: b.maxPool(v, windows),
    average: b.averagePool(v, windows, 'valid'),
    crossEntropy: b.crossEntropy(b.reshape(v, [1, 6]), b.literal([5])),
    matmul: b.matmul(v, b.constant(1, [1, 1, 3, 1])),
  };
  const feeds = new Map<Node, Float32Array>([[v, Float32Array.of(1, NaN, -2, 0.5, 3, 7)], [zero, new Float32Array(6)]]);
  const got = await evaluateOnDevice({ ...functions, ...whole }, feeds, device);
  for (const name of Object.keys(functions)) {
    assert.ok(Number.isNaN(got[name][1]), `${name}(NaN) = ${got[name][1]}`);
    assert.not(Number.isNaN(got[name][4]), `${name} spreads NaN`);
  }
  for (const name of Object.keys(whole)) assert.ok(Number.isNaN(got[name][0]), `${name} of NaN and numbers = ${got[name][0]}`);
});
nan.after(closeDevices);

nan.run();
