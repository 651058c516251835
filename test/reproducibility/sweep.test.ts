/** Factorials: cells with their controls, cells that cannot be run, and what is told of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { analyseSweep, over, type Outcome } from '../../src/reproducibility/effects.js';
import type { Measures } from '../../src/reproducibility/measures.js';
import { parseSweep } from '../../src/reproducibility/sweep.js';

const sweeps = suite('sweep');

sweeps('every combination of levels, and to each the identity control once', () => {
  const { cells, seeds, factors } = parseSweep({ base: { train: 32, seed: 5 }, replicates: 3,
    factors: { activation: ['relu', { activation: 'smelu', beta: 0.5 }],
      random: [{ name: 'none', init: 'same', window: 1 }, { init: 'different', window: 32 }] } });
  assert.equal(seeds, [5, 6, 7]);
  assert.equal(factors, { activation: ['relu', 'smelu 0.5'], random: ['none', 'init different, window 32'] });
  assert.equal(cells.map((c) => [c.setting!.activation, c.setting!.init, c.control, c.added]), [['relu', 'same', 4, false], ['relu',
    'different', 5, false], ['smelu', 'same', 4, false], ['smelu', 'different', 5, false], ['identity', 'same', 4, true], ['identity',
    'different', 5, true]]);
  const own = parseSweep({ factors: { activation: ['identity', 'tanh'] } });
  assert.equal(own.cells.map((c) => [c.control, c.added]), [[0, false], [0, false]]);
  assert.is(own.seeds.length, 16);
  assert.equal(parseSweep({ settings: [{ width: 2 }], control: false }).cells.map((c) => [c.control, c.levels]), [[null, {
    setting: '1',
  }]]);
});

sweeps('a cell that cannot be run says why and leaves the others; a file of another form is refused', () => {
  const { cells } = parseSweep({ factors: { window: [0, 1], width: [1] }, settings: [{ wdith: 3 }], control: false });
  assert.match(cells[0].refusal!, /'window' must be a whole number of 1 to \d+, got 0/);
  assert.is(cells[1].refusal, null);
  assert.match(cells[2].refusal!, /unknown field 'wdith'/);
  const refused: [unknown, RegExp][] = [[[], /must be an object such as/], [{ factor: {} }, /unknown field 'factor'; there are base, /], [{
    factors: { window: 3 },
  }, /'window' of the factors must be a list/], [{ seeds: [1, 1] }, /a seed twice/], [{ seeds: [1], replicates: 2 },
    /'seeds' or 'replicates'/], [{ replicates: 0 }, /'replicates' must be/], [{ seeds: [-1] }, /a seed is/], [{ control: 1 },
    /'control' must be true or false/]];
  for (const [given, message] of refused) assert.throws(() => parseSweep(given, 's.json'), message);
});

/** An outcome with these numbers. */
const outcome = (pd_abs: number, excess_loss = 0): Outcome => ({ measures: { pd_abs, excess_loss } as Measures, diverged: 0 });

sweeps('effects are paired by seed, with the control beside them; what is not finite makes no number', () => {
  const sweep = parseSweep({ seeds: [1, 2, 3], factors: { activation: ['identity', 'relu'], window: [1, 4] } });
  // identity 1, identity 4, relu 1, relu 4: seeds differ more than settings do.
  const seeds = [10, 20, 30];
  const { cells, effects } = analyseSweep(sweep, [0, 1, 2, 5].map((add) => seeds.map((s) => outcome(s + add, 2 * add))), 50);
  assert.equal(cells[3].beyond, { pd_abs: { mean: 4, low: 4, high: 4 }, excess_loss: { mean: 8, low: 8, high: 8 } });
  assert.is(cells[0].beyond, null);
  const told = effects.map((e) => [e.factor, e.level, e.against, e.others, e.effect.pd_abs.mean, e.control?.pd_abs.mean ?? null]);
  assert.equal(told, [['activation', 'relu', 'identity', {}, 3, null], ['activation', 'relu', 'identity', { window: '1' }, 2, null], [
    'activation',
    'relu',
    'identity',
    { window: '4' },
    4,
    null,
  ], ['window', '4', '1', {}, 2, 1], ['window', '4', '1', { activation: 'identity' }, 1, null], ['window', '4', '1', { activation: 'relu' },
    3, 1]]);
  assert.ok(Number.isNaN(over([1, NaN, 2]).mean) && Number.isNaN(over([]).mean));
  const failed = analyseSweep(sweep, [0, 1, 2, 5].map((add, k) => (k === 3 ? [{ failed: 'no room' }] : seeds.map((s) => outcome(s + add)))),
    50);
  assert.equal([failed.cells[3].refused, failed.cells[3].intervals, failed.cells[2].beyond!.pd_abs.mean], ['no room', null, 2]);
});

sweeps.run();
