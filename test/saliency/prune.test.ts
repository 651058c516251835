/** Filters turned off, against PyTorch in float64: the rows of the golden prune.json. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Explainer } from '../../src/saliency/explainer.js';
import { maskOf, turnOff, turnOffEach } from '../../src/saliency/off.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { closeDevices, openDevice } from '../support/device.js';
import { golden, hasShared, openClassifier } from '../../reference/golden.js';
import { skipUnless } from '../support/skip.js';
import { TOLERANCE } from '../../reference/tolerances.js';

interface PruneRow {
  readonly sample: number;
  readonly mode: 'channel' | 'paper';
  readonly k: number;
  readonly logits: readonly number[];
}

const off = suite('turning filters off');

off('a mask of filters that are not there is refused', () => {
  assert.equal([...maskOf([2, 0], 4)], [0, 1, 0, 1]);
  for (const k of [-1, 4, 0.5]) assert.throws(() => maskOf([k], 4), /there is no filter/);
});

if (skipUnless(hasShared, 'the golden numbers are absent')) {
  off('ResNet-20, both modes: logits of every golden row', async () => {
    const { meta, inputs, rows, json } = golden('cifar10-resnet20');
    const wanted = json<PruneRow[]>('prune.json');
    assert.is(wanted.length, 144);
    const [mean, std] = [rows('mean')[0], rows('std')[0]];
    const standardized = rows('standardized');
    const explainer = new Explainer(openClassifier(meta.model), await openDevice({}));
    // The golden order: falling standardized saliency, dead filters last, ties by index.
    const orderOf = (sample: number): number[] =>
      Array.from(mean, (_, k) => k).filter((k) => std[k] > 1e-14)
        .sort((a, b) => standardized[sample][b] - standardized[sample][a] || a - b);
    let worst = 0;
    for (const mode of ['channel', 'paper'] as const) {
      const list = wanted.filter((r) => r.mode === mode);
      const got = await explainer.logits(list.map((r) => inputs[r.sample]), list.map((r) =>
        maskOf(orderOf(r.sample).slice(0, r.k), mean.length)
      ), mode);
      list.forEach((row, k) =>
        row.logits.forEach((want, c) => {
          const error = Math.abs(got[k][c] - want);
          worst = Math.max(worst, error);
          assert.ok(error <= TOLERANCE.logitsOff,
            `sample ${row.sample}, ${mode}, ${row.k} off, class ${c}: ${got[k][c]}, expected ${want}`);
        })
      );
      // What turnOff says is what these logits say.
      const { sample } = list[0];
      const mine = list.filter((r) => r.sample === sample);
      const [label, predicted] = [meta.labels[sample], meta.predicted[sample]];
      const answers = await turnOff(explainer, inputs[sample], label, predicted, mine.map((r) => orderOf(sample).slice(0, r.k)), mode);
      answers.forEach((answer, k) => {
        assert.ok(Math.abs(answer.wrong - probability(mine[k].logits, predicted)) < TOLERANCE.logitsOff);
        assert.ok(Math.abs(answer.label - probability(mine[k].logits, label)) < TOLERANCE.logitsOff);
        assert.is(answer.predicted, argmax(mine[k].logits));
      });
    }
    console.log(`  largest error of a logit: ${worst.toExponential(1)}`);
    const differs = wanted.filter((r) => r.mode === 'paper').some((r) =>
      wanted.some((c) => c.mode === 'channel' && c.sample === r.sample && c.k === r.k && Math.abs(c.logits[0] - r.logits[0]) > 0.1)
    );
    assert.ok(differs, 'the two modes would not be told apart');
    const subjects = [24, 25].map((s) => ({ picture: inputs[s], label: meta.labels[s], predicted: meta.predicted[s] }));
    const sets = [[], [3, 5], [100]];
    const each = await turnOffEach(explainer, subjects, sets);
    for (const [s, { picture, label, predicted }] of subjects.entries()) {
      assert.equal(each[s], await turnOff(explainer, picture, label, predicted, sets));
    }
    explainer.destroy();
  });
}

off.after(closeDevices);

off.run();
