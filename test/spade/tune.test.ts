/** The search for sparsities, on objectives that are known. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tune, type Evaluation } from '../../src/spade/tune.js';

const GRID = [0, 0.5, 0.9];
const looked: string[] = [];

/** The objective has its peak at (0.5, 0.9); traces agree where the sparsities sum to no more than `most`. */
const evaluate = (most: number) => async (setting: readonly number[]): Promise<Evaluation> => {
  looked.push(setting.join());
  const agreement = setting[0] + setting[1] <= most ? 0.95 : 0.5;
  const score = agreement < 0.9 ? null : 1 - (setting[0] - 0.5) ** 2 - (setting[1] - 0.9) ** 2;
  return { setting, agreement, score };
};

const test = suite('spade tune');

test('finds the peak, asks about no setting twice, and never leaves what agrees', async () => {
  const free = await tune(2, evaluate(2), { grid: GRID, agreement: 0.9, rounds: 3 });
  assert.equal(free.best.setting, [0.5, 0.9]);
  assert.is(new Set(looked).size, looked.length);
  assert.is(free.looked, looked.length);
  const bound = await tune(2, evaluate(1), { grid: GRID, agreement: 0.9, rounds: 3 });
  assert.equal(bound.best.setting, [0.5, 0.5]);
  const none = await tune(2, evaluate(0), { grid: GRID, agreement: 0.9, rounds: 3 });
  assert.equal(none.best.setting, [0, 0]);
});

test.run();
