/** Features and their gradients by the engine, against float64 and the definition; covered squares; which filter a feature pools. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFileSync } from 'node:fs';
import { classifier } from '../../src/classifier.js';
import * as b from '../../src/engine/builder.js';
import { grad } from '../../src/engine/grad.js';
import { topological, type Node } from '../../src/engine/graph.js';
import { loadModel } from '../../src/onnx/model.js';
import { fillPixels } from '../../src/saliency/masking.js';
import { FeatureNetwork } from '../../src/sparse/reading/feature-network.js';
import { featureMaps, occlusion, occlusionMap, shareOutside } from '../../src/sparse/reading/maps.js';
import { penultimate, pooledFilters } from '../../src/sparse/reading/penultimate.js';
import { evaluate } from '../../reference/evaluate.js';
import { draw, random, uniform } from '../../reference/random.js';
import { root } from '../../reference/paths.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { assertClose } from '../support/check.js';
import { closeDevices, devices } from '../support/device.js';
import { fails } from '../support/outcomes.js';
import { NETWORKS, PICTURE } from '../support/small-networks.js';

const pictures = [0, 1, 2].map((k) => Float32Array.from(draw(uniform(PICTURE), random(`features ${k}`))));

/** Values of nodes for one picture, in float64. */
function reference(name: string, build: (features: Node, input: Node) => Node[], picture: Float32Array): Float64Array[] {
  const network = NETWORKS[name];
  const graph = network.build(1);
  const nodes = build(penultimate(graph), graph.input);
  const feeds = new Map<Node, Float64Array>();
  for (const node of topological(nodes)) {
    if (node.op !== 'input') continue;
    const { name: of, role } = (node as Node<'input'>).attrs;
    feeds.set(node, Float64Array.from(role === 'weight' ? network.weights.get(of)! : picture));
  }
  return evaluate(nodes, feeds).map((v) => Float64Array.from(v));
}

const test = suite('features of a network');

for (const name of ['with groups']) {
  test(`${name}: values and gradients against float64`, async () => {
    const [{ device }] = await devices();
    const network = new FeatureNetwork(NETWORKS[name], device);
    const all = await network.values(pictures);
    const asked = [0, network.features - 1, 3];
    const gradients = await network.gradients(pictures, asked);
    for (const [k, picture] of pictures.entries()) {
      const [features, gradient] = reference(name, (f, input) => {
        const one = b.slice(f, { starts: [0, asked[k]], steps: [1, 1], sizes: [1, 1] });
        return [f, grad(b.sum(one), [input])[0]];
      }, picture);
      assert.is(all[k].features.length, features.length);
      assertClose(all[k].features, features, TOLERANCE.firstOrder, `features of picture ${k}`);
      assertClose(gradients[k], gradient, TOLERANCE.firstOrder, `gradient of feature ${asked[k]}`);
    }
    network.destroy();
  });
}

test('the map of a feature, and what a covered square takes from it', async () => {
  const [{ device }] = await devices();
  const network = new FeatureNetwork(NETWORKS['with groups'], device);
  const [map] = await featureMaps(network, [pictures[0]], [2], PICTURE);
  assert.is(map.length, 100);
  assert.ok(map.every((v) => v >= 0) && map.some((v) => v > 0));
  const found = await occlusion(network, pictures[0], 2, PICTURE, 3);
  assert.equal([found.side, found.rows, found.columns], [4, 3, 3]);
  // The last square is 2 x 2: the picture's side is 10.
  const last = fillPixels(pictures[0], PICTURE, [88, 89, 98, 99], 'mean', null);
  const [whole, without] = await network.values([pictures[0], last]);
  assert.is(found.drop[8], Math.fround(whole.features[2] - without.features[2]));
  const drawn = occlusionMap(found, PICTURE);
  assert.equal([drawn[0], drawn[4], drawn[99], drawn[88]], [found.drop[0], found.drop[1], found.drop[8], found.drop[8]]);
  await fails(() => network.gradients(pictures, [0, 99, 1]), /no feature 99; the network has 12, 0 to 11/);
  await fails(() => network.values([pictures[0].subarray(3)]), /297 values, but the network takes 300/);
  await fails(() => occlusion(network, pictures[0], 2, PICTURE, 0), /whole number of squares/);
  network.destroy();
});

test('the share of a map outside', () => {
  assert.is(shareOutside([1, 2, 3, 4], Uint8Array.of(1, 0, 0, 1)), 0.5);
  assert.is(shareOutside([0, 0], Uint8Array.of(1, 1)), null);
});

test('a feature is the pool of a filter, where it is one', () => {
  const of = (name: string) => pooledFilters(NETWORKS[name].build(1), NETWORKS[name].layers);
  const last = (name: string) => NETWORKS[name].layers.at(-1)!;
  for (const name of ['with groups', 'with branches']) {
    const { offset, filters } = last(name);
    assert.equal(of(name), Array.from({ length: filters }, (_, j) => offset + j));
  }
  // Of a residual sum the deeper convolution, and not the shortcut's.
  const demo = classifier(loadModel(readFileSync(`${root}/demo/model.onnx`), { name: 'demo' }));
  const { offset } = demo.layers.find((l) => l.name === 'layer3.0.conv2')!;
  assert.equal(pooledFilters(demo.build(1), demo.layers)!.slice(0, 2), [offset, offset + 1]);
  // Its features are places of a map laid flat.
  assert.is(of('with max pooling'), null);
  const bare = NETWORKS['with groups'].build(1);
  assert.throws(() => penultimate({ ...bare, logits: bare.convs[0].output }), /ends in no matrix product/);
});

test.after(closeDevices);
test.run();
