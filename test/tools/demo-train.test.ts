/** The demo's training, against PyTorch. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/engine/device.js';
import { loadModel } from '../../src/onnx/model.js';
import { toOnnx } from '../../tools/demo/export.js';
import { rateAt, RECIPE, train, type Parameters } from '../../tools/demo/train.js';
import { closeDevices, devices } from '../support/device.js';
import { SHORT } from './demo-train-recipe.js';

/** From demo-train.py: float64 PyTorch, the same initial weights and pictures. */
const PYTORCH = {
  losses: [
    2.197374279,
    2.132684042,
    2.172623542,
    2.154858181,
    2.135675371,
    2.030998026,
    2.351842354,
    2.108589036,
  ],
  'layer3.0.bn1.running_var': 1.217544856,
  'conv1.weight': -0.227050668,
};

async function losses(recipe: typeof RECIPE, device: Device): Promise<{ losses: number[]; parameters: Parameters }> {
  const all: number[] = [];
  const parameters = await train(device, recipe, (_, loss) => all.push(loss));
  return { losses: all, parameters };
}

const training = suite('train');
training.after(closeDevices);

training('follows PyTorch: losses, running statistics, momentum, weight decay', async () => {
  for (const { name, device } of await devices()) {
    const run = await losses(SHORT, device);
    run.losses.forEach((loss, k) =>
      assert.ok(Math.abs(loss - PYTORCH.losses[k]) < 2e-6, `${name}: step ${k}: ${loss}, PyTorch ${PYTORCH.losses[k]}`)
    );
    for (const key of ['layer3.0.bn1.running_var', 'conv1.weight'] as const) {
      const [value] = run.parameters.get(key)!.values;
      assert.ok(Math.abs(value - PYTORCH[key]) < 2e-6, `${name}: ${key}: ${value}, PyTorch ${PYTORCH[key]}`);
    }
  }
});

training('gives the same bits twice', async () => {
  const [{ device }] = await devices();
  const [first, second] = [await losses(SHORT, device), await losses(SHORT, device)];
  assert.equal(first.losses, second.losses);
  for (const [name, { values }] of first.parameters) assert.equal(values, second.parameters.get(name)!.values, name);
});

training('learns: the loss of a few pictures falls', async () => {
  const [{ device }] = await devices();
  const { losses: all } = await losses({ ...RECIPE, steps: 16, batch: 16, warmUp: 4, pictures: 16 }, device);
  assert.ok(all[15] < all[0] / 2, `from ${all[0]} to ${all[15]}`);
});

training('the rate rises, then falls to nothing', () => {
  const rates = Array.from({ length: RECIPE.steps }, (_, k) => rateAt(k, RECIPE));
  assert.is(rates.indexOf(Math.max(...rates)), RECIPE.warmUp - 1);
  assert.ok(Math.max(...rates) <= RECIPE.rate && Math.max(...rates) > 0.99 * RECIPE.rate);
  assert.ok(rates[RECIPE.steps - 1] < 1e-4 * RECIPE.rate);
});

training('what is trained is written as an ONNX file with a free batch and named layers', async () => {
  const [{ device }] = await devices();
  const parameters = await train(device, { ...SHORT, steps: 0 });
  const model = loadModel(toOnnx(parameters), { name: 'model.onnx' });
  assert.is(model.opset, 13);
  assert.is(model.batch, null);
  assert.equal(model.nodes.filter((n) => n.op === 'Conv').map((n) => n.name), [
    'conv1',
    'layer1.0.conv1',
    'layer1.0.conv2',
    'layer2.0.conv1',
    'layer2.0.conv2',
    'layer2.0.downsample.0',
    'layer3.0.conv1',
    'layer3.0.conv2',
    'layer3.0.downsample.0',
  ]);
  for (const [name, { shape, values }] of parameters) {
    const stored = model.initializers.get(name)!;
    assert.equal([...stored.shape], [...shape], name);
    assert.equal(stored.data, values, name);
  }
});

training.run();
