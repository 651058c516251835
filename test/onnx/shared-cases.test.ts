/** Small files that went wrong in other people's hands (../shared/cases): the right numbers, by the float64 reference interpreter. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNpy } from '../../src/data/npy.js';
import { classifier } from '../../src/classifier.js';
import { input } from '../../src/engine/builder.js';
import { topological, type Node } from '../../src/engine/graph.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { weightsWithOff } from '../../src/onnx/off.js';
import { withWeights } from '../../src/onnx/write.js';
import { evaluate } from '../../reference/evaluate.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { values } from './run.js';

const folder = join(shared, 'cases');
const bytesOf = (path: string): Buffer => readFileSync(join(folder, path));
const array = (path: string): Float64Array => Float64Array.from(parseNpy(bytesOf(path), path).data as Float32Array);
const softmax = (z: Float64Array): number[] => {
  const e = [...z].map((v) => Math.exp(v - Math.max(...z)));
  return e.map((v) => v / e.reduce((a, b) => a + b, 0));
};
const near = (got: number, want: number, digits: number, what: string): void =>
  assert.ok(Math.abs(got - want) <= 0.5 * 10 ** -digits, `${what}: ${got}, expected ${want}`);

if (skipUnless(existsSync(folder), 'the cases are absent')) {
  const tails = suite('off-tails');
  const picture = (): Float64Array => array('off-tails/npyx.npy').subarray(0, 192);
  const answer = (bytes: Uint8Array, off?: readonly number[]): number[] => {
    const channelMask = off ? input('mask', [1, 10]) : undefined;
    const g = importGraph(loadModel(bytes), { batch: 1, channelMask });
    const feeds = new Map([[g.inputs[0].node, picture()]]);
    if (channelMask) feeds.set(channelMask, Float64Array.from({ length: 10 }, (_, k) => (off!.includes(k) ? 0 : 1)));
    return softmax(values(g, feeds, [g.logits])[0]);
  };
  // The label's share for the first picture with its five most salient filters off: conv1 has filters 0 to 3, conv2 4 to 9.
  const FILES: readonly [number, readonly number[], ...string[]][] = [
    [5.459, [0, 2, 3, 4, 9], 'add', 'add-swapped', 'add-unsqueezed', 'add-reshaped', 'nhwc-add'],
    [5.46, [0, 2, 3, 4, 9], 'add-cast-fp16'],
    [67.541, [1, 2, 3, 4, 5], 'mul-add', 'nhwc-mul-add'],
    [21.112, [0, 4, 5, 6, 9], 'identity-bn', 'cast-bn', 'reshape-bn'],
    [71.142, [1, 3, 4, 5, 6], 'instancenorm'],
  ];
  for (const [percent, off, ...names] of FILES) {
    for (const name of names) {
      tails(`${name}: ${percent} % by a mask and by the file`, () => {
        const bytes = bytesOf(`off-tails/${name}.onnx`);
        near(100 * answer(bytes, off)[0], percent, 3, 'masked');
        const model = loadModel(bytes);
        const weights = new Map([...importGraph(model).weights].map(([n, w]) => [n, w.data]));
        const places = off.map((k) => ({ weight: k < 4 ? 'w1' : 'w2', filter: k < 4 ? k : k - 4 }));
        near(100 * answer(withWeights(bytes, weightsWithOff(model, weights, places, 'channel')))[0], percent, 3, 'written');
      });
    }
  }
  tails.run();
  const answers = suite('answers');
  // [file, class, its share in percent]: what PyTorch gives in float64.
  const KNOWN: readonly [string, number, number][] = [['softmax-decomposed/model', 2, 58.5], ['features-first/model', 2, 58.5], [
    'argmax-and-probs/model',
    2,
    58.5,
  ], ['local-functions/model', 2, 58.5], ['weight-transpose/model', 2, 58.5], ['blurpool-expand/model', 2, 1], ['sigmoid-binary/model', 0,
    84], ...['21-ir13', '22', '23', '24', '25'].map((v) => [`opset22/opset${v}`, 2, 58.5] as [string, number, number])];
  for (const [file, label, percent] of KNOWN) {
    answers(`${file}: class ${label} at ${percent} %`, () => {
      near(100 * softmax(logits(file))[label], percent, 1, file);
    });
  }
  answers('vit-fixed-batch-1 is asked one at a time', () => {
    assert.is(classifier(loadModel(bytesOf('vit-fixed-batch-1/vit-fix.onnx'))).most, 1);
  });
  answers.run();
}

function logits(file: string): Float64Array {
  const network = classifier(loadModel(bytesOf(`${file}.onnx`)));
  const graph = network.build(1);
  const feeds = new Map<Node, Float64Array>([[graph.input, array(`${file.split('/')[0]}/x.npy`)]]);
  for (const n of topological([graph.logits])) {
    const { name } = n.attrs as { name?: string };
    if (n.op === 'input' && n !== graph.input) feeds.set(n, Float64Array.from(network.weights.get(name!)!));
  }
  return evaluate([graph.logits], feeds)[0];
}
