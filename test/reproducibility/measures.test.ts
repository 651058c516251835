/** Measures of irreproducibility against numbers of the reference, closed cases, and what must never be 0. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jackknife, measuresOf, sharedMistakes, type Measures } from '../../src/reproducibility/measures.js';

/** From the reference in float64 (numpy). */
const LOGITS = [[-1.6038628505068948, -2.64871799125629, -0.49672324419049707, 0.840890476131043, 2.2720930649792854], [0.21941279864361637,
  -1.105294641072465, -1.5695607106885567, 1.4974915414691823, 3.269566085917155], [0.5455375516894435, -2.4666573280615434,
  -1.9165304108721775, 3.200038177998223, 0.4057648810172168]].flat();
const TRUTH = { y: [1, 0, 1, 0, 1], p: [0.6, 0.2, 0.7, 0.4, 0.5] };
const EXPECTED: Measures = { pd_abs: 0.2031841701827408, pd_sym: 0.5556709579335988, pd_rel: 0.35131248165886275,
  pd_logit: 1.3780773101105281, sd: 0.16232959888346904, sd_rel: 0.46356618326536336, churn: 0.13333333333333333,
  hamming: 0.6666666666666666, agreement: 0.8666666666666667, unanimous: 0.8, constant: 0, pd_abs_live: 0.2031841701827408,
  error: 0.4666666666666667, mistakes_shared: 0.7777777777777777, error_kappa: 0.7435897435897436, excess_loss: 0.39064813586478736 };

const measures = suite('measures');

measures('all of them, and the jackknife, as the reference has them', () => {
  const got = measuresOf(LOGITS, 3, TRUTH);
  assert.equal(Object.keys(got).sort(), Object.keys(EXPECTED).sort());
  for (const [name, want] of Object.entries(EXPECTED)) {
    assert.ok(Math.abs(got[name as keyof Measures]! - want) < 1e-12, `${name}: ${got[name as keyof Measures]}, not ${want}`);
  }
  assert.ok(Math.abs(jackknife(LOGITS, 3, 'pd_abs') - 0.05877948467490419) < 1e-12);
});

measures('of two models the relative difference from their mean is half the symmetric one', () => {
  const { pd_rel, pd_sym, pd_abs } = measuresOf([[0.1, 0.7, 0.5], [0.3, 0.6, 0.5]].flat().map((p) => Math.log(p / (1 - p))), 2);
  assert.ok(Math.abs(2 * pd_rel - pd_sym) < 1e-12 && Math.abs(pd_sym - (0.4 / 0.4 + 0.2 / 1.3) / 3) < 1e-12);
  assert.ok(Math.abs(pd_abs - 0.1) < 1e-12);
});

measures('models that agree to the bit differ by exactly 0, however many; so does a single one', () => {
  for (const models of [1, 2, 32, 1000]) {
    const got = measuresOf(Array(models).fill([0.3, -1.7, 2.2]).flat(), models, { y: [1, 0, 1] });
    for (const name of ['pd_abs', 'pd_sym', 'pd_rel', 'pd_logit', 'sd', 'sd_rel', 'churn', 'hamming', 'pd_abs_live', 'constant'] as const) {
      assert.is(got[name], 0, `${name} of ${models}`);
    }
    assert.equal([got.agreement, got.unanimous, got.mistakes_shared, got.error_kappa], [1, 1, 1, 1]);
  }
});

measures('what is not finite makes every measure NaN, never 0', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const got = measuresOf([...LOGITS.slice(0, 14), bad], 3, TRUTH);
    assert.ok(Object.keys(EXPECTED).every((name) => Number.isNaN(got[name as keyof Measures])), JSON.stringify(got));
  }
});

measures('constants are counted, and left out of the difference of the living; of fewer than two there is none', () => {
  const two = measuresOf([1, -1, 0.5, 0.2, 0.2, 0.2], 2);
  assert.is(two.constant, 1);
  assert.ok(Number.isNaN(two.pd_abs_live));
  const three = measuresOf([1, -1, 0.5, 0.2, 0.2, 0.2, 1, -1, 0.5], 3);
  assert.equal([three.constant, three.pd_abs_live], [1, 0]);
});

measures('mistakes shared: both over either, 1 where there is none', () => {
  assert.equal(sharedMistakes([Uint8Array.of(0, 0), Uint8Array.of(0, 0)]), { mistakes_shared: 1, error_kappa: 1 });
  const { mistakes_shared, error_kappa } = sharedMistakes([Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 1, 0)]);
  assert.equal([mistakes_shared, error_kappa], [1 / 3, 0]);
});

measures.run();
