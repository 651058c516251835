/**
 * Networks in workgroup memory, and the graph that takes their place, with nothing left to chance: whatever the number of models, they must
 * agree to the bit, on every driver (this folder's tests run on each).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { trainKernel, type TrainedNetwork } from '../../src/kernels/train-network.js';
import { runSetting, type Result } from '../../src/reproducibility/experiment.js';
import { completeSetting } from '../../src/reproducibility/setting.js';
import { closeDevices, devices } from '../support/device.js';
import { PAPER } from '../support/target.js';

const PATHS = ['resident', 'general'] as const;

const training = suite('networks in workgroup memory');
training.after(closeDevices);

training('the same initial weights and the same order give the same bits, whatever the number of models', async () => {
  const base = completeSetting({ init: 'same', window: 1, train: 8, held: 16, width: 3, depth: 2, activation: 'tanh', batch: 2 });
  for (const { name, device } of await devices()) {
    for (const path of PATHS) {
      let alone: Result | null = null;
      // The general graph takes long to compile: once, and with as many models as tell.
      if (path === 'general' && name === 'tile') continue;
      for (const models of path === 'general' ? [1, 32, 1000] : [1, 2, 32, 1000]) {
        const r = await runSetting(device, { ...base, models }, { path });
        for (const key of ['pd_abs', 'pd_sym', 'pd_rel', 'pd_logit', 'sd', 'sd_rel', 'churn', 'hamming', 'pd_abs_live'] as const) {
          assert.is(r.measures[key], 0, `${key}, ${models} models, ${name}, ${path}`);
        }
        alone ??= r;
        assert.equal(r.weights.slice(-alone.weights.length), alone.weights, `weights of the last of ${models}, ${name}, ${path}`);
      }
    }
  }
});

const NETWORK: TrainedNetwork = { inputs: 2, width: 32, depth: 4, activation: 'relu', beta: 1, optimizer: 'sgd', batch: 1 };
const BLOCK = { models: 5, rows: 9, steps: 3, orders: 5 };

training('a network of width 32 and depth 4 fits in the memory that every adapter has; what does not has no kernel', () => {
  for (const schedule of ['register', 'tile'] as const) {
    const kernel = trainKernel({ ...PAPER, schedule }, NETWORK, BLOCK)!;
    assert.match(kernel.wgsl, /var<workgroup> m: array<f32, 4096>/);
    assert.is(trainKernel({ ...PAPER, schedule }, { ...NETWORK, width: 40 }, BLOCK), null);
    assert.is(trainKernel({ ...PAPER, schedule }, { ...NETWORK, width: 4, classes: 3 }, BLOCK), null);
  }
});

training('neither text nor workgroup of the kernel depends on the number of models', () => {
  for (const schedule of ['register', 'tile'] as const) {
    const small = { ...NETWORK, width: 3, depth: 1 };
    const texts = [1, 2, 1000].map((models) => trainKernel({ ...PAPER, schedule }, small, { ...BLOCK, models, orders: models })!.wgsl);
    assert.equal(new Set(texts).size, 1);
  }
});

training.run();
