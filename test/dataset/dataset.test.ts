/** Data sets in every form they come in, and their pictures decoded ahead. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fails } from '../support/outcomes.js';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Classes } from '../../src/data/classes.js';
import { openDataSet } from '../../src/dataset/open.js';
import { Decoder } from '../../src/dataset/decoder.js';
import { shardSample, shardSize, type DataSet } from '../../src/dataset/dataset.js';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-dataset-'));
const at = (name: string) => join(folder, name);
const names = new Classes(['n00000001 great white shark, Carcharodon', 'n00000002 red fox', 'n00000003 crane',
  'n00000004 crane, wading bird'], 'classes.txt');

/** A tree of files; those that are to be found only need to be there. */
function tree(name: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, path, '..'), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  return at(name);
}

const all = (set: DataSet) => Array.from({ length: set.count }, (_, k) => set.sample(k));
const listed = (set: DataSet) => all(set).map(({ path, label }) => `${path} ${label}`);

// ---------------------------------------------------------------- class folders

const folders = suite('class folders');

folders('sorted names are the classes; other files are left out and told', async () => {
  const root = tree('plain', { 'b/2.png': '', 'b/1.JPG': '', 'a/deep/er/x.webp': '', 'c/notes.txt': '', '.cache/z.png': '',
    'c/.hidden.png': '' });
  symlinkSync(at('plain/b'), at('plain/d'));
  const set = await openDataSet([root], { classes: 4, names: null });
  assert.equal(listed(set), ['a/deep/er/x.webp 0', 'b/1.JPG 1', 'b/2.png 1', 'd/1.JPG 3', 'd/2.png 3']);
  assert.match(set.notices.join(), /a is class 0, d class 3.*1 files .* left out/);
  assert.equal(set.sample(1).source, { format: 'picture', file: join(root, 'b/1.JPG'), record: 0 });
});

folders('names and WordNet ids find their classes, also when only some are there', async () => {
  const set = await openDataSet([tree('some', { 'n00000002/x.png': '', 'Great_White_Shark/y.png': '' })], { classes: 4, names });
  assert.equal(listed(set), ['Great_White_Shark/y.png 0', 'n00000002/x.png 1']);
});

folders('what cannot be mapped is refused with the reason', async () => {
  await fails(() => openDataSet([at('plain')], { classes: 1000, names: null }),
    /has 4 class folders, but the model has 1000 classes; give --classes/);
  await fails(() => openDataSet([tree('odd', { 'red fax/x.png': '' })], { classes: 4, names }),
    /red fax is no class of classes.txt; the nearest names are "red fox" \(1\)/);
  await fails(() => openDataSet([tree('two', { 'n00000002/x.png': '', 'red fox/y.png': '' })], { classes: 4, names }),
    /n00000002 and red fox .* are both class 1/);
  await fails(
    () => openDataSet([tree('vague', { 'crane/x.png': '' })], { classes: 4, names: new Classes(['crane', 'crane', 'b', 'c'], 'c.txt') }),
    /"crane" names the classes 0 .* and 1/
  );
  await fails(() => openDataSet([at('some')], { classes: 5, names }), /classes.txt names 4 classes, but the model has 5/);
  const numbers = Object.fromEntries(Array.from({ length: 11 }, (_, k) => [`${k}/x.png`, '']));
  await fails(() => openDataSet([tree('numbers', numbers)], { classes: 11, names: null }),
    /numbers whose order by name \(0, 1, 10, \.\.\.\)/);
  await fails(() => openDataSet([tree('empty', { 'a/x.txt': '' })], { classes: 1, names: null }), /holds no sample/);
  await fails(() => openDataSet([tree('nothing', { 'x.png': '' })], { classes: 1, names: null }), /neither class folders nor labels.csv/);
  await fails(() => openDataSet([at('not there')], { classes: 1, names: null }), /does not exist/);
});

folders.run();

// ---------------------------------------------------------------- labels.csv

