/** `misfire demo` (`npm run demo`): explains a misclassification whose cause is known, and checks the explanation by turning filters off. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readBytes, readText, writeAtomic } from '../../src/files/files.js';
import type { Picture } from '../../src/data/picture.js';
import { openDawnDevice } from '../../src/dawn.js';
import { announce } from '../shared/terminal.js';
import { demonstrate, openDemo } from '../demo/demonstrate.js';
import { demoPage } from '../demo/page.js';
import { CLASSES } from '../demo/pictures.js';
import { conclusion, explanation, plantedCause, repairTable, shownTable, verdict } from '../demo/report.js';
import { blocksWidth, halfBlocks, writePng } from '../demo/show.js';

/** Beside dist/, where this file is compiled to dist/tools/. */
const DATA = fileURLToPath(new URL('../../../demo/', import.meta.url));
const OUT = 'misfire-demo';
const ZOOM = 10;

export function demoCommand(): Command {
  return new Command('demo')
    .description('explain a mistake of the embedded network, whose cause is known, and check the explanation')
    .action(demo);
}

async function demo(): Promise<void> {
  const [model, statistics] = [await readBytes(join(DATA, 'model.onnx')), await readText(join(DATA, 'stats.json'))];
  const device = await openDawnDevice();
  try {
    announce(device);
    const opened = await openDemo(device, model, statistics);
    const demonstration = await demonstrate(opened);
    const { shown, seen, fooled, draws } = demonstration;
    const label = CLASSES[shown.sample.label];
    const file = join(OUT, `${label}.png`);
    const large = join(OUT, `${label}-large.png`);
    const bare = join(OUT, `${label}-without-sticker-large.png`);
    await mkdir(OUT, { recursive: true });
    await writePng(file, shown.sample.picture, 1);
    await writePng(large, shown.sample.picture, ZOOM);
    await writePng(bare, shown.bare.picture, ZOOM);

    const data = relative('', DATA) || '.';
    say(
      `A picture that the network gets wrong, a ${label} with a black and yellow sticker:\n  ${large}\nand the same picture without the sticker:\n  ${bare}`
    );
    process.stdout.write(`\n${inTerminal([shown.sample.picture, shown.bare.picture])}`);
    say(verdict(demonstration));
    say('\nWhich filters are to blame? Those whose gradient is furthest above what is usual for them:\n');
    process.stdout.write(explanation(demonstration, file));
    say('Are they? If so, the picture must come right when they are turned off, and not when as many others are.');
    say(`\nThis picture (random: mean of ${draws.shown} draws)\n`);
    say(shownTable(demonstration));
    say(`\nMany pictures: of ${seen} others that the network names rightly without the sticker, it misnames ${fooled} with it.`);
    say(`Share of them repaired by turning off the most salient filters, random ones, random ones of the same layers (as many in`);
    say(`each as the salient ones have there) or of the last stage (mean of ${draws.others} draws a picture), or the least salient:\n`);
    say(repairTable(demonstration));
    say(`\n${conclusion(demonstration)}`);
    say(plantedCause());
    if (device.adapter.software) {
      say('\nNow a report, with the pixels that set those filters off. A software adapter may compile for up to a minute, once:');
    }
    const page = join(OUT, 'report.html');
    await writeAtomic(page, await demoPage(opened, demonstration, file, data, device.adapter));
    opened.explainer.destroy();
    say(`\nEverything about this picture on one page, for a browser:\n  ${page}`);
    say(
      `\nThe same by hand:\n  npx misfire explain ${file} --label ${label} --model ${join(data, 'model.onnx')} --stats ${
        join(data, 'stats.json')
      } \\\n` +
        `    --classes ${join(data, 'classes.txt')} --preprocess ${join(data, 'preprocess.json')} --report ${join(OUT, 'by-hand.html')}`
    );
  } finally {
    device.destroy();
  }
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
