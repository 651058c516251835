/** The store of a run: parts, their writer, journals and the lock. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fails } from '../support/outcomes.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync,
  writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeDurably } from '../../src/files/durable.js';
import { decodePart, encodePart, type PartForm } from '../../src/store/parquet.js';
import { batchRecord } from '../../src/store/batch-record.js';
import { Journal, JSON_LINES, readJournal } from '../../src/store/journal.js';
import { parseHolder } from '../../src/store/holder.js';
import { Lock } from '../../src/store/lock.js';
import { difference, refuseDifference } from '../../src/store/settings.js';
import { StoreWriter } from '../../src/store/writer.js';
import { removeTraces, type Mark } from '../../src/store/checkpoint.js';
import type { BatchResult, Row } from '../../src/store/format.js';
import { query } from '../support/duckdb.js';
import { random } from '../../reference/random.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-store-'));
const FILTERS = 5, BATCH = 3, PART_BATCHES = 2, BATCHES = 7;
const form: PartForm = { filters: FILTERS, profiles: 'float32', columns: ['boxes', 'note'] };

/** Batch k: every sample but the last of batch 3, which failed, and all of batch 5. */
function batchOf(k: number): BatchResult {
  const draw = random(`batch ${k}`);
  const all = Array.from({ length: BATCH }, (_, j): Row => ({
    id: k * BATCH + j,
    path: `ä b/"${k}",${j}.png`,
    label: j,
    predicted: (j + k) % 3,
    confidence: draw(),
    labelConfidence: draw() * 1e-40,
    loss: Math.fround(draw()),
    carried: [`1,2 ${k}`, ''],
  }));
  const failed = k === 5 ? all : k === 3 ? all.slice(2) : [];
  const rows = all.filter((r) => !failed.includes(r));
  return { rows, errors: failed.map(({ id, path }) => ({ id, path, error: 'damaged' })),
    profiles: Float32Array.from({ length: rows.length * FILTERS }, () => draw() * 10 ** Math.round(-9 * draw())) };
}

// ---------------------------------------------------------------- Parquet

const parquet = suite('parts');

parquet('DuckDB reads a folder of parts as one table', async () => {
  const dir = join(folder, 'table');
  mkdirSync(dir);
  const batches = [batchOf(0), batchOf(5), batchOf(1)]; // one part without rows
  batches.forEach((b, k) => writeFileSync(join(dir, `part-${k}.parquet`), encodePart(b, form)));
  const found = await query(`select * from '${dir}/*.parquet' order by id`);
  const rows = batches.flatMap((b) => b.rows);
  const profiles = batches.flatMap((b) => b.rows.map((_, k) => [...b.profiles.subarray(k * FILTERS, (k + 1) * FILTERS)]));
  assert.equal(found, rows.map(({ carried: [boxes, note], ...row }, k) => ({ ...row, profile: profiles[k], boxes, note })));
  const types = await query(`describe select * from '${dir}/*.parquet'`);
  assert.equal(types.map((t) => `${t.column_name} ${t.column_type}`), [
    'id INTEGER',
    'path VARCHAR',
    'label INTEGER',
    'predicted INTEGER',
    'confidence DOUBLE',
    'labelConfidence DOUBLE',
    'loss FLOAT',
    'profile FLOAT[]',
    'boxes VARCHAR',
    'note VARCHAR',
  ]);
});

parquet('a part is read back bit for bit, and is written the same twice', () => {
  const part = { rows: batchOf(0).rows, profiles: batchOf(0).profiles };
  const bytes = encodePart(part, form);
  assert.equal(decodePart(bytes, form), part);
  assert.equal(encodePart(part, form), bytes);
  assert.throws(() => decodePart(bytes.subarray(0, 100), form));
});

parquet('float16 rounds to the nearest; DuckDB reads it', async () => {
  const half: PartForm = { ...form, profiles: 'float16' };
  const part = { rows: batchOf(0).rows.slice(0, 1), profiles: Float32Array.of(1 / 3, 2049, 6e-8, 1e-9, 0) };
  const expected = [0.333251953125, 2048, 5.9604644775390625e-8, 0, 0];
  const bytes = encodePart(part, half);
  assert.equal([...decodePart(bytes, half).profiles], expected);
  writeFileSync(join(folder, 'half.parquet'), bytes);
  assert.equal((await query(`select profile from '${folder}/half.parquet'`))[0].profile, expected);
});

parquet('without profiles there is no such column', async () => {
  const none: PartForm = { ...form, profiles: 'none' };
  const bytes = encodePart(batchOf(0), none);
  assert.equal(decodePart(bytes, none), { rows: batchOf(0).rows, profiles: new Float32Array(0) });
  writeFileSync(join(folder, 'none.parquet'), bytes);
  assert.not('profile' in (await query(`select * from '${folder}/none.parquet'`))[0]);
});

