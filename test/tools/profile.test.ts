/** `misfire profile`: every row against the definition, and runs that go on. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, misused, refused } from '../support/outcomes.js';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { parseStatistics } from '../../src/saliency/standardize.js';
import { openProfiles } from '../../src/store/stored-run.js';
import { CLASSES, samples } from '../../tools/demo/pictures.js';
import { misfire as command, slowed, start, type Ended } from '../../reference/command.js';
import { query } from '../support/duckdb.js';
import { root } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { beginLike, bitsOf, killAndResume, stopAfter, TINY, writeTinyData } from '../../reference/profile-runs.js';
import { killAnywhere } from '../../reference/kills.js';
import { random } from '../../reference/random.js';
import { tinyProfile, tinyWeights } from '../../reference/tiny-model.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-profile-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const SAMPLES = 203;
writeTinyData(folder, SAMPLES);
const tiny = (out: string, ...more: string[]) => misfire(...TINY, '--out', out, ...more);

const statistics = (run: string) => parseStatistics(readFileSync(at(`${run}/stats.json`), 'utf8'), run);

// ---------------------------------------------------------------- the store

const stores = suite('misfire profile');

stores('every row against the definition; statistics of the rows', async () => {
  const { out } = await ok(tiny('whole', '--batch', '4', '--json'));
  const summary = JSON.parse(out);
  const rows = await query(`select * from '${at('whole')}/samples/*.parquet' order by id`);
  assert.equal([summary.samples, summary.right + summary.wrong, summary.errors, summary.complete, rows.length], [SAMPLES, SAMPLES, 0, true,
    SAMPLES]);
  assert.is(rows.filter((r) => r.label === r.predicted).length, summary.right);
  const x = new Float32Array(readFileSync(at('x.npy')).buffer.slice(-SAMPLES * 192 * 4));
  for (const k of [0, 100, SAMPLES - 1]) {
    const { path, label, loss, labelConfidence, profile } = rows[k] as { path: string; label: number; loss: number; labelConfidence: number;
      profile: number[] };
    assert.is(path, `x.npy[${k}]`);
    assert.ok(Math.abs(Math.exp(-loss) - labelConfidence) < 1e-6);
    tinyProfile(tinyWeights(), x.subarray(k * 192, (k + 1) * 192), label).forEach((s, f) =>
      assert.ok(Math.abs(profile[f] - s) <= 1e-4 * s, `sample ${k}, filter ${f}: ${profile[f]} is not ${s}`)
    );
  }
  const { samples: n, mean, std, groups } = statistics('whole');
  for (const [group, given] of [['all', { samples: n, mean, std }], ...Object.entries(groups!)] as const) {
    const where = group === 'all' ? 'true' : group === 'right' ? 'label = predicted' : 'label <> predicted';
    const found = await query(
      'select count(*)::integer as n, ' +
        `${[0, 1, 2, 3].map((f) => `avg(profile[${f + 1}]::double) as m${f}, stddev_samp(profile[${f + 1}]::double) as s${f}`)} from ` +
        `'${at('whole')}/samples/*.parquet' where ${where}`
    );
    assert.is(found[0].n, given.samples, group);
    for (let f = 0; f < 4; f++) {
      assert.ok(Math.abs(given.mean[f] - Number(found[0][`m${f}`])) <= 1e-12 * given.mean[f], `${group}: mean of filter ${f}`);
      assert.ok(Math.abs(given.std[f] - Number(found[0][`s${f}`])) <= 1e-11 * given.std[f], `${group}: deviation of filter ${f}`);
    }
  }
  assert.equal(readdirSync(at('whole')).sort(), ['SHA256SUMS', 'errors.jsonl', 'list.jsonl', 'meta.json', 'samples', 'stats.json']);
});

stores('explain reads the statistics', async () => {
  await ok(misfire('explain', 'x.npy', '--model', 'tiny.onnx', '--label', '0', '--stats', 'whole/stats.json', '--json', '-'));
});

stores('float16 and no profiles, with the same statistics', async () => {
  await ok(tiny('half', '--batch', '4', '--half'));
  await ok(tiny('none', '--batch', '4', '--stats-only'));
  for (const run of ['half', 'none']) assert.equal(readFileSync(at(`${run}/stats.json`)), readFileSync(at('whole/stats.json')));
  const close = await query(
    'select max(list_max(list_transform(list_zip(a.profile, b.profile), lambda p: ' +
      `abs(p[1] - p[2]) / p[1]))) as worst from '${at('whole')}/samples/*.parquet' a join '${at('half')}/samples/*.parquet' b using ` +
      '(id)'
  );
  assert.ok(Number(close[0].worst) > 0 && Number(close[0].worst) <= 2 ** -11);
  assert.not('profile' in (await query(`select * from '${at('none')}/samples/*.parquet'`))[0]);
});

stores('shards are joined to the whole', async () => {
  for (const k of [0, 1, 2]) await ok(tiny(`shard${k}`, '--batch', '4', '--shard', `${k}/3`));
  await refused(misfire('merge', 'shard0', 'shard2', '--out', 'merged'), /the shard 1\/3 is missing/);
  await refused(misfire('merge', 'shard0', 'whole', '--out', 'merged'), /whole is a run over the whole data set/);
  await refused(misfire('merge', 'shard0', 'shard0', '--out', 'merged'), /are both shard 0\/3/);
  await ok(misfire('merge', 'shard2', 'shard0', 'shard1', '--out', 'merged'));
  const merged = bitsOf(at('merged'));
  assert.match((await ok(misfire('merge', 'shard0', 'shard1', 'shard2', '--out', 'merged'))).err,
    /these shards are joined in merged already/);
  assert.equal(bitsOf(at('merged')), merged);
  await refused(misfire('merge', 'shard2', 'shard0', 'shard1', '--out', 'whole'), /whole is there already, and not what these shards give/);
  const { dev, ino } = statSync(at('merged/samples/part-000001.parquet'));
  assert.equal([dev, ino], [statSync(at('shard1/samples/part-000000.parquet')).dev,
    statSync(at('shard1/samples/part-000000.parquet')).ino]);
  const [whole, joined] = await Promise.all(['whole', 'merged'].map(async (run) => (await openProfiles(at(run))).readRows()));
  assert.equal(joined, whole, 'rows in the order of their ids');
  const [a, b] = [statistics('merged'), statistics('whole')];
  const near = (x: Float64Array, y: Float64Array) => y.forEach((v, k) => assert.ok(Math.abs(x[k] - v) <= 1e-12 * v, `${x[k]} is not ${v}`));
  for (const [p, q] of [[a, b], [a.groups!.right, b.groups!.right], [a.groups!.wrong, b.groups!.wrong]]) {
    assert.is(p.samples, q.samples);
    near(p.mean, q.mean);
    near(p.std, q.std);
  }
  const differ = await query(`(select * from '${at('whole')}/samples/*.parquet' except select * from '${at('merged')}/samples/*.parquet')`);
  assert.is(differ.length, 0);
});

stores('merge refuses what does not fit, and says which shards are missing', async () => {
  await misused(misfire('merge', 'shard0'), /say with --out FOLDER/);
  assert.is((await ok(misfire('merge', 'shard0', 'shard1', 'shard2', '--missing'))).out, '\n');
  assert.is((await ok(misfire('merge', 'shard1', 'nowhere', '--missing'))).out, '0,2\n');
  cpSync(at('shard1'), at('lost'), { recursive: true });
  rmSync(at('lost/samples/part-000000.parquet'));
  await refused(misfire('merge', 'shard0', 'lost', 'shard2', '--out', 'm'), /lost\/samples is damaged: it has 0 part files of 1/);
  rmSync(at('lost/SHA256SUMS')); // as a run of a version without it
  await refused(misfire('merge', 'shard0', 'lost', 'shard2', '--out', 'm'),
    /lost has 0 rows and 0 errors, and shard 1\/3 of 203 samples is 68/);
  const { out, err } = await ok(misfire('merge', 'shard0', 'lost', 'shard2', '--missing'));
  assert.is(out, '1\n');
  assert.match(err, /a part file is missing/);
  cpSync(at('shard2/samples/part-000000.parquet'), at('lost/samples/part-000000.parquet'));
  await refused(misfire('merge', 'shard0', 'lost', 'shard2', '--out', 'm'), /lost has 67 rows .* is 68/);
  assert.not(existsSync(at('m')));
  // An earlier merge that was killed.
  mkdirSync(at('.m.tmp/samples'), { recursive: true });
  writeFileSync(at('.m.tmp/samples/part-000009.parquet'), '');
  cpSync(at('shard1'), at('elsewhere'), { recursive: true });
  const meta = JSON.parse(readFileSync(at('elsewhere/meta.json'), 'utf8'));
  writeFileSync(at('elsewhere/meta.json'),
    JSON.stringify({ ...meta, version: '0.0.9', adapter: { ...meta.adapter, description: 'Voodoo' } }));
  rmSync(at('elsewhere/SHA256SUMS'));
  const told = (await ok(misfire('merge', 'shard0', 'elsewhere', 'shard2', '--out', 'm'))).err;
  assert.match(told, /computed on '.*', 'Voodoo'; their last digits may differ/);
  assert.match(told, /by the versions .*0\.0\.9/);
  assert.is(JSON.parse(readFileSync(at('m/meta.json'), 'utf8')).merged[1].adapter.description, 'Voodoo');
  assert.equal(readdirSync(at('m')).sort(), ['SHA256SUMS', 'errors.jsonl', 'list.jsonl', 'meta.json', 'samples', 'stats.json']);
  rmSync(at('m/samples/part-000002.parquet'));
  const again = await misfire('merge', 'shard0', 'elsewhere', 'shard2', '--out', 'm');
  assert.is(again.code, 1, again.err);
  assert.match(again.err, /m\/samples is damaged: it has 2 part files of 3/);
});

stores('damaged pictures are listed and do not stop the run', async () => {
  for (const name of CLASSES) mkdirSync(at(`tree/${name}`), { recursive: true });
  for (const [k, { picture, label }] of samples(5, 0, 12).entries()) {
    await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } }).png().toFile(
      at(`tree/${CLASSES[label]}/${k}.png`)
    );
  }
  writeFileSync(at(`tree/${CLASSES[0]}/text.png`), 'no picture');
  const demo = ['--model', join(root, 'demo/model.onnx'), '--preprocess', join(root, 'demo/preprocess.json'), '--classes',
    join(root, 'demo/classes.txt')];
  const summary = JSON.parse((await ok(misfire('profile', 'tree', ...demo, '--out', 'pictures', '--json', '--batch', '5'))).out);
  assert.equal([summary.samples, summary.errors], [12, 1]);
  const [error] = readFileSync(at('pictures/errors.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.is(error.path, `${CLASSES[0]}/text.png`);
  assert.match(error.error, /not a JPEG, PNG or WebP/);
  assert.ok(summary.accuracy > 0.5, `the demo's network names ${summary.right} of 12 rightly`);
});

stores.run();

// ---------------------------------------------------------------- going on

const goesOn = suite('going on');

/** Waits until the run that was begun has finished a batch; throws where it ended before. */
async function atWork(run: string, ended: Promise<Ended>): Promise<void> {
  let over: Ended | null = null;
  void ended.then((end) => {
    over = end;
  });
  while (!(statSync(at(`${run}/.journal-0`), { throwIfNoEntry: false })?.size)) {
    if (over) assert.unreachable(`${run} ended before: ${JSON.stringify(over)}`);
    await sleep(2);
  }
}

