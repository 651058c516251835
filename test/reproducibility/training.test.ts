/** Many models trained side by side: both ways against each other and the reference's trajectories, and models that must not differ. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shared } from '../../reference/paths.js';
import { parseNpy } from '../../src/data/npy.js';
import { networkOf, runReplicates, runSetting } from '../../src/reproducibility/experiment.js';
import type { Measures } from '../../src/reproducibility/measures.js';
import { ordersOf } from '../../src/reproducibility/order.js';
import { completeSetting, type Setting } from '../../src/reproducibility/setting.js';
import { initialWeights, taskData } from '../../src/reproducibility/task.js';
import { trainModels } from '../../src/reproducibility/train.js';
import { closeDevices, devices } from '../support/device.js';
import { skipUnless } from '../support/skip.js';

const GOLDEN = `${shared}irrepro/golden/`;
const PATHS = ['resident', 'general'] as const;
/** What the note allows float32, with the reason: five to a hundred times what numpy in float32 differs by. */
const ALLOWED = { 1: 1e-6, 10: 5e-6, 256: 2e-5, logits: 5e-5, measures: 5e-6 } as const;

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.is(a.length, b.length);
  let most = 0;
  for (let k = 0; k < a.length; k++) most = Number.isNaN(a[k] - b[k]) ? NaN : Math.max(most, Math.abs(a[k] - b[k]));
  return most;
};

const training = suite('training side by side');
training.after(closeDevices);

for (const name of ['relu-window16', 'smelu-window16', 'gelu-onehot-adagrad', 'identity-null']) {
  if (skipUnless(existsSync(`${GOLDEN}${name}`), "the reference's trajectories are in ../shared")) {
    training(`the trajectory ${name}`, async () => {
      const meta = JSON.parse(readFileSync(`${GOLDEN}${name}/meta.json`, 'utf8')) as { setting: object; measures: Measures };
      const of = (file: string): number[] => Array.from(parseNpy(readFileSync(`${GOLDEN}${name}/${file}.npy`), file).data as Float64Array);
      for (const { name: schedule, device } of await devices()) {
        for (const path of PATHS) {
          const what = `${name}, ${schedule}, ${path}`;
          const r = await runSetting(device, completeSetting(meta.setting), { path, at: [1, 10, 256] });
          assert.equal([...r.data.x], of('x'), `${what}: x`);
          assert.equal([...r.data.y], of('y'), `${what}: y`);
          assert.equal([...r.data.xHeld], of('x_held'), `${what}: x_held`);
          assert.equal([...r.data.yHeld], of('y_held'), `${what}: y_held`);
          assert.equal([...r.initial], of('weights_0').map(Math.fround), `${what}: weights_0`);
          const order = r.orders.rows === 1 ? Array(r.setting.models).fill([...r.orders.values]).flat() : [...r.orders.values];
          assert.equal(order, of('orders'), `${what}: orders`);
          for (const t of [1, 10, 256] as const) {
            const off = worst(r.snapshots.get(t)!, of(`weights_${t}`));
            assert.ok(off <= ALLOWED[t], `${what}: weights_${t} off by ${off}`);
          }
          const off = worst(r.logits, of('logits'));
          assert.ok(off <= ALLOWED.logits, `${what}: logits off by ${off}`);
          for (const [key, want] of Object.entries(meta.measures)) {
            const got = r.measures[key as keyof Measures]!;
            assert.ok(Math.abs(got - want) <= ALLOWED.measures * Math.max(1, Math.abs(want)), `${what}: ${key} is ${got}, not ${want}`);
          }
        }
      }
    });
  }
}

/** Settings in which every part of both ways is used. */
const KINDS: Partial<Setting>[] = [{ activation: 'swish', beta: 1.5, batch: 4, optimizer: 'adagrad', epochs: 2 }, { activation: 'softplus',
  beta: 3, width: 9, depth: 3, schedule: 'linear', truth: 'product' }, { activation: 'selu', depth: 0 }];

training('both ways agree, and neither a block of steps nor the other models change a bit', async () => {
  const [{ device }] = await devices();
  for (const kind of KINDS) {
    const s = completeSetting({ train: 48, held: 8, models: 11, width: 5, window: 8, ...kind });
    const [resident, general] = [await runSetting(device, s, { path: 'resident' }), await runSetting(device, s, { path: 'general' })];
    assert.ok(worst(resident.weights, general.weights) < 2e-6, `${JSON.stringify(kind)}: ${worst(resident.weights, general.weights)}`);
    // Snapshots cut the steps into blocks; three of the models alone are a smaller batch.
    const task = { network: networkOf(s), models: 3, ...taskData(s), orders: ordersOf({ ...s, models: 3 }),
      initial: initialWeights({ ...s, models: 3 }), rate: s.rate, schedule: s.schedule };
    const cut = await trainModels(device, task, { path: 'resident', at: [1, 2, 5] });
    assert.equal(cut.weights, resident.weights.slice(0, cut.weights.length), JSON.stringify(kind));
  }
});

training('replicates trained together are those trained alone', async () => {
  const [{ device }] = await devices();
  const s = completeSetting({ train: 64, held: 16, models: 3, width: 2, window: 16, activation: 'smelu', beta: 0.5 });
  const together = await runReplicates(device, s, [101, 102]);
  const alone = await runSetting(device, { ...s, seed: 102 });
  assert.equal([together[1].weights, together[1].logits, together[1].measures], [alone.weights, alone.logits, alone.measures]);
  const fixed = await runReplicates(device, { ...s, window: 1 }, [101, 102]);
  assert.equal(fixed[1].measures, (await runSetting(device, { ...s, window: 1, seed: 102 })).measures);
});

training('a setting that diverges is NaN and says which models; one that passes memory is refused in a sentence', async () => {
  const [{ device }] = await devices();
  for (const path of PATHS) {
    const r = await runSetting(device,
      completeSetting({ train: 512, held: 8, models: 2, width: 16, depth: 4, activation: 'identity', rate: 5 }), { path });
    assert.equal(r.diverged, [0, 1]);
    assert.ok(Object.values(r.measures).every(Number.isNaN), path);
  }
  const huge = completeSetting({ models: 100_000, width: 2048, depth: 4 });
  const message = await runSetting(device, huge).then(() => '', (error: Error) => error.message);
  assert.match(message, /100000 models of \d+ weights take \d+ bytes, and \d+ can be had; give fewer models, or smaller ones/);
});

training.run();
