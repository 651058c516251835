/** Convolution weights that are computed: traced to the weight of the file they are made of, or left out where each filter has none. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { loadModel } from '../../src/onnx/model.js';
import { weightsWithOff } from '../../src/onnx/off.js';
import { withWeights } from '../../src/onnx/write.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { maskOf } from '../../src/saliency/off.js';
import { normalizedStep, tunedWeights } from '../../src/saliency/step.js';
import { closeDevices, openDevice } from '../support/device.js';
import { filled, floats, ints, makeModel, type NodeSpec } from './make.js';
import { wave, wavesFor } from './run.js';

const node = (op: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, name: output,
  inputs, outputs: [output], attributes });
const [K, C, R] = [4, 3, 3];
const w = Array.from({ length: K * C * R * R }, (_, k) => wave(k));
/** w [K,C,R,R] as [R,R,C,K], as Keras has it. */
const last = w.map((_, at) => {
  const [k, c, s, r] = [at % K, Math.floor(at / K) % C, Math.floor(at / (K * C)) % R, Math.floor(at / (K * C * R))];
  return w[((k * C + c) * R + s) * R + r];
});
const STANDARD = [node('ReduceMean', ['w'], 'm', { axes: [1, 2, 3] }), node('Sub', ['w', 'm'], 'c'), node('Mul', ['c', 'c'], 'cc'),
  node('ReduceMean', ['cc'], 'v', { axes: [1, 2, 3] }), node('Sqrt', ['v'], 'd'), node('Div', ['c', 'd'], 'u')];

/** A network whose first convolution reads the tensor `u`. */
const make = (made: readonly NodeSpec[]): Uint8Array =>
  makeModel({
    inputs: { x: ['N', C, 5, 5] },
    outputs: ['y'],
    nodes: [...made, node('Conv', ['x', 'u', 'b1'], 'a', { pads: [1, 1, 1, 1] }), node('Relu', ['a'], 'r'),
      ...(made.some((n) => n.outputs[0] === 'blur') ? [node('Conv', ['r', 'blur'], 'q', { group: K })] : [node('Identity', ['r'], 'q')]),
      node('Conv', ['q', 'w2'], 'a2'), node('Relu', ['a2'], 'r2'), node('GlobalAveragePool', ['r2'], 'g'), node('Flatten', ['g'], 'f'),
      node('Gemm', ['f', 'o'], 'y')],
    initializers: [floats('w', [K, C, R, R], w), floats('last', [R, R, C, K], last), filled('b1', [K], (k) => wave(k + 7)),
      filled('w2', [5, K, 1, 1], (k) => wave(k + 300)), filled('o', [5, 3], (k) => 2 * wave(k + 400)), floats('two', [], [2]),
      filled('scale', [K, 1, 1, 1], (k) => k + 2), filled('kernel', [1, 1, 3, 3], (k) => 1 + (k % 2)), ints('stretch', [K, 1, 3, 3]),
      filled('ready', [K, 1, 3, 3], (k) => 1 + ((k % 9) % 2))],
  });
const plain = [node('Identity', ['w'], 'u')];
const open = (bytes: Uint8Array) => classifier(loadModel(bytes, { name: 'm.onnx' }));
const pictures = [0, 1].map((n) => Float32Array.from(wavesFor([C, 5, 5], 75 * n)));
const LABELS = [1, 2];
const device = await openDevice({});
const close = (got: ArrayLike<number>, want: ArrayLike<number>, most: number, what: string): void => {
  assert.is(got.length, want.length);
  for (let k = 0; k < got.length; k++) assert.ok(Math.abs(got[k] - want[k]) <= most, `${what} ${k}: ${got[k]}, expected ${want[k]}`);
};
/** Rounding of float32 in values of about 1; a difference quotient with steps of 1e-2 has ten thousand times that. */
const ROUNDING = 2e-6, QUOTIENT = 2e-3;

const computed = suite('a computed weight');