goesOn('killed at random moments: the same bits, and no finished batch is lost', async () => {
  for (const [kind, ...more] of [['float32'], ['none', '--stats-only']]) {
    const from = kind === 'float32' ? 'whole' : kind;
    const args = (run: string) => [...TINY, '--batch', '4', '--out', run, ...more];
    beginLike(at(from), at(`reference ${kind}`), 3);
    await ok(command(args(`reference ${kind}`), folder));
    beginLike(at(from), at(`killed ${kind}`), 3);
    const progress = await killAndResume(folder, args(`killed ${kind}`), at(`killed ${kind}`), kind === 'float32' ? 3 : 1, kind);
    assert.equal(bitsOf(at(`killed ${kind}`)), bitsOf(at(`reference ${kind}`)));
    assert.is(readdirSync(at(`killed ${kind}/samples`)).length, Math.ceil(Math.ceil(SAMPLES / 4) / 3));
    assert.ok(progress.length > 0, 'no run lived long enough to be killed');
  }
});

goesOn('killed and gone on with under another host name: the same bits', async () => {
  beginLike(at('whole'), at('travels'), 3);
  const { kills, elsewhere } = await killAnywhere([...TINY, '--batch', '4', '--out', 'travels'], folder, 'travels/.lock', 2, 150,
    random('travels'));
  assert.equal(bitsOf(at('travels')), bitsOf(at('reference float32')));
  assert.ok(kills > 0 && elsewhere > 0, `${kills} kills, ${elsewhere} elsewhere`);
});