parquet.run();

// ---------------------------------------------------------------- the writer

const writes = suite('StoreWriter');

/** A run that keeps as its state the sum over all profiles in order, which rounding makes depend on every batch and its place. */
async function open(dir: string, mark?: Mark): Promise<{ writer: StoreWriter; next: number; add: (b: BatchResult) => Promise<void> }> {
  mkdirSync(dir, { recursive: true });
  const sum = new Float64Array(1);
  const writer = await StoreWriter.open(dir, { form, partBatches: PART_BATCHES, mark, state: () => new Uint8Array(sum.slice().buffer),
    fits: ({ rows, errors }, k) => [...rows, ...errors].every(({ id }) => Math.floor(id / BATCH) === k) });
  if (writer.resumed.state) sum[0] = new Float64Array(writer.resumed.state.slice().buffer)[0];
  const add = async (b: BatchResult): Promise<void> => {
    for (const v of b.profiles) sum[0] = sum[0] * 1.01 + v;
    await writer.append(b);
  };
  for (const b of writer.resumed.batches) await add(b);
  return { writer, add, next: writer.resumed.next };
}

/** Everything in a folder and below, by name. */
function contents(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(files.map((e) => join(e.parentPath, e.name)).map((path) => [path.slice(dir.length), hash(path)]).sort());
}

async function complete(dir: string, onBatch: (k: number) => void = () => undefined, mark?: Mark): Promise<Record<string, string>> {
  const { writer, next, add } = await open(dir, mark);
  try {
    for (let k = next; k < BATCHES; k++) {
      await add(batchOf(k));
      onBatch(k);
    }
    await writer.finish();
    return contents(dir); // the state of the last part among it
  } finally {
    await writer.close(); // its thread would keep a failed test from ending
  }
}

/** Copies a folder that another thread writes to, as it was at one moment: again until nothing changed meanwhile. */
function copyAtOnce(from: string, to: string): void {
  const state = (): string =>
    readdirSync(from, { recursive: true, encoding: 'utf8' }).map((name) => {
      const { size, mtimeMs, ino } = statSync(join(from, name), { throwIfNoEntry: false }) ?? {};
      return `${name} ${size} ${mtimeMs} ${ino}`;
    }).join();
  for (let tries = 0; tries < 100; tries++) {
    const before = state();
    try {
      cpSync(from, to, { recursive: true });
      if (state() === before) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // a temporary file that went to its place
    }
    rmSync(to, { recursive: true, force: true });
  }
  throw new Error(`${from} never rests.`);
}

writes('a run stopped after any batch goes on and ends the same, and no batch is lost', async () => {
  const whole = await complete(join(folder, 'whole'));
  assert.equal(Object.keys(whole), ['/.state-3', '/errors.jsonl', ...[0, 1, 2, 3].map((k) => `/samples/part-00000${k}.parquet`)]);
  assert.is(readFileSync(join(folder, 'whole/errors.jsonl'), 'utf8').split('\n').length - 1, 4);
  for (let stop = 0; stop < BATCHES; stop++) {
    const dir = join(folder, `stop${stop}`);
    const { writer, add } = await open(dir);
    for (let k = 0; k <= stop; k++) await add(batchOf(k));
    await writer.close();
    const begun: number[] = [];
    assert.equal(await complete(dir, (k) => begun.push(k)), whole, `stopped after batch ${stop}`);
    assert.is(begun[0] ?? BATCHES, stop + 1);
  }
});

writes('what a kill leaves behind at any moment is made good', async () => {
  const whole = contents(join(folder, 'whole'));
  // The folder after each batch, as a killed process leaves it: a part may be under way to its place or not.
  const moments: string[] = [];
  await complete(join(folder, 'watched'), (k) => {
    const copy = join(folder, `moment${k}`);
    copyAtOnce(join(folder, 'watched'), copy);
    moments.push(copy);
  });
  for (const [k, dir] of moments.entries()) {
    // A record of the journal and a line of errors.jsonl that were not written to their end, and a temporary part.
    const journals = readdirSync(dir).filter((name) => name.startsWith('.journal-')).sort();
    if (journals.length > 0) appendFileSync(join(dir, journals[journals.length - 1]), Buffer.alloc(60 + k, 7));
    appendFileSync(join(dir, 'errors.jsonl'), '{"id":99,"pa');
    writeFileSync(join(dir, 'samples', '.part-000003.parquet.tmp'), 'PAR1');
    assert.equal(await complete(dir), whole, `killed after batch ${k}`);
  }
  // The last record of the journal cut short loses that batch only.
  const dir = join(folder, 'cut');
  const { writer, add } = await open(dir);
  await add(batchOf(0));
  const one = readFileSync(join(dir, '.journal-0')).length;
  await writer.close();
  truncateSync(join(dir, '.journal-0'), one - 1);
  const again = await open(dir);
  assert.is(again.next, 0);
  await again.writer.close();
  assert.equal(await complete(dir), whole);
});

