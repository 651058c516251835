/** `misfire doctor --model --data`: a network whose preprocessing and order of classes are known, tried under others. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { preprocess, type Preprocessing } from '../../src/data/preprocess.js';
import { argmax } from '../../src/saliency/prediction.js';
import { misfire as command } from '../../reference/command.js';
import { random } from '../../reference/random.js';
import { balanced, tinyLogits, tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-doctor-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]) => command(args, folder);

/** How the network's pictures are prepared, which nobody tells. */
const TRUE: Preprocessing = { resize: null, crop: null, mean: [0.5], std: [0.5], order: 'BGR' };
const COUNT = 80, NAMES = ['ape', 'bee', 'cow'];
const MODEL = ['--model', 'net.onnx', '--classes', 'classes.txt'];

const doctor = suite('misfire doctor of a model and its data');

doctor.before(async () => {
  const draw = random('doctor');
  mkdirSync(at('pictures'));
  const pictures = Array.from({ length: COUNT }, () => {
    const colour = [0, 1, 2].map(() => 256 * draw());
    return { width: 8, height: 8, data: Uint8Array.from({ length: 192 }, (_, k) => Math.min(255, colour[k % 3] * (0.5 + draw()))) };
  });
  const inputs = pictures.map((p) => preprocess(p, TRUE).data);
  // A last layer so large that the network is sure, as trained ones are.
  const w = balanced({ ...tinyWeights(), fc: tinyWeights().fc.map((v) => 60 * v) }, inputs);
  writeFileSync(at('net.onnx'), tinyModel(w));
  const labels = inputs.map((x) => argmax(tinyLogits(w.conv, w, x)));
  for (const [k, { data }] of pictures.entries()) {
    await sharp(data, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at(`pictures/${k}.png`));
  }
  writeFileSync(at('pictures/labels.csv'), `file,label\n${labels.map((y, k) => `${k}.png,${NAMES[y]}\n`).join('')}`);
  writeFileSync(at('classes.txt'), `${NAMES.join('\n')}\n`);
  writeFileSync(at('turned.txt'), 'cow\nape\nbee\n');
  writeFileSync(at('wrong.json'), JSON.stringify({ resize: null, crop: null, scale: [0, 255], mean: [0], std: [1] }));
});
doctor.after(() => rmSync(folder, { recursive: true, force: true }));

doctor('finds the preprocessing, says by how much it fits better, and writes it for --preprocess', async () => {
  const { out } = await ok(misfire('doctor', ...MODEL, '--data', 'pictures', '--preprocess', 'wrong.json', '--save', 'found.json'));
  assert.match(out, /^48 pictures of 80, drawn at random, best first; \* is what is used without a change:\n/);
  assert.match(out, /\n {2}prepared +right +loss +confidence\n {2}-1 to 1, BGR +48 of 48 /);
  assert.match(out, /\n {2}as given \* +\d+ of 48 /);
  assert.match(out.replace(/\s+/g, ' '),
    /Fits better than what is used without a change: -1 to 1, BGR: 48 of 48 right, loss \S+; its loss is lower by/);
  assert.equal(JSON.parse(readFileSync(at('found.json'), 'utf8')), { resize: null, crop: null, mean: [0.5], std: [0.5], order: 'BGR' });
  const profiled = await ok(misfire('profile', 'pictures', ...MODEL, '--preprocess', 'found.json', '--out', 'right'));
  assert.match(profiled.out, /80 samples, 100\.00 % named rightly/);
  assert.not.match(profiled.err, /misfire doctor/);
  const again = await ok(misfire('doctor', ...MODEL, '--data', 'pictures', '--preprocess', 'found.json'));
  assert.match(again.out, /What is used without a change fits best: as given: 48 of 48 right/);
});

doctor('finds the order of the classes, also as JSON', async () => {
  const { out } = await ok(misfire('doctor', '--model', 'net.onnx', '--classes', 'turned.txt', '--data', 'pictures', '--json'));
  const { best, orders, samples } = JSON.parse(out);
  assert.equal([samples, best.right, best.name, best.classes], [48, 48, '-1 to 1, BGR', "the network's classes are alphabetical by name"]);
  assert.equal(orders.map((o: { classes: string }) => o.classes)[0], 'as they are');
});

doctor('profile says where accuracy is far from what the network itself suggests, and names the command that finds out', async () => {
  const { err } = await ok(misfire('profile', 'pictures', ...MODEL, '--preprocess', 'wrong.json', '--out', 'far'));
  assert.match(err, /(is far from the network's own mean confidence of|is no better than chance among)/);
  assert.match(err, /this tries the usual ones: npx misfire doctor --model net\.onnx --data pictures --classes classes\.txt/);
});

doctor('refuses in one sentence', async () => {
  await misused(misfire('doctor', '--model', 'net.onnx'), /--model and --data go together/);
  await misused(misfire('doctor', '--save', 'x.json'), /--save is for --model and --data/);
  await refused(misfire('doctor', ...MODEL, '--data', 'nowhere'), /nowhere/);
  await refused(misfire('doctor', ...MODEL, '--data', 'pictures', '--save', 'no/such/x.json'), /no\/such/);
});

doctor.run();