goesOn('Ctrl-C finishes the batch and says how to go on; a second process is refused', async () => {
  beginLike(at('whole'), at('stopped'), 2);
  const { child, ended } = start([...TINY.slice(0, -1), '--batch', '4', '--out', 'stopped'], folder, slowed(folder, 300));
  await atWork('stopped', ended);
  child.kill('SIGSTOP'); // only the outer process: the run goes on
  child.kill('SIGCONT');
  child.kill('SIGINT');
  const { code, err } = await ended;
  assert.is(code, 130, err);
  assert.match(err, /finishing the batch under way/);
  assert.match(err, /stopped after \d+ of 203 samples; the same command goes on from there/);
  const { err: told } = await ok(misfire(...TINY.slice(0, -1), '--batch', '4', '--out', 'stopped'));
  assert.match(told, /going on after \d+ of 203 samples/);
  beginLike(at('whole'), at('stopped2'), 2);
  await ok(command([...TINY, '--batch', '4', '--out', 'stopped2'], folder));
  assert.equal(bitsOf(at('stopped')), bitsOf(at('stopped2')));
});

goesOn('what a disk has changed in a run that was stopped is said, or computed again: the same bits', async () => {
  beginLike(at('whole'), at('halted'), 3);
  await stopAfter(folder, [...TINY, '--batch', '4', '--out', 'halted'], at('halted'), 2);
  const change = async (name: string, what: (bytes: Buffer) => Buffer) => {
    rmSync(at('changed'), { recursive: true, force: true });
    cpSync(at('halted'), at('changed'), { recursive: true });
    writeFileSync(at(`changed/${name}`), what(readFileSync(at(`changed/${name}`))));
    return misfire(...TINY.slice(0, -1), '--batch', '4', '--out', 'changed');
  };
  const flipped = (from: number) => (bytes: Buffer) => {
    bytes[from < 0 ? bytes.length + from : from] ^= 1;
    return bytes;
  };
  const same = () => assert.equal(bitsOf(at('changed')), bitsOf(at('reference float32')));
  assert.match((await ok(change('.journal-2', flipped(-1)))).err, /\.journal-2 is damaged; the batches from there on are computed again/);
  same();
  await ok(change('list.jsonl', flipped(30)));
  same();
  const fewer = (bytes: Buffer) => Buffer.from(String(bytes).replace('"partBatches": 3', '"partBatches": 2'));
  for (const [name, what, why] of [
    ['meta.json', fewer, /meta\.json is damaged or was changed/],
    ['.state-1', flipped(-9), /\.state-1 is damaged, without which this run cannot go on/],
    ['samples/part-000001.parquet', flipped(500), /part-000001\.parquet is damaged: it is not what this run wrote/],
  ] as const) {
    const { code, err } = await change(name, what);
    assert.is(code, 1);
    assert.match(err, why);
    cpSync(at(`halted/${name}`), at(`changed/${name}`)); // restored from a copy
  }
  assert.match((await ok(misfire(...TINY.slice(0, -1), '--batch', '4', '--out', 'changed'))).err, /going on after \d+ of 203/);
  same();
});