writes('a part that was removed is missed', async () => {
  const dir = join(folder, 'removed');
  await complete(dir);
  rmSync(join(dir, 'samples/part-000001.parquet'));
  await fails(() => open(dir), /has part-000002.parquet but not part-000001.parquet/);
});

const MARK: Mark = { sum: 'this run', older: false };

/** A run stopped after batch 4: two parts, the state of the second, and one batch of the third in its journal. */
async function stopped(dir: string, mark = MARK): Promise<void> {
  const { writer, add } = await open(dir, mark);
  for (let k = 0; k <= 4; k++) await add(batchOf(k));
  await writer.close();
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at] ^= 4;
  writeFileSync(path, bytes);
}

writes('a bit that a disk has changed in what an unfinished run keeps', async () => {
  const rows = (all: Record<string, string>) => Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('/.state')));
  const whole = rows(contents(join(folder, 'whole')));
  const refusals: [string, number, RegExp][] = [
    ['samples/part-000000.parquet', 300, /part-000000\.parquet is damaged: it is not what this run wrote; restore it from a copy/],
    ['.state-1', 60, /\.state-1 is damaged/],
    ['.state-1', -1, /\.state-1 is damaged/],
    ['.state-1', 1, /\.state-1 is damaged/],
    ['errors.jsonl', 10, /errors\.jsonl is damaged: it is not what this run wrote/],
  ];
  for (const [n, [name, at, refusal]] of refusals.entries()) {
    const dir = join(folder, `bit${n}`);
    await stopped(dir);
    if (name === 'errors.jsonl') assert.ok(readFileSync(join(dir, name)).length > 10);
    flip(join(dir, name), at);
    await fails(() => open(dir, MARK), refusal);
    flip(join(dir, name), at); // put back
    const begun: number[] = [];
    assert.equal(rows(await complete(dir, (k) => begun.push(k), MARK)), whole, 'nothing was lost by the refusal');
    assert.is(begun[0], 5);
  }
  const dir = join(folder, 'bit in a journal');
  await stopped(dir);
  flip(join(dir, '.journal-2'), 80);
  const again = await open(dir, MARK);
  assert.equal([again.next, again.writer.resumed.damaged], [4, join(dir, '.journal-2')]);
  await again.writer.close();
  assert.equal(rows(await complete(dir, undefined, MARK)), whole);
});

writes('journals and states of another run, or of another part, are not taken for its own', async () => {
  const [mine, other] = ['mine', 'other'].map((name) => join(folder, name));
  await stopped(mine);
  await stopped(other, { sum: 'another run', older: false });
  cpSync(join(other, '.journal-2'), join(mine, '.journal-2'));
  const { writer, next } = await open(mine, MARK);
  assert.equal([next, writer.resumed.damaged], [4, join(mine, '.journal-2')]);
  await writer.close();
  cpSync(join(other, '.state-1'), join(mine, '.state-1'));
  await fails(() => open(mine, MARK), /\.state-1 is damaged/);
  // Another part of the same run: its batches are whole, but not those that belong there.
  const dir = join(folder, 'part');
  const first = await open(dir, MARK);
  await first.add(batchOf(0));
  cpSync(join(dir, '.journal-0'), join(folder, 'journal of part 0'));
  for (const k of [1, 2]) await first.add(batchOf(k));
  await first.writer.close();
  cpSync(join(folder, 'journal of part 0'), join(dir, '.journal-1'));
  const second = await open(dir, MARK);
  assert.equal([second.next, second.writer.resumed.damaged], [2, join(dir, '.journal-1')]);
  await second.writer.close();
});

