/** What layers are called, by the names that real exporters write. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layerName, namedLayers } from '../../src/data/layer-names.js';
import { layerAt } from '../../src/saliency/network.js';
import { readMeta } from '../../src/store/run.js';

const CASES: readonly (readonly [who: string, node: string, weight: string, name: string])[] = [
  ['PyTorch 1.6, 1.12', 'Conv_169', 'layer4.2.conv3.weight', 'layer4.2.conv3'],
  ['PyTorch 1.12, batch norm folded', 'Conv_0', '105', 'Conv_0'],
  ['PyTorch 1.12, batch norm folded', 'Conv_3', 'onnx::Conv_497', 'Conv_3'],
  ['PyTorch 1.13', '/features/features.0/features.0.0/block/block.3/Conv', 'features.0.0.block.3.weight', 'features.0.0.block.3'],
  ['PyTorch 1.13, batch norm folded', '/features/features.0/features.0.0/block/block.0/Conv', 'onnx::Conv_81', 'features.0.0.block.0'],
  ['PyTorch 1.13, batch norm folded', '/layer4/layer4.2/conv3/Conv', 'onnx::Conv_497', 'layer4.2.conv3'],
  ['PyTorch 1.13, a parameter of the outermost module', '/Conv', 'w', '/Conv'],
  ['PyTorch 2', 'node_conv2d_1', 'features.3.weight', 'features.3'],
  ['PyTorch 2, by its op and number', 'node_Conv_292', 'conv1.weight', 'conv1'],
  ['no name for the node but its output', '123', 'conv1.weight', 'conv1'],
  ['weight norm, pruned, parametrized', 'Conv_1', 'a.weight_v', 'a'],
  ['weight norm, pruned, parametrized', 'Conv_1', 'a.weight_orig', 'a'],
  ['weight norm, pruned, parametrized', 'Conv_1', 'a.parametrizations.weight.original0', 'a'],
  ['tf2onnx', 'sequential/conv2d/BiasAdd', 'sequential/conv2d/Conv2D/ReadVariableOp:0', 'sequential/conv2d'],
  ['tf2onnx, batch norm folded', 'StatefulPartitionedCall/resnet50/conv1_conv/Conv2D', 'const_fold_opt__512', 'resnet50/conv1_conv'],
  ['Caffe2', 'n12', 'gpu_0/res2_0_branch1_w_0', 'gpu_0/res2_0_branch1'],
  ['CNTK', 'Convolution28', 'Parameter5', 'Convolution28'],
  ['MXNet: a node that is named by a person', 'resnetv17_conv0_fwd', 'resnetv17_conv0_weight', 'resnetv17_conv0_fwd'],
  ['by hand', 'conv1', 'W1', 'conv1'],
];

const names = suite('names of layers');

for (const [who, node, weight, name] of CASES) names(`${who}: ${node}, ${weight}`, () => assert.is(layerName({ node, weight }), name));

names('no two layers have one name', () => {
  const layers = [['Conv_0', 'a.weight'], ['Conv_1', 'a.weight_v'], ['Conv_2', 'b.weight'], ['Conv_3', 'a.kernel']];
  assert.equal(namedLayers(layers.map(([node, weight]) => ({ node, weight }))).map((l) => l.name), ['a', 'a#2', 'b', 'a#3']);
});

names('a layer is found by name, by the names in its file, and by its place', () => {
  const layers = namedLayers([{ node: 'Conv_1', weight: 'a.0.weight' }, { node: 'Conv_4', weight: 'a.1.weight' }])
    .map((l, k) => ({ ...l, filters: 2, offset: 2 * k }));
  assert.equal(['a.1', 'Conv_4', 'a.1.weight', '1'].map((text) => layerAt(layers, text)), [1, 1, 1, 1]);
  for (const text of ['a', '2', 'conv_4']) {
    assert.throws(() => layerAt(layers, text), `there is no layer ${text}; the model has 0 (a.0) to 1 (a.1)`);
  }
});

names('a run of an earlier version has them too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'misfire-names-'));
  const layers = [{ node: 'Conv_169', weight: 'layer4.2.conv3.weight', filters: 2048, offset: 0 }];
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ format: 1, model: { file: 'm.onnx', layers } }));
  const meta = await readMeta(folder);
  assert.equal(meta!.model.layers, [{ ...layers[0], name: 'layer4.2.conv3' }]);
  rmSync(folder, { recursive: true });
});

names.run();
