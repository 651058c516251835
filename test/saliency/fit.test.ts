/** How well answers fit labels, by hand; orders of classes that are mistaken for each other. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bestFit, commonOrders, fitOf, lossBetween } from '../../src/saliency/fit.js';

const fit = suite('fit');
const AS_THEY_ARE = { name: '', of: [0, 1, 2] };

fit('right, loss and confidence by hand', () => {
  const logits = [[Math.log(2), 0, 0], [0, Math.log(6), 0]];
  const got = fitOf(logits, [0, 2], AS_THEY_ARE);
  assert.equal([got.right, got.samples], [1, 2]);
  assert.ok(Math.abs(got.losses[0] - Math.log(2)) < 1e-12 && Math.abs(got.losses[1] - Math.log(8)) < 1e-12);
  assert.ok(Math.abs(got.loss - Math.log(16) / 2) < 1e-12 && Math.abs(got.confidence - (1 / 2 + 6 / 8) / 2) < 1e-12);
  const turned = fitOf(logits, [0, 2], { name: '', of: [0, 2, 1] });
  assert.is(turned.right, 2);
  assert.is(bestFit([{ fit: got }, { fit: turned }]).fit, turned);
  assert.ok(lossBetween(got, turned).mean > 0 && Math.abs(lossBetween(got, got).high) === 0);
  assert.ok(Number.isFinite(fitOf([[1e30, 0, 0]], [0], AS_THEY_ARE).loss) && fitOf([[5000, 0, 0]], [1], AS_THEY_ARE).loss === 5000);
  assert.throws(() => fitOf([], [], AS_THEY_ARE), /do not belong together/);
});

fit('orders: each once, and only where every label has a class', () => {
  const named = (orders: ReturnType<typeof commonOrders>) => Object.fromEntries(orders.map(({ name, of }) => [name, of.join(' ')]));
  assert.equal(named(commonOrders(3, ['dog', 'fox', 'cat'], [0, 1, 2])), {
    'as they are': '0 1 2',
    "the network's classes are alphabetical by name": '1 2 0',
    'the labels are alphabetical by name': '2 0 1',
    'the other way round': '2 1 0',
  });
  const twelve = named(commonOrders(12, null, [1, 2, 10]));
  assert.is(twelve["the network's classes are numbers sorted as texts: 0, 1, 10, 11, 2"], '0 1 4 5 6 7 8 9 10 11 2 3');
  assert.is(twelve['the labels count from 1'], '-1 0 1 2 3 4 5 6 7 8 9 10');
  assert.is(twelve['the network has a class before the first'], '1 2 3 4 5 6 7 8 9 10 11 12');
  assert.not('the labels count from 1' in named(commonOrders(12, null, [0, 1])));
});

fit.run();