writes('a run begun by a version whose journals and states have no mark goes on', async () => {
  const older: Mark = { sum: 'this run', older: true };
  const dir = join(folder, 'older');
  await stopped(dir);
  const state = readFileSync(join(dir, '.state-1')).subarray(40);
  const length = state.readUInt32LE(0);
  const { errors, errorBytes } = JSON.parse(state.toString('utf8', 4, 4 + length));
  const head = Buffer.from(JSON.stringify({ errors, errorBytes }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  writeFileSync(join(dir, '.state-1'), Buffer.concat([size, head, state.subarray(4 + length)]));
  writeFileSync(join(dir, '.journal-2'), Buffer.concat(batchRecord({ sum: '', older: true }).encode(batchOf(4))));
  await fails(() => open(dir, MARK), /\.state-1 is damaged/);
  const begun: number[] = [];
  const after = await complete(dir, (k) => begun.push(k), older);
  assert.is(begun[0], 5);
  const whole = contents(join(folder, 'whole'));
  for (const name of Object.keys(whole).filter((n) => !n.startsWith('/.state'))) assert.is(after[name], whole[name], name);
});

writes('nothing but the store remains', async () => {
  const dir = join(folder, 'clean');
  await complete(dir);
  await removeTraces(dir);
  assert.equal(readdirSync(dir).sort(), ['errors.jsonl', 'samples']);
});

writes.run();

// ---------------------------------------------------------------- journals and settings

const journals = suite('journals');

journals('what was not written to its end is dropped, and the next record follows the last whole one', async () => {
  const path = join(folder, 'lines.jsonl');
  assert.equal(await readJournal(path, JSON_LINES), { records: [], bytes: 0, damaged: false });
  writeFileSync(path, '{"a":1}\n[2]\n{"b":');
  const found = await readJournal(path, JSON_LINES);
  assert.equal(found, { records: [{ a: 1 }, [2]], bytes: 12, damaged: false });
  const journal = await Journal.open(path, JSON_LINES, found.bytes, { lasting: true });
  await journal.append('é');
  await journal.close();
  assert.is(readFileSync(path, 'utf8'), '{"a":1}\n[2]\n"é"\n');
  writeFileSync(path, '{"a":1}\nnot JSON\n');
  await fails(() => readJournal(path, JSON_LINES), /JSON/);
});

journals('the first difference of settings is named, as JSON has them', () => {
  const begun = { model: 'a', list: [1, 2], none: null };
  assert.is(difference(begun, { model: 'a', list: [1, 2], none: null }), null);
  assert.is(difference(begun, { ...begun, list: [1, 3], model: 'b' }), 'model: it was a and is b');
  assert.is(difference(begun, { ...begun, none: 0 }), 'none: it was null and is 0');
  assert.is(difference(begun, { ...begun, more: 1 }), 'more: it was not there and is 1');
  assert.is(difference({ ...begun, less: 1 }, begun), 'less: it was 1 and is not there');
  assert.throws(() => refuseDifference('out', 'seed: it was 0 and is 4'),
    /^out was begun with another seed: it was 0 and is 4; give the same again/);
});

journals.run();

// ---------------------------------------------------------------- the lock

const locks = suite('Lock');
const PATIENCE = 500;

locks('two on one run are refused, the next is not', async () => {
  const lock = await Lock.take(folder, { patience: PATIENCE });
  await fails(() => Lock.take(folder, { patience: PATIENCE }), new RegExp(`in use by process ${process.pid}`));
  await lock.release();
  await (await Lock.take(folder, { patience: PATIENCE })).release();
  assert.not(existsSync(join(folder, '.lock')));
});

locks('the lock of a process that has ended is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((done) => child.on('close', done));
  const dead = { pid: child.pid, host: hostname(), began: null, key: 'dead' };
  const reborn = { pid: process.pid, host: hostname(), began: 'another boot 1', key: 'reborn' };
  for (const text of [JSON.stringify(dead), JSON.stringify(reborn), '{"pid":', '']) {
    writeFileSync(join(folder, '.lock'), text);
    const taken = await Promise.allSettled([Lock.take(folder, { patience: PATIENCE }), Lock.take(folder, { patience: PATIENCE })]);
    const held = taken.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
    assert.is(held.length, 1, text);
    await held[0].release();
  }
});

locks('a lock of another host is respected', async () => {
  writeFileSync(join(folder, '.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', began: null, key: 'x' }));
  await fails(() => Lock.take(folder, { patience: PATIENCE }),
    /process 1 on the host elsewhere; if that process has ended, remove .*\.lock/);
});

const children: ChildProcess[] = [];

