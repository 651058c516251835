/** The demonstration told in a terminal, with its pictures and its report in a folder. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Picture } from '../../src/data/picture.js';
import { readBytes, readText, writeAtomic } from '../../src/files/files.js';
import { Device } from '../../src/engine/device.js';
import { announce, openForDemo } from '../shared/computer.js';
import { demonstrate, openDemo } from './demonstrate.js';
import { demoPage } from './page.js';
import { CLASSES } from './pictures.js';
import { blocksWidth, halfBlocks, writePng } from './show.js';
import { conclusion, explanation, plantedCause, repairTable, shownTable, verdict } from './text.js';

/** Beside dist/, where this file is compiled to dist/tools/. */
const DATA = fileURLToPath(new URL('../../../demo/', import.meta.url));
const OUT = 'misfire-demo';
const ZOOM = 10;

export async function demo(): Promise<void> {
  const [model, statistics] = [await readBytes(join(DATA, 'model.onnx')), await readText(join(DATA, 'stats.json'))];
  const device = await openForDemo();
  try {
    announce(device, { backend: 'auto' });
    const opened = await openDemo(device, model, statistics);
    const demonstration = await demonstrate(opened);
    const { shown, seen, fooled, draws } = demonstration;
    const label = CLASSES[shown.sample.label];
    const files = await writePictures(label, shown.sample.picture, shown.bare.picture);
    say(`A picture that the network gets wrong, a ${label} with a black and yellow sticker:\n  ${files.large}`);
    say(`and the same picture without the sticker:\n  ${files.bare}`);
    process.stdout.write(`\n${inTerminal([shown.sample.picture, shown.bare.picture])}`);
    say(verdict(demonstration));
    say('\nWhich filters are to blame? Those whose gradient is furthest above what is usual for them:\n');
    process.stdout.write(explanation(demonstration, files.picture));
    say('Are they? If so, the picture must come right when they are turned off, and not when as many others are.');
    say(`\nThis picture (random: mean of ${draws.shown} draws)\n`);
    say(shownTable(demonstration));
    say(`\nMany pictures: of ${seen} others that the network names rightly without the sticker, it misnames ${fooled} with it.`);
    say(`Share of them repaired by turning off the most salient filters, random ones, random ones of the same layers (as many in`);
    say(`each as the salient ones have there) or of the last stage (mean of ${draws.others} draws a picture), or the least salient:\n`);
    say(repairTable(demonstration));
    say(`\n${conclusion(demonstration)}`);
    say(plantedCause());
    if (device instanceof Device && device.adapter.software) {
      say('\nNow a report, with the pixels that set those filters off. A software adapter may compile for up to a minute, once:');
    }
    const data = relative('', DATA) || '.';
    const page = join(OUT, 'report.html');
    await writeAtomic(page, await demoPage(opened, demonstration, files.picture, data, device.adapter));
    opened.explainer.destroy();
    say(`\nEverything about this picture on one page, for a browser:\n  ${page}`);
    say(`\nThe same by hand:\n${byHand(files.picture, label, data)}`);
  } finally {
    device.destroy();
  }
}

/** The picture, and enlarged with and without the sticker; returns where they lie. */
async function writePictures(label: string, marked: Picture, unmarked: Picture) {
  const files = { picture: join(OUT, `${label}.png`), large: join(OUT, `${label}-large.png`),
    bare: join(OUT, `${label}-without-sticker-large.png`) };
  await mkdir(OUT, { recursive: true });
  await writePng(files.picture, marked, 1);
  await writePng(files.large, marked, ZOOM);
  await writePng(files.bare, unmarked, ZOOM);
  return files;
}

/** The command that makes the same report; `data` is the folder of the network. */
function byHand(picture: string, label: string, data: string): string {
  const [model, stats, classes, preprocess] = ['model.onnx', 'stats.json', 'classes.txt', 'preprocess.json'].map((name) =>
    join(data, name)
  );
  return `  npx misfire explain ${picture} --label ${label} --model ${model} --stats ${stats} \\\n`
    + `    --classes ${classes} --preprocess ${preprocess} --report ${join(OUT, 'by-hand.html')}`;
}

/** The pictures side by side, the first alone in a narrow terminal, nothing where there is no terminal. */
function inTerminal(pictures: readonly Picture[]): string {
  const { stdout } = process;
  if (!stdout.isTTY) return '';
  return halfBlocks(blocksWidth(pictures) <= stdout.columns ? pictures : pictures.slice(0, 1), stdout.getColorDepth());
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
