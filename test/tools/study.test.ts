/** `misfire study`: its claims are what its experiments measured, and its verdicts what their intervals say. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAME, verdictOf, type Claim } from '../../src/saliency/experiments/claims.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { ok, refused } from '../support/outcomes.js';
import { bitsOf, TINY, writeTinyData } from '../../reference/profile-runs.js';

const verdicts = suite('verdictOf');

verdicts('an interval on the claimed side, on the other, or with 0 in it', () => {
  const between = (low: number, high: number) => ({ mean: (low + high) / 2, low, high });
  assert.is(verdictOf(between(0.01, 0.2), 'more'), 'holds');
  assert.is(verdictOf(between(-0.2, -0.01), 'more'), 'contradicted');
  assert.is(verdictOf(between(-0.01, 0.2), 'more'), 'undecided');
  assert.is(verdictOf(between(0, 0.2), 'more'), 'undecided');
  assert.is(verdictOf(between(-0.2, -0.01), 'less'), 'holds');
  assert.is(verdictOf(between(0.01, 0.2), 'less'), 'contradicted');
  assert.is(verdictOf(between(-0.2, 0), 'less'), 'undecided');
});

verdicts('the same: only where the whole interval is near 0', () => {
  const near = SAME / 2;
  assert.is(verdictOf({ mean: 0, low: -near, high: near }, 'same'), 'holds');
  assert.is(verdictOf({ mean: near, low: near / 2, high: near }, 'same'), 'holds');
  assert.is(verdictOf({ mean: 0, low: -2 * SAME, high: near }, 'same'), 'undecided');
  assert.is(verdictOf({ mean: 2 * SAME, low: near, high: 3 * SAME }, 'same'), 'contradicted');
});

verdicts.run();

const folder = mkdtempSync(join(tmpdir(), 'misfire-study-'));
const at = (...names: string[]) => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
interface Interval {
  mean: number;
  low: number;
  high: number;
}
const json = (...names: string[]) => JSON.parse(readFileSync(at(...names), 'utf8'));

const study = suite('misfire study');

study.before(async () => {
  writeTinyData(folder, 24);
  await ok(misfire(...TINY, '--out', 'run'));
});

study('three experiments, a page, and each claim as they have it', async () => {
  const { out } = await ok(misfire('study', 'run', '--limit', '4', '--quiet', '--json', '-'));
  assert.equal(readdirSync(at('run/study')).sort(), ['claims.csv', 'finetune', 'mask', 'page.html', 'prune', 'result.json']);
  const result = json('run/study/result.json') as { mistakes: number; claims: Claim[] };
  assert.equal(JSON.parse(out), result);
  assert.is(result.mistakes, 4);
  assert.equal([...new Set(result.claims.map((c) => c.section))], ['3.1', '3.3', '3.4']);

  const prune = json('run/study/prune/result.json').groups.wrong as { curves: Record<string, { k: number; wrong: Interval }[]>;
    salientMinus: Record<string, { k: number; wrong: Interval }[]> };
  const off = result.claims.find((c) => c.section === '3.1' && /against least$/.test(c.measured))!;
  const k = Math.max(...prune.curves.salient.map((p) => p.k));
  assert.equal(off.difference, prune.salientMinus.least.find((p) => p.k === k)!.wrong);
  assert.equal(off.salient, prune.curves.salient.find((p) => p.k === k)!.wrong);

  const finetune = json('run/study/finetune/result.json') as { salientMinus: { than: string; k: number; step: number; near: Interval }[] };
  const near = result.claims.find((c) => /neighbours corrected.*whole network/.test(c.measured))!;
  assert.ok(finetune.salientMinus.some((d) => d.than === 'all' && JSON.stringify(d.near) === JSON.stringify(near.difference)));

  const mask = json('run/study/mask/result.json') as {
    points: { share: number; fill: string; salientMinus: Record<string, { saliency: Interval }> }[];
  };
  const masked = result.claims.find((c) => c.section === '3.4' && /saliency with 5 %.*\(mean\).*random pixels/.test(c.measured))!;
  assert.is(masked.difference.mean, mask.points.find((p) => p.share === 0.05 && p.fill === 'mean')!.salientMinus.random.saliency.mean);
  for (const c of result.claims.filter((c) => !/as many samples as/.test(c.claim))) {
    const side = /lowers|less salient/.test(c.claim) ? 'less' : 'more';
    assert.is(c.verdict, verdictOf(c.difference, side), c.measured);
  }
});

study('once more computes nothing and writes the same', async () => {
  const before = bitsOf(at('run/study'));
  const { out } = await ok(misfire('study', 'run', '--limit', '4', '--quiet'));
  assert.match(out, /lowers the wrong class's confidence more/);
  assert.equal(bitsOf(at('run/study')), before);
});

study('shards are joined to what one run writes, bit for bit', async () => {
  for (const k of [0, 1]) await ok(misfire('study', 'run', '--limit', '4', '--quiet', '--shard', `${k}/2`, '--out', `half${k}`));
  const missing = async (...folders: string[]) => (await ok(misfire('merge', ...folders, '--missing'))).out;
  assert.is(await missing('half0', 'half1'), '\n');
  rmSync(at('half1/mask'), { recursive: true }); // stopped before
  assert.is(await missing('half0', 'half1'), '1\n');
  await ok(misfire('study', 'run', '--limit', '4', '--quiet', '--shard', '1/2', '--out', 'half1'));
  await ok(misfire('merge', 'half1', 'half0', '--out', 'halves'));
  assert.equal(bitsOf(at('halves')), bitsOf(at('run/study')));
});

study('other settings, or a folder that holds something else, are refused', async () => {
  await refused(misfire('study', 'run', '--limit', '4', '--seed', '1', '--quiet'), /begun with another seed/);
  mkdirSync(at('other'));
  writeFileSync(at('other/notes.txt'), 'mine');
  await refused(misfire('study', 'run', '--out', 'other', '--quiet'), /other holds notes\.txt and no study/);
});

study.after(() => rmSync(folder, { recursive: true }));
study.run();