/** A process elsewhere that holds the lock of `dir`, as its place and host say, until it is killed; it has given a sign of life. */
async function holderElsewhere(dir: string, env: Record<string, string>): Promise<ChildProcess> {
  mkdirSync(dir, { recursive: true });
  const code = `const { Lock } = await import(${JSON.stringify(new URL('../../src/store/lock.js', import.meta.url))});
await Lock.take(${JSON.stringify(dir)}); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { env: { ...process.env, ...env } });
  children.push(child);
  while (!/0*[1-9]\d*$/.test(String(beatOf(dir)))) await sleep(20);
  return child;
}

const lockOf = (dir: string) => JSON.parse(readFileSync(join(dir, '.lock'), 'utf8')) as Record<string, unknown>;
const beatOf = (dir: string) => existsSync(join(dir, '.lock')) ? parseHolder(readFileSync(join(dir, '.lock'), 'utf8'))?.beat : undefined;
const LEASE = { lease: 1500, patience: 100 };

locks('another host that gives signs of life is refused; killed, its lock is taken over when its lease has run out', async () => {
  const dir = join(folder, 'leased');
  const child = await holderElsewhere(dir, { MISFIRE_HOST: 'elsewhere', MISFIRE_LEASE: '1.5' });
  const said: string[] = [];
  await fails(() => Lock.take(dir, { ...LEASE, say: (text) => said.push(text) }),
    new RegExp(`in use by process ${child.pid} on the host elsewhere; wait for it to end`));
  assert.match(said.join(), /is taken over after 1.5 s without a sign of life/);
  child.kill('SIGKILL');
  await once(child, 'close');
  const began = performance.now();
  const lock = await Lock.take(dir, LEASE);
  const waited = performance.now() - began;
  assert.ok(waited >= 1500 && waited < 20_000, `${waited} ms`);
  await lock.release();
});

locks('a process of the same host name whose number means nothing here is no process that has ended', async () => {
  const dir = join(folder, 'container');
  const child = await holderElsewhere(dir, { MISFIRE_LEASE: '1.5' });
  // As another container of this name has it: a space of process numbers of its own, in which this number is taken.
  const elsewhere = { ...lockOf(dir), place: 'another space', pid: 4_000_000 };
  child.kill('SIGKILL');
  await once(child, 'close');
  let beat = 0;
  const write = () => writeFileSync(join(dir, '.lock'), JSON.stringify({ ...elsewhere, beat: String(++beat) }));
  write();
  const beats = setInterval(write, 150);
  await fails(() => Lock.take(dir, LEASE), /in use by process 4000000/);
  clearInterval(beats);
  await (await Lock.take(dir, LEASE)).release();
});

locks('a holder that was held up finds its lock taken over, and writes nothing more', async () => {
  const dir = join(folder, 'fenced');
  mkdirSync(dir);
  const lock = await Lock.take(dir, { lease: 90 });
  const writer = await StoreWriter.open(dir, { form, partBatches: 1, state: () => new Uint8Array(8), lock: lock.token });
  await writer.append(batchOf(0));
  await writer.append(batchOf(1));
  while (!existsSync(join(dir, 'samples/part-000001.parquet')) || existsSync(join(dir, '.journal-1'))) await sleep(20);
  const journal = await Journal.open(join(dir, 'journal.jsonl'), JSON_LINES, 0);
  await journal.append('mine');
  // Another process has waited, and put its own lock there as a new file; it opens the journal to go on.
  writeFileSync(join(dir, 'other'), JSON.stringify({ ...lockOf(dir), key: 'other', pid: 7, host: 'elsewhere' }));
  renameSync(join(dir, 'other'), join(dir, '.lock'));
  const found = await readJournal(join(dir, 'journal.jsonl'), JSON_LINES);
  const theirs = await Journal.open(join(dir, 'journal.jsonl'), JSON_LINES, found.bytes);
  const before = contents(dir);
  await fails(() => writer.append(batchOf(2)),
    /fenced is not this process's any more: process 7 on the host elsewhere took it over, .*writes nothing more there/);
  await fails(() => lock.check(), /took it over/);
  await fails(() => placeDurably(join(dir, 'stats.json'), '{}', () => lock.check()), /took it over/);
  await journal.append('too late'); // past its check when it was held up: what it has open is no file of the folder any more
  await sleep(200); // several signs of life, which go to its old lock
  assert.equal(contents(dir), before);
  await theirs.append('theirs');
  assert.equal((await readJournal(join(dir, 'journal.jsonl'), JSON_LINES)).records, ['mine', 'theirs']);
  await lock.release();
  assert.is(lockOf(dir).key, 'other');
  rmSync(join(dir, '.lock'));
  await fails(() => lock.check(), /its \.lock was removed/);
  for (const j of [journal, theirs]) await j.close();
  await writer.close();
});

locks('a lease that is none is refused', async () => {
  process.env.MISFIRE_LEASE = 'soon';
  await fails(() => Lock.take(folder, { patience: PATIENCE }), /MISFIRE_LEASE is "soon"; it takes a number of seconds above 0/);
  delete process.env.MISFIRE_LEASE;
});

locks.after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

locks.run();
