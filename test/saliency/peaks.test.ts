/** The greatest activations of filters, and their receptive fields: the device against float64 loops, ONNX files against the definition. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { size, topological, type Node } from '../../src/engine/graph.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { receptiveField } from '../../src/saliency/field.js';
import type { Network } from '../../src/saliency/network.js';
import { mapOf } from '../../src/saliency/peaks.js';
import { evaluate } from '../../reference/evaluate.js';
import { random } from '../../reference/random.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { closeDevices, devices } from '../support/device.js';
import { kinkedNetwork, sharedNetwork, smallNetworks } from '../support/small-networks.js';

const PICTURE = [3, 12, 12] as const;
const NETWORKS = smallNetworks(PICTURE);
const draw = random('peaks');
const PICTURES = Array.from({ length: 3 }, () => Float32Array.from({ length: size(PICTURE) }, () => 2 * draw() - 1));

/** A node's values for one picture, in float64. */
function values(network: Network, input: Node, node: Node, picture: ArrayLike<number>): Float64Array {
  const feeds = new Map<Node, Float64Array>([[input, Float64Array.from(picture)]]);
  for (const n of topological([node])) {
    if (n.op === 'input' && n !== input) feeds.set(n, Float64Array.from(network.weights.get((n as Node<'input'>).attrs.name)!));
  }
  return evaluate([node], feeds)[0];
}

const peaks = suite('peaks');

const networks: Record<string, Network> = { ...NETWORKS, shared: sharedNetwork(PICTURE), kinks: kinkedNetwork(PICTURE) };
for (const [name, network] of Object.entries(networks)) {
  peaks(`the greatest activation and its place: ${name}`, async () => {
    for (const { device } of await devices()) {
      const explainer = new Explainer(network, device, { batch: 2 });
      const all = network.layers.map((_, k) => k);
      const found = await explainer.peaks(PICTURES, all);
      const graph = network.build(1);
      for (const [p, { value, place }] of found.entries()) {
        for (const [k, { offset, filters }] of network.layers.entries()) {
          const { node, height, width } = mapOf(graph, k);
          const map = values(network, graph.input, node, PICTURES[p]);
          for (let f = 0; f < filters; f++) {
            const channel = map.subarray(f * height * width, (f + 1) * height * width);
            const [most, at] = [Math.max(...channel), place[offset + f]];
            if (at === -1) assert.ok(name === 'shared' && value[offset + f] > most, 'only a later use has no place');
            else {
              assert.ok(Math.abs(value[offset + f] - most) < 1e-5, `layer ${k}, filter ${f}: ${value[offset + f]} is not ${most}`);
              assert.ok(Math.abs(channel[at] - most) < 1e-5, `layer ${k}, filter ${f}: place ${at} has ${channel[at]}, not ${most}`);
            }
          }
        }
      }
      // One layer asked for by itself gives the same numbers.
      const last = all.length - 1;
      const [{ value }] = await explainer.peaks(PICTURES.slice(0, 1), [last]);
      assert.equal(value, found[0].value.slice(network.layers[last].offset));
      explainer.destroy();
    }
  });
}

for (const [name, network] of Object.entries(NETWORKS)) {
  peaks(`pixels beyond the receptive field change nothing, those at its edges do: ${name}`, () => {
    const graph = network.build(1);
    const [C, H, W] = PICTURE;
    const picture = Float64Array.from(PICTURES[0]);
    for (const k of network.layers.keys()) {
      const { node, height, width } = mapOf(graph, k);
      const before = values(network, graph.input, node, picture);
      for (const [y, x] of [[0, 0], [height - 1, width >> 1], [height >> 1, width - 1]]) {
        const { top, bottom, left, right } = receptiveField(node, graph.input, y, x);
        const changed = (where: (row: number, column: number) => boolean): boolean => {
          const other = picture.map((v, i) => (where(Math.floor(i / W) % H, i % W) ? v + 1 : v));
          const after = values(network, graph.input, node, other);
          return Array.from({ length: node.shape[1] }, (_, c) => (c * height + y) * width + x).some((i) => after[i] !== before[i]);
        };
        assert.not(changed((r, c) => r < top || r > bottom || c < left || c > right), `layer ${k} at ${y}, ${x}: beyond the field`);
        for (const edge of [(r: number) => r === top, (r: number) => r === bottom]) assert.ok(changed(edge), `layer ${k}: rows`);
        for (const edge of [left, right]) assert.ok(changed((_, c) => c === edge), `layer ${k}: columns`);
      }
    }
    assert.is(C, 3);
  });
}

peaks('what gathers from everywhere has the whole picture for its field', () => {
  const network = networks.kinks;
  const graph = network.build(1);
  const { node } = mapOf(graph, 1);
  assert.equal(receptiveField(node, graph.input, 0, 0), { top: 0, bottom: 11, left: 0, right: 11 });
});

peaks('of an ONNX file: after the bias and the activation', async () => {
  const w = tinyWeights();
  const network = classifier(loadModel(tinyModel(w), { name: 'tiny.onnx' }));
  const picture = Float32Array.from({ length: 192 }, () => 2 * draw() - 1);
  const [{ device }] = await devices();
  const explainer = new Explainer(network, device, { batch: 1 });
  const [{ value, place }] = await explainer.peaks([picture], [0]);
  for (let f = 0; f < 4; f++) {
    const map = Array.from({ length: 64 }, (_, at) => {
      let sum = w.bias[f];
      for (let c = 0; c < 3; c++) {
        for (let r = 0; r < 3; r++) {
          for (let s = 0; s < 3; s++) {
            const [i, j] = [Math.floor(at / 8) + r - 1, at % 8 + s - 1];
            if (i >= 0 && i < 8 && j >= 0 && j < 8) sum += w.conv[((f * 3 + c) * 3 + r) * 3 + s] * picture[(c * 8 + i) * 8 + j];
          }
        }
      }
      return Math.max(0, sum);
    });
    assert.ok(Math.abs(value[f] - Math.max(...map)) < 1e-5, `${f}: ${value[f]}`);
    assert.is(place[f], map.indexOf(Math.max(...map)));
  }
  try {
    await explainer.peaks([picture], [1]);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /there is no layer 1; the network has 1/);
  }
  explainer.destroy();
});

peaks.after(closeDevices);

peaks.run();