goesOn('SIGUSR1 and SIGUSR2 stop a run as SIGTERM does, whichever process gets them', async () => {
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    for (const inner of [false, true]) {
      const run = `warned ${signal} ${inner}`;
      beginLike(at('whole'), at(run), 2);
      const { child, ended } = start([...TINY.slice(0, -1), '--batch', '4', '--out', run], folder, slowed(folder, 300));
      await atWork(run, ended);
      if (inner) process.kill((JSON.parse(readFileSync(at(`${run}/.lock`), 'utf8')) as { pid: number }).pid, signal);
      else child.kill(signal);
      const { code, err } = await ended;
      assert.is(code, 143, err);
      assert.match(err, /stopped after \d+ of 203 samples; the same command goes on from there/);
      assert.not.match(err, /Debugger/);
      assert.not(existsSync(at(`${run}/.lock`)), 'the lock is let go of');
    }
  }
  await ok(tiny('warned SIGUSR1 true', '--batch', '4'));
  assert.equal(bitsOf(at('warned SIGUSR1 true')), bitsOf(at('stopped2')));
});

/** A file system of its own, of so many KiB: null where this user may mount none. */
function smallDisk(name: string, kib: number): { resize(kib: number): void; unmount(): void } | null {
  const call = (...args: string[]) => spawnSync(args[0], args.slice(1)).status === 0;
  mkdirSync(at(name));
  if (!call('mount', '-t', 'tmpfs', '-o', `size=${kib}k`, 'none', at(name))) return null;
  return { resize: (to) => void call('mount', '-o', `remount,size=${to}k`, at(name)), unmount: () => void call('umount', at(name)) };
}