const table = suite('labels.csv');
const csv = (name: string, text: string | Uint8Array) => {
  const root = tree(name, { 'a.png': '', 'sub/b, c.png': '' });
  writeFileSync(join(root, 'labels.csv'), text);
  return root;
};

table('byte order mark, CRLF, quotes, empty lines and carried columns', async () => {
  const root = csv('marks',
    '\ufeffboxes,file,label,note\r\n"1,2,3,4 5,6,7,8",a.png,1,"say ""hi"",\r\ntwice"\r\n\r\n,"sub/b, c.png",n00000001,\r\n');
  const set = await openDataSet([root], { classes: 4, names });
  assert.equal(set.columns, ['boxes', 'note']);
  assert.equal(all(set).map(({ source, ...s }) => ({ ...s, file: source.file })), [
    { path: 'a.png', label: 1, carried: ['1,2,3,4 5,6,7,8', 'say "hi",\r\ntwice'], file: join(root, 'a.png') },
    { path: 'sub/b, c.png', label: 0, carried: ['', ''], file: join(root, 'sub/b, c.png') },
  ]);
});

table('every fault is named with its line', async () => {
  const open = (name: string, text: string | Uint8Array, withNames = true) => () =>
    openDataSet([csv(name, text)], { classes: 4, names: withNames ? names : null });
  await fails(open('e1', 'file,label\na.png,1\nmissing.png,2\n'), /labels.csv, line 3: the file missing.png does not exist/);
  await fails(open('e2', 'file,label\na.png,4\n'), /line 2: label 4 is out of range: the model has 4 classes/);
  await fails(open('e3', 'file,label\na.png,red fax\n'), /line 2: label "red fax" is no class of classes.txt; the nearest/);
  await fails(open('e4', 'file,label\na.png,red fox\n', false), /line 2: label "red fox" is not an index.*--classes/);
  await fails(open('e5', 'name,label\na.png,1\n'), /has the columns "name", "label"; it needs "file" and "label"/);
  await fails(open('e6', 'file,label\na.png,1,9\n'), /is no table: .*line 2/i);
  await fails(open('e7', 'file,label\n"a.png,1\n'), /is no table: .*quote/i);
  await fails(open('e8', 'file,label,Loss\na.png,1,2\n'), /"Loss" has the name of a column that is computed/);
  await fails(open('e9', 'file,label,x,X\na.png,1,2,3\n'), /"X" is there twice/);
  await fails(open('e10', ''), /is empty/);
  await fails(open('e11', 'file,label\n'), /holds no sample/);
  await fails(open('e12', 'file,label\nsub,1\n'), /line 2: sub is no file/);
  await fails(open('e13', Buffer.from('file,label\na.png,1\n', 'utf16le')), /it needs "file" and "label"/);
});

table.run();

// ---------------------------------------------------------------- CIFAR and .npy

const arrays = suite('CIFAR and .npy');
const cifar = (labels: readonly (readonly number[])[]) =>
  Buffer.concat(labels.flatMap((l, k) => [Buffer.from(l), Buffer.alloc(3072, k + 1)]));

arrays('CIFAR-10 files follow one another', async () => {
  writeFileSync(at('one.bin'), cifar([[3], [9]]));
  writeFileSync(at('two.bin'), cifar([[0]]));
  const set = await openDataSet([at('one.bin'), at('two.bin')], { classes: 10, names: null });
  assert.equal(listed(set), ['one.bin[0] 3', 'one.bin[1] 9', 'two.bin[0] 0']);
  assert.equal(set.sample(2).source, { format: 'cifar10', file: at('two.bin'), record: 0 });
  await fails(() => openDataSet([at('one.bin')], { classes: 1000, names: null }), /CIFAR-10 file with 10 classes, but the model has 1000/);
});

