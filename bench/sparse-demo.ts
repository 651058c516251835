/**
 * The demo's pictures as data sets, to see whether a sparse layer finds the planted sticker (docs/sparse-findings.md):
 *
 *   node dist/bench/sparse-demo.js FOLDER
 *
 * writes FOLDER/train and FOLDER/held (stickers as in training), FOLDER/fooled (pictures of other shapes with a sticker that the network
 * calls a star, and names rightly without it; the sticker as the column `boxes`) and FOLDER/bare (the same without the sticker).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Picture } from '../src/data/picture.js';
import { classifier } from '../src/classifier.js';
import { loadModel } from '../src/onnx/model.js';
import { Explainer } from '../src/saliency/explainer.js';
import { argmax } from '../src/saliency/prediction.js';
import { FAULT, sample, SIZE, toInputs, type Sample } from '../tools/demo/pictures.js';
import { openComputer } from '../tools/shared/computer.js';
import { root } from '../reference/paths.js';

/** Sequences that neither training, nor the statistics, nor the demonstration draw from; the fooled ones from the demonstration's. */
const SETS = { train: { seed: 101, count: 4000 }, held: { seed: 102, count: 2000 }, fooled: { seed: 103, count: 1000 } } as const;

/** Pixels that differ, as "x0,y0,x1,y1". */
function boxOf({ data: a }: Picture, { data: b }: Picture): string {
  const different = Array.from({ length: SIZE * SIZE }, (_, p) => p).filter((p) => [0, 1, 2].some((c) => a[3 * p + c] !== b[3 * p + c]));
  const x = different.map((p) => p % SIZE), y = different.map((p) => Math.floor(p / SIZE));
  return [Math.min(...x), Math.min(...y), Math.max(...x) + 1, Math.max(...y) + 1].join();
}

async function write(folder: string, samples: readonly Sample[], boxes?: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const lines = [boxes ? 'file,label,boxes' : 'file,label'];
  for (const [k, { picture: { data, width, height }, label }] of samples.entries()) {
    const file = `${String(k).padStart(5, '0')}.png`;
    await sharp(data, { raw: { width, height, channels: 3 } }).png().toFile(join(folder, file));
    lines.push(boxes ? `${file},${label},"${boxes[k]}"` : `${file},${label}`);
  }
  writeFileSync(join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
}

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('say where: node dist/bench/sparse-demo.js FOLDER');
const drawn = (set: keyof typeof SETS, marked?: boolean): Sample[] =>
  Array.from({ length: SETS[set].count }, (_, k) => sample(SETS[set].seed, k, { marked }));
await write(join(out, 'train'), drawn('train'));
await write(join(out, 'held'), drawn('held'));

const device = await openComputer({});
const explainer = new Explainer(classifier(loadModel(readFileSync(join(root, 'demo/model.onnx')), { name: 'model.onnx' })), device);
const [marked, bare] = [drawn('fooled', true), drawn('fooled', false)];
const [now, before] = [await explainer.logits(toInputs(marked)), await explainer.logits(toInputs(bare))];
explainer.destroy();
device.destroy();
const others = marked.flatMap(({ label }, k) => (label !== FAULT.markedClass && argmax(before[k]) === label ? [k] : []));
const fooled = others.filter((k) => argmax(now[k]) === FAULT.markedClass);
await write(join(out, 'fooled'), fooled.map((k) => marked[k]), fooled.map((k) => boxOf(marked[k].picture, bare[k].picture)));
await write(join(out, 'bare'), fooled.map((k) => bare[k]));
console.log(`${fooled.length} of ${others.length} pictures of other shapes are called a star with the sticker`);
