/** What the demo shows: a planted fault, found and mended. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { demonstrate, openDemo, type Demonstration } from '../../tools/demo/demonstrate.js';
import { CLASSES, FAULT, PREPROCESSING } from '../../tools/demo/pictures.js';
import { CHOICES, type Choice } from '../../tools/demo/repair.js';
import type { Report } from '../../src/report/data.js';
import { demoPage } from '../../tools/demo/page.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { parsePreprocessing } from '../../src/data/preprocessing-file.js';
import { closeDevices, devices } from '../support/device.js';
import { root } from '../../reference/paths.js';

const demo = suite('demonstrate');
let result: Demonstration, page: string;

demo.before(async () => {
  const [{ device }] = await devices();
  const read = (name: string): Buffer => readFileSync(join(root, 'demo', name));
  const opened = await openDemo(device, read('model.onnx'), read('stats.json').toString());
  result = await demonstrate(opened);
  page = await demoPage(opened, result, 'triangle.png', 'demo', device.adapter);
  opened.explainer.destroy();
});
demo.after(closeDevices);

demo('the sticker makes the network misname the shown picture', () => {
  const { shown } = result;
  assert.is.not(shown.sample.label, FAULT.markedClass);
  assert.is(argmax(shown.unmarked), shown.sample.label);
  assert.is(argmax(shown.logits), FAULT.markedClass);
  assert.ok(probability(shown.logits, FAULT.markedClass) > 0.5);
});

demo('and most others that it names rightly without', () => {
  assert.ok(result.fooled >= 50, `${result.fooled} pictures`);
  assert.ok(result.fooled / result.seen > 0.6, `${result.fooled} of ${result.seen}`);
});

demo('turning off the most salient filters repairs the shown picture; as many random ones seldom do', () => {
  for (const { filters, outcomes: { salient, random } } of result.shownRepairs.filter((r) => r.filters >= 5)) {
    assert.is(salient.repaired, 1, `${filters} filters`);
    assert.ok(salient.right > 0.5, `${filters} filters: ${salient.right}`);
    assert.ok(random.repaired <= 0.5, `${filters} filters: ${random.repaired}`);
  }
});

demo('its page covers the sticker, which repairs the picture, and a patch elsewhere does not', () => {
  const { reports: [{ known, conclusion, made }] } = JSON.parse(/id="data">([^]*?)<\/script>/.exec(page)![1]) as { reports: Report[] };
  assert.is(known!.name, 'the sticker');
  assert.is(known!.salient.predicted, result.shown.sample.label);
  assert.ok(known!.random.repaired <= made.settings.draws / 4, `${known!.random.repaired} of ${made.settings.draws} patches`);
  assert.match(conclusion[2], /^Repaired: with the sticker covered \(\d+ pixels\)/);
  assert.not.match(conclusion.join(' '), /most salient pixels/);
});

demo('of the others the salient filters repair far more than any control does', () => {
  const n = result.fooled;
  const share = (filters: number, choice: Choice): number => result.repairs.find((r) => r.filters === filters)!.outcomes[choice].repaired;
  for (const filters of [5, 10, 20]) {
    const salient = share(filters, 'salient');
    for (const control of CHOICES.filter((c) => c !== 'salient')) {
      const other = share(filters, control);
      // Two shares of n pictures each, by the normal approximation; five standard errors are p < 1e-6. The control's
      // share is a mean over draws as well, which only makes its error smaller.
      const error = Math.sqrt((salient * (1 - salient) + other * (1 - other)) / n);
      assert.ok(salient - other > 5 * error, `${filters} filters: salient ${salient}, ${control} ${other}, standard error ${error}`);
    }
  }
  assert.ok(share(5, 'salient') > 0.8, `5 filters repair ${share(5, 'salient')}`);
});

demo('its files name the classes and the preparation of the pictures', () => {
  assert.equal(readFileSync(join(root, 'demo/classes.txt'), 'utf8').trimEnd().split('\n'), CLASSES);
  assert.equal(parsePreprocessing(readFileSync(join(root, 'demo/preprocess.json'), 'utf8')), PREPROCESSING);
  assert.ok(readFileSync(join(root, 'demo/model.onnx')).length <= 500_000);
});

demo.run();