arrays('CIFAR-100 gives the fine or the coarse class, as the model has', async () => {
  writeFileSync(at('hundred.bin'), cifar([[19, 99], [0, 42]]));
  const fine = await openDataSet([at('hundred.bin')], { classes: 100, names: null });
  assert.equal(all(fine).map((s) => [s.label, ...s.carried]), [[99, '19'], [42, '0']]);
  assert.equal(fine.columns, ['coarse']);
  const coarse = await openDataSet([at('hundred.bin')], { classes: 20, names: null });
  assert.equal(all(coarse).map((s) => [s.label, ...s.carried]), [[19, '99'], [0, '42']]);
  await fails(() => openDataSet([at('hundred.bin'), at('one.bin')], { classes: 100, names: null }),
    /one.bin is a CIFAR-10 file and .*hundred.bin a CIFAR-100 file/);
});

arrays('what is no CIFAR file is refused', async () => {
  for (const [name, bytes] of [['cut', cifar([[1]]).subarray(1)], ['high', cifar([[10]])], ['none', Buffer.alloc(0)]] as const) {
    writeFileSync(at(`${name}.bin`), bytes);
    await fails(() => openDataSet([at(`${name}.bin`)], { classes: 10, names: null }), /is no CIFAR file/);
  }
});

arrays('a pair of .npy, also as one text', async () => {
  const x = Float32Array.from({ length: 2 * 3 * 2 * 2 }, (_, k) => k);
  writeFileSync(at('x.npy'), writeNpy(ndarray(x, [2, 3, 2, 2])));
  writeFileSync(at('x8.npy'), writeNpy(ndarray(Float64Array.from(x), [2, 3, 2, 2])));
  writeFileSync(at('y.npy'), writeNpy(ndarray(BigInt64Array.of(1n, 0n), [2])));
  writeFileSync(at('y3.npy'), writeNpy(ndarray(Int32Array.of(1, 0, 1), [3])));
  writeFileSync(at('negative.npy'), writeNpy(ndarray(Int32Array.of(1, -1), [2])));
  for (const paths of [[`${at('x.npy')},${at('y.npy')}`], [at('x8.npy'), at('y.npy')]]) {
    const set = await openDataSet(paths, { classes: 2, names: null });
    assert.equal(all(set).map((s) => s.label), [1, 0]);
    const decoder = new Decoder({ how: null, shape: [3, 2, 2] }, 1);
    assert.equal((await decoder.decode([set.sample(1).source])).data, x.slice(12));
    await decoder.close();
  }
  const pair = (a: string, b: string) => () => openDataSet([at(a), at(b)], { classes: 2, names: null });
  await fails(pair('x.npy', 'y3.npy'), /y3.npy has shape \[3\]; the labels of .*x.npy have shape \[2\]/);
  await fails(pair('y.npy', 'x.npy'), /type '<i8'.*float32/);
  await fails(pair('x.npy', 'negative.npy'), /holds -1 as label 1/);
  await fails(() => openDataSet([at('x.npy')], { classes: 2, names: null }), /come as a pair/);
  await fails(() => openDataSet([at('x.npy'), at('y.npy')], { classes: 1, names: null }), /has label 1, but the model has only 1 classes/);
  writeFileSync(at('short.npy'), writeNpy(ndarray(x, [2, 3, 2, 2])).subarray(0, 150));
  await fails(pair('short.npy', 'y.npy'), /150 bytes.*damaged/);
});

arrays('shards share every sample out once', () => {
  for (const [total, count] of [[10, 3], [2, 5], [9, 1]]) {
    const seen = Array.from({ length: count }, (_, index) =>
      Array.from({ length: shardSize(total, { index, count }) }, (_, k) => shardSample(k, { index, count }))).flat();
    assert.equal(seen.sort((a, b) => a - b), Array.from({ length: total }, (_, k) => k));
  }
});

arrays.run();

// ---------------------------------------------------------------- decoding

const decodes = suite('Decoder');
const how = { resize: null, crop: 4, mean: [0, 0, 0], std: [1, 1, 1] };
const solid = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 255, g: 0, b: 51, alpha: 0.5 } } });

