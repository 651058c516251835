/** Inputs that others met and that went wrong, each with the right value: ../shared/cases. The kinds have tests of their own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { misfire } from '../../reference/command.js';
import { shared } from '../../reference/paths.js';
import { ok } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';

const work = mkdtempSync(join(tmpdir(), 'misfire-cases-'));
const listed = (run: string): unknown[] =>
  readFileSync(join(work, run, 'list.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

// ---------------------------------------------------------------- what a label means

const labels = suite('numeric-class-names');
const numeric = join(shared, 'cases/numeric-class-names');

if (skipUnless(existsSync(numeric), 'numeric-class-names: ../shared/cases is absent')) {
  const explain = async (classes: string, label: string) => {
    const { out, err } = await ok(
      misfire(['explain', 'x.npy', '--model', 'model.onnx', '--classes', classes, '--label', label, '--json', '-'], numeric)
    );
    return { label: JSON.parse(out).samples[0].label as number, err };
  };
  labels('a class called 90 is found by its name', async () => assert.is((await explain('classes.txt', '90')).label, 3));
  labels('1 means the same class in --label, in labels.csv and as a folder, and this is told', async () => {
    const { label, err } = await explain('svhn.txt', '1');
    assert.is(label, 0);
    assert.match(err, /labels are names in svhn\.txt before they are indices: "1" is class 0/);
    for (const data of ['tree', 'table']) {
      const ended = await ok(
        misfire(['profile', data, '--model', 'model.onnx', '--classes', 'svhn.txt', '--preprocess', 'pp.json', '--out', join(work, data)],
          numeric)
      );
      assert.match(ended.err, /labels are names in svhn\.txt before they are indices/);
    }
    assert.equal(listed('tree'), [['0/a.png', 3], ['1/a.png', 0], ['2/a.png', 1], ['3/a.png', 2]]);
    assert.equal(listed('table'), [['a.png', 0]]);
  });
}
labels.run();

rmSync(work, { recursive: true });