computed('transposed is a weight like any other: the same profile, step and file', async () => {
  const bytes = make([node('Transpose', ['last'], 'u', { perm: [3, 2, 1, 0] })]);
  const [turned, straight] = [open(bytes), open(make(plain))];
  assert.is(turned.layers[0].weight, 'last');
  const [x, y] = [new Explainer(turned, device), new Explainer(straight, device)];
  const [got, want] = [await x.explain(pictures, LABELS), await y.explain(pictures, LABELS)];
  got.forEach((e, k) => assert.equal([...e.profile], [...want[k].profile]));
  const [tx, ty] = [new FineTuner(turned, device), new FineTuner(straight, device)];
  const steps = [await tx.gradient(pictures[0], 1), await ty.gradient(pictures[0], 1)];
  const after = withWeights(bytes, turned.stored(tunedWeights(turned, normalizedStep(turned, steps[0], [0, 2, 5], 0.5))));
  const other = withWeights(make(plain), straight.stored(tunedWeights(straight, normalizedStep(straight, steps[1], [0, 2, 5], 0.5))));
  const logits = async (file: Uint8Array): Promise<Float32Array[]> => new Explainer(open(file), device).logits(pictures);
  const [a, b] = [await logits(after), await logits(other)];
  a.forEach((row, k) => assert.equal([...row], [...b[k]]));
  assert.ok(Math.abs(a[0][1] - got[0].logits[1]) > 1e-3, 'the step did nothing');
  const off = withWeights(bytes, weightsWithOff(turned.model, turned.weights, [{ weight: 'last', filter: 2 }], 'channel'));
  const masked = await x.logits(pictures, pictures.map(() => maskOf([2], 9)));
  (await logits(off)).forEach((row, k) => close(row, masked[k], ROUNDING, 'logit'));
});

for (const [name, made] of [['scaled', [node('Mul', ['w', 'scale'], 's'), node('Div', ['s', 'two'], 'u')]], ['standardized',
  STANDARD]] as const) {
  computed(`${name} is blamed and tuned by the weight it is made of`, async () => {
    const bytes = make(made);
    const network = open(bytes);
    assert.equal(network.layers.map((l) => l.weight), ['w', 'w2']);
    const explainer = new Explainer(network, device);
    const explained = await explainer.explain(pictures, LABELS);
    const tuner = new FineTuner(network, device);
    for (const [n, { profile, loss }] of explained.slice(0, 1).entries()) {
      const { weights } = await tuner.gradient(pictures[n], LABELS[n]);
      const slope = weights.get('w')!;
      const each = slope.length / K;
      close(profile.subarray(0, K), Array.from({ length: K }, (_, k) =>
        slope.subarray(k * each, (k + 1) * each).reduce((t, g) => t + Math.abs(g), 0) / each), ROUNDING, 'saliency');
      // The slope itself, by a difference quotient over the file's own numbers.
      const steep = slope.reduce((best, g, k) => (Math.abs(g) > Math.abs(slope[best]) ? k : best), 0);
      const moved = async (by: number): Promise<number> => {
        const values = Float32Array.from(w, (v, k) =>
          v + (k === steep ? by : 0));
        const [there] = await new Explainer(open(withWeights(bytes, new Map([['w', values]]))), device).explain([pictures[n]], [LABELS[n]]);
        return there.loss;
      };
      assert.ok(Number.isFinite(loss));
      close([(await moved(1e-2) - await moved(-1e-2)) / 2e-2], [slope[steep]], QUOTIENT, 'slope');
    }
    const off = withWeights(bytes,
      weightsWithOff(network.model, network.weights, [{ weight: name === 'scaled' ? 'w' : 'w2', filter: 1 }], 'channel'));
    const masked = await explainer.logits(pictures, pictures.map(() => maskOf([name === 'scaled' ? 1 : K + 1], 9)));
    (await new Explainer(open(off), device).logits(pictures)).forEach((row, k) => close(row, masked[k], ROUNDING, 'logit'));
  });
}

for (const [name, made] of [['stretched over the channels', [node('Expand', ['kernel', 'stretch'], 'blur')]], [
  'the same for every channel in the file',
  [node('Identity', ['ready'], 'blur')],
]] as const) {
  computed(`a kernel ${name} is nobody's fault: left out and named, the rest goes on`, async () => {
    const network = open(make([...plain, ...made]));
    assert.equal(network.layers.map((l) => [l.node, l.filters, l.offset]), [['a', K, 0], ['a2', 5, K]]);
    assert.match(network.notices.join(),
      /^of m\.onnx, "q" has no weights of its own for each filter \(a fixed kernel, such as a blur\): left out/);
    const [one] = await new Explainer(network, device).explain([pictures[0]], [1]);
    assert.is(one.profile.length, 9);
    await new FineTuner(network, device).gradient(pictures[0], 1);
  });
}
computed.after(closeDevices);
computed.run();