decodes('right or a named error, never a crash', async () => {
  const noise = sharp(Buffer.from(Uint8Array.from({ length: 64 * 64 * 3 }, (_, k) => (k * 7919) % 256)), {
    raw: { width: 64, height: 64, channels: 3 },
  });
  const jpeg = await noise.jpeg().toBuffer();
  const cases: [string, Uint8Array, 'right' | 'any' | RegExp][] = [
    ['whole.jpg', await solid(64, 64).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(), 'right'],
    ['wide.jpg', await solid(12_000, 30).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(), 'right'],
    ['turned.jpg', await solid(9, 7).withMetadata({ orientation: 6 }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
      'right'],
    ['alpha.png', await solid(8, 8, 4).png().toBuffer(), 'right'],
    ['deep.png', await solid(8, 8).toColourspace('rgb16').png().toBuffer(), 'right'],
    ['grey.jpg', await solid(8, 8).grayscale().jpeg().toBuffer(), 'any'],
    ['cmyk.jpg', await solid(8, 8).toColourspace('cmyk').jpeg().toBuffer(), 'any'],
    ['dot.png', await solid(1, 1).png().toBuffer(), 'any'],
    ['cut.jpg', jpeg.subarray(0, jpeg.length >> 1), /cut.jpg is a damaged picture/],
    ['head.jpg', jpeg.subarray(0, 20), /head.jpg is a damaged picture/],
    ['empty.png', new Uint8Array(0), /empty.png: it is empty/],
    ['text.png', Buffer.from('no picture'), /text.png is not a JPEG, PNG or WebP/],
  ];
  for (let k = 0; k < 12; k++) {
    const bytes = Uint8Array.from(jpeg);
    for (let j = 0; j < 10; j++) bytes[(k * 977 + j * 331) % bytes.length] ^= 0x55;
    cases.push([`flipped${k}.jpg`, bytes, /./]);
  }
  for (const [name, bytes] of cases) writeFileSync(at(name), bytes);
  const source = (name: string) => ({ format: 'picture' as const, file: at(name), record: 0 });
  const decoder = new Decoder({ how, shape: [3, 4, 4] }, 2);
  const { data, errors } = await decoder.decode([...cases.map(([name]) => source(name)), source('gone.png')]);
  cases.forEach(([name, , expected], k) => {
    const values = data.subarray(k * 48, (k + 1) * 48);
    if (expected === 'right') {
      assert.is(errors[k], null, name);
      values.forEach((v, j) => assert.ok(Math.abs(v - [1, 0, 0.2][Math.floor(j / 16)]) <= 2 / 255, `${name}: value ${j} is ${v}`));
    } else if (expected === 'any') assert.is(errors[k], null, name);
    else if (errors[k] !== null || !name.startsWith('flipped')) assert.match(errors[k]!, expected);
  });
  assert.match(errors[cases.length]!, /gone.png: it does not exist/);
  await decoder.close();
});

decodes('a picture of another size than the network takes is an error of its own', async () => {
  const decoder = new Decoder({ how: { ...how, crop: null }, shape: [3, 8, 8] }, 1);
  const { errors } = await decoder.decode([{ format: 'picture', file: at('alpha.png'), record: 0 }, { format: 'picture',
    file: at('turned.jpg'), record: 0 }]);
  assert.is(errors[0], null);
  assert.match(errors[1]!, /turned.jpg gives an input of 3 x 7 x 9, but the network takes 3 x 8 x 8; choose another --preprocess/);
  await decoder.close();
});

decodes('CIFAR records are read from their place', async () => {
  writeFileSync(at('places.bin'), cifar([[1], [2], [3]]));
  const decoder = new Decoder({ how: { resize: null, crop: null, mean: [0, 0, 0], std: [1, 1, 1] }, shape: [3, 32, 32] }, 2);
  const { data, errors } = await decoder.decode([2, 0, 3].map((record) => ({ format: 'cifar10', file: at('places.bin'), record })));
  assert.equal([data[0], data[3071], data[3072]].map((v) => Math.round(v * 255)), [3, 3, 1]);
  assert.equal(errors.slice(0, 2), [null, null]);
  assert.match(errors[2]!, /places.bin ends before byte/);
  await decoder.close();
});

decodes.after(() => rmSync(folder, { recursive: true }));

decodes.run();
