/** `misfire spade evaluate`: stopped anywhere it ends with the same bits. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { misfire as command, type Ended } from '../../reference/command.js';
import { bitsOf } from '../../reference/profile-runs.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-evaluate-'));
const at = (...names: string[]) => join(folder, ...names);
const evaluate = (...more: string[]): Promise<Ended> =>
  command(['spade', 'evaluate', '--methods', 'saliency', '--views', '4', '--steps', '2', ...more], folder);

const test = suite('misfire spade evaluate');

test('stopped within a picture it goes on, and all files have the same bits', async () => {
  const { out } = await ok(evaluate('--pictures', '3', '--out', 'whole', '--json', '-', '--quiet'));
  const { evaluation, viewsKept } = JSON.parse(out);
  assert.is(evaluation.pictures, 3);
  assert.ok(viewsKept >= 0 && viewsKept <= 1);
  assert.ok(evaluation.rows.saliency.dense.mean > 0.85, 'the gradient finds the sticker');
  assert.ok(evaluation.rows.saliency.random.mean < evaluation.rows.saliency.dense.mean);
  mkdirSync(at('part'));
  copyFileSync(at('whole', 'evaluate.json'), at('part', 'evaluate.json'));
  const [first, second] = readFileSync(at('whole', 'scores.jsonl'), 'utf8').split('\n');
  writeFileSync(at('part', 'scores.jsonl'), `${first}\n${second.slice(0, 40)}`);
  const { err } = await ok(evaluate('--pictures', '3', '--out', 'part'));
  assert.match(err, /going on after 1 of 3/);
  assert.equal(bitsOf(at('part')), bitsOf(at('whole')));
  await refused(evaluate('--pictures', '3', '--out', 'whole', '--quiet', '--view-preset', 'gentle'), /begun with another view preset/);
});

test('what cannot be done is said in a sentence', async () => {
  await misused(evaluate(), /--out/);
  await misused(evaluate('--out', 'no', '--methods', 'magic'), /There is no attribution method "magic"/);
  await refused(evaluate('--out', 'no', '--sparsity', '2'), /--sparsity takes a number from 0 to 1, got 2/);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
