/** The pasting experiment as a page: the region, and every picture's confidence before and after. */
import { basename } from 'node:path';
import sharp from 'sharp';
import type { Meta } from '../../src/store/format.js';
import { mean } from '../../src/saliency/experiments/change.js';
import { verdictOf } from '../../src/saliency/experiments/claims.js';
import { frame } from '../../src/data/framing.js';
import { pictureOf } from '../../src/store/sample.js';
import { plural, spread } from '../../src/report/numbers.js';
import { chart, COLORS, html, type Chart } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import { chapterPage } from '../experiment/chapter.js';
import { pasteExamples } from './paste-examples.js';
import { HEADING, rowsOf, shownRegion, type PasteResult } from './paste-show.js';

/** Pixels of the longer side of the picture shown. */
const SHOWN = 320;

export async function pastePage(result: PasteResult, meta: Meta): Promise<string> {
  const { run, model, head, source, region, onto, draws, name, analysis: { pictures, before, taken, salient, random, difference } } =
    result;
  const pulled = name(source.predicted);
  const picture = meta.preprocessing ? await outlined(result, meta) : null;
  const shown = picture !== null &&
    html`<figure><figcaption>Sample ${source.id}, ${source.path}, and the region</figcaption>
<img src="data:image/png;base64,${picture}" alt="The sample, with a frame around the region of ${shownRegion(region)}"></figure>`;
  const table = pageTable({
    caption: `The confidence in ${pulled}, in percentage points with 95 % bootstrap intervals`,
    head: HEADING,
    rows: rowsOf(result),
    words: [0],
  });
  const { samples: _, name: __, ...summary } = result;
  return chapterPage({
    title: 'A salient region pasted',
    model,
    lead: html`Section 3.4 of the paper: does what pulled one picture of ${name(source.label)} to ${pulled} pull other pictures of \
${name(onto)} there as well? The region of ${shownRegion(region)} was pasted onto ${pictures} of them, in the same place. Their \
confidence in ${pulled} was ${spread(before)} % before, and ${taken.before} of them were given it.`,
    words: ['loss', 'salient', 'controls'],
    compared: [{ quantity: `Change of the confidence in ${pulled}`, n: plural(pictures, 'picture'), salient, side: 'more',
      comparisons: [{ with: 'random regions', other: random, difference, verdict: verdictOf(difference, 'more') }] }],
    figure: await figure(result, pulled),
    examples: await pasteExamples(result, meta),
    more: html`<section><h2>The region</h2>
${shown}
${table}</section>`,
    charts: [],
    how: html`<p>A random region is another one of the same picture and of the same size, pasted in the same place, so that the \
same pixels are covered; ${draws} of them, averaged. p-values are of the paired t-test and of Wilcoxon's signed-rank test, \
two-sided.</p>`,
    facts: [['Run', basename(run), 'file'], ['Model', basename(model), 'file'], ['Computed on', head.adapter.description]],
    data: { ...summary, run: basename(run), model: basename(model) },
    chapter: null,
  });
}

async function figure({ samples, analysis: { pictures, rising } }: PasteResult, pulled: string): Promise<Chart> {
  const values = samples.flatMap(({ sample: { id }, result: { before, salient, random } }) => [
    { id, name: 'salient region', before: before.pulled, after: salient.pulled },
    { id, name: 'random regions', before: before.pulled, after: mean(random.map((r) => r.pulled)) },
  ]);
  const [confidence, pasted] = [`confidence in ${pulled} before`, 'with the region pasted'];
  const domain = ['salient region', 'random regions'];
  const axis = (field: string, title: string) => ({ field, type: 'quantitative', title, scale: { domain: [0, 1] },
    axis: { format: '.0%' } });
  return chart('paste', {
    height: 380,
    layer: [
      {
        data: { values: [{ before: 0, after: 0 }, { before: 1, after: 1 }] },
        mark: { type: 'line', color: 'currentColor', opacity: 0.4, strokeDash: [4, 4] },
        encoding: { x: axis('before', confidence), y: axis('after', pasted) },
      },
      {
        data: { values },
        mark: { type: 'point', size: 45, opacity: 0.8 },
        encoding: {
          x: axis('before', confidence),
          y: axis('after', pasted),
          color: { field: 'name', type: 'nominal', title: null, scale: { domain, range: [COLORS.red, COLORS.grey] } },
          shape: { field: 'name', type: 'nominal', title: null, scale: { domain, range: ['circle', 'cross'] } },
          tooltip: [
            { field: 'id', title: 'sample' },
            { field: 'name', title: 'pasted' },
            { field: 'before', format: '.2%' },
            { field: 'after', format: '.2%' },
          ],
        },
      },
    ],
  }, { title: `Confidence in ${pulled} before and after (n = ${plural(pictures, 'picture')})`,
    description:
      `A point per picture; above the diagonal it rises, which with the salient region it does in ${rising.salient} of ${pictures}` });
}

/** PNG in base64: the prepared picture, before normalization, with a frame around the region. */
async function outlined({ source, region }: PasteResult, { data, preprocessing }: Meta): Promise<string> {
  const { data: pixels, width, height } = frame(await pictureOf(data, source), preprocessing!);
  const scale = SHOWN / Math.max(width, height);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  const { x0, y0, x1, y1 } = region;
  const frameOf = (color: string, line: number) =>
    `<rect x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}" fill="none" stroke="${color}" stroke-width="${line / scale}"/>`;
  const box = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><g transform="scale(${w / width} ` +
    `${h / height})">${frameOf('white', 4)}${frameOf('black', 2)}</g></svg>`;
  const kernel = scale > 1 ? 'nearest' : 'lanczos3';
  const shown = sharp(pixels, { raw: { width, height, channels: 3 } }).resize(w, h, { kernel });
  const png = await shown.composite([{ input: Buffer.from(box) }]).png().toBuffer();
  return png.toString('base64');
}