const disk = smallDisk('disk', 24);
if (skipUnless(disk, 'a full disk: this user may not mount a small one')) {
  goesOn('a full disk ends a run with one sentence, and it goes on when there is room', async () => {
    beginLike(at('whole'), at('disk/run'), 2);
    for (const kib of [24, 40, 80]) {
      disk!.resize(kib);
      await refused(tiny('disk/run', '--batch', '4'),
        /the disk is full; finished batches are kept, and the same command goes on once there is room/);
    }
    disk!.resize(4000);
    await ok(tiny('disk/run', '--batch', '4'));
    assert.equal(bitsOf(at('disk/run')), bitsOf(at('stopped2')));
  });
  goesOn.after(() => disk!.unmount());
}

goesOn('--progress json: a line a batch, the time left from the second one on', async () => {
  const { err } = await ok(tiny('told', '--batch', '20', '--progress', 'json'));
  const lines = err.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.map((line) => line.done), [20, 40, 60, 80, 100, 120, 140, 160, 180, 200, SAMPLES]);
  assert.equal([lines[0].total, lines[0].samplesPerSecond, lines[0].secondsLeft], [SAMPLES, null, null]);
  for (const { samplesPerSecond, secondsLeft, done } of lines.slice(1)) {
    assert.ok(Math.abs(secondsLeft * samplesPerSecond - (SAMPLES - done)) < 1e-6);
  }
  await misused(tiny('told', '--progress', 'bar'), /lines or json/);
});

goesOn('a complete run is not computed again', async () => {
  const before = bitsOf(at('whole'));
  const { out } = await ok(tiny('whole', '--json'));
  assert.equal([JSON.parse(out).computed, JSON.parse(out).samples], [0, SAMPLES]);
  assert.equal(bitsOf(at('whole')), before);
});

goesOn('what has changed is named', async () => {
  await refused(tiny('whole', '--batch', '5'), /begun with another batch: it was 4 and is 5/);
  await refused(tiny('whole', '--aggregation', 'abs-mean'), /another aggregation: it was mean-abs and is abs-mean/);
  await refused(tiny('whole', '--half'), /another form of profiles: it was float32 and is float16/);
  await refused(tiny('whole', '--shard', '1/2'), /another shard: it was null and is 1\/2/);
  const model = readFileSync(at('tiny.onnx'));
  writeFileSync(at('other.onnx'), Buffer.concat([model, Buffer.from([0x1a, 0])])); // an empty docString: the same network, another file
  await refused(misfire('profile', 'x.npy,y.npy', '--model', 'other.onnx', '--out', 'whole', '--quiet'),
    /another model: it was [0-9a-f]{64} and is/);
  const y = readFileSync(at('y.npy'));
  cpSync(at('x.npy'), at('moved/x.npy'));
  const changed = Buffer.from(y);
  changed[changed.length - 4] = (changed[changed.length - 4] + 1) % 3;
  writeFileSync(at('moved/y.npy'), changed);
  await refused(misfire('profile', 'moved/x.npy,moved/y.npy', '--model', 'tiny.onnx', '--out', 'whole', '--quiet'),
    /another data list: sample 202 was x.npy\[202\] \(label \d\) and is x.npy\[202\] \(label \d\)/);
  const how = (name: string, mean: number) =>
    writeFileSync(at(name), JSON.stringify({ resize: null, crop: null, mean: [mean, 0.5, 0.5], std: [0.5, 0.5, 0.5] }));
  how('how.json', 0.4);
  await refused(
    misfire('profile', 'tree', '--model', join(root, 'demo/model.onnx'), '--preprocess', 'how.json', '--classes',
      join(root, 'demo/classes.txt'), '--out', 'pictures', '--quiet'),
    /another preprocessing: it was .*0\.5.* and is .*0\.4/
  );
});

goesOn('what is no run is refused, and nothing is left behind', async () => {
  mkdirSync(at('mine'));
  writeFileSync(at('mine/thesis.txt'), '');
  await refused(tiny('mine'), /mine is no run of misfire, but holds thesis.txt/);
  await refused(tiny('new', '--adapter', 'none such'), /adapter/);
  assert.not(existsSync(at('new')));
  await misused(tiny('new', '--shard', '4/3'), /I\/N/);
  await refused(
    misfire('profile', 'tree', '--model', join(root, 'demo/model.onnx'), '--preprocess', 'cifar10', '--out', 'new', '--shard', '99/100',
      '--quiet'),
    /shard 99\/100 of 13 samples is empty/
  );
  await refused(tiny('x.npy'), /x.npy is a file; --out takes a folder/);
});

goesOn.after(() => rmSync(folder, { recursive: true }));

goesOn.run();
