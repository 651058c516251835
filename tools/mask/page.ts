/** Section 3.4 as a page: confidences against the share of pixels masked, and figure 7c over all samples. */
import { basename } from 'node:path';
import { maskingClaims } from '../../src/saliency/experiments/claims.js';
import type { MaskingChanges, MaskingPoint } from '../../src/saliency/experiments/masking-analysis.js';
import type { MaskingControl, MaskingSettings } from '../../src/saliency/experiments/masking.js';
import { nearest } from '../../src/saliency/experiments/nearest.js';
import type { Fill } from '../../src/saliency/masking.js';
import { bandFigure } from '../../src/report/figures/bands.js';
import { plural, shortPercent, spread } from '../../src/report/numbers.js';
import { html, type Chart, type Html } from '../shared/page.js';
import { difference, folded, MARKED, pageTable } from '../shared/page-table.js';
import { chapterPage, forestGroups } from '../experiment/chapter.js';
import { FILL_NAMES, PIXEL_NAMES } from '../experiment/choices.js';
import { examples, type Example } from '../experiment/examples.js';
import type { PageContext } from '../experiment/page-context.js';
import { chances, columnsOf, hasTests, PANELS, type Column, type MaskResult } from './show.js';

const FILLED_WITH: Readonly<Record<Fill, string>> = {
  mean: "the data set's mean, which is 0 in a normalized picture",
  grey: 'the grey in the middle between black and white',
  blur: 'the picture under a Gaussian blur whose deviation is a sixteenth of its side',
};

const AGAINST: Readonly<Record<MaskingControl, string>> = {
  random: 'as many pixels at random, which lie scattered',
  shifted: 'the most salient pixels of the map moved elsewhere at random, which lie together as the salient ones do',
};

/** The claims and the mistakes shown are of this share of the pixels, or the nearest measured. */
const SHOWN = 0.05;

export async function maskPage(result: MaskResult, context: PageContext): Promise<string> {
  const { run, model, head, settings, analysis } = result;
  const { fills, controls, draws, top } = settings;
  const { samples, skipped, boxed, points } = analysis;
  const drawn: { fill: Fill; own: MaskingPoint[]; charts: Chart[] }[] = [];
  for (const fill of samples > 0 ? fills : []) {
    const own = points.filter((p) => p.fill === fill);
    const charts = await Promise.all(PANELS.map((panel) => panelFigure(fill, own, settings, samples, panel)));
    drawn.push({ fill, own, charts });
  }
  const corrected = PANELS.find(({ key }) => key === 'corrected')!;
  const figure = drawn.length > 0 ? await panelFigure(drawn[0].fill, drawn[0].own, settings, samples, corrected, 'first-') : null;
  const inBoxes = boxed > 0 && html` ${boxed} of them have object boxes, inside which nothing is masked.`;
  const byFill = drawn.map(({ fill, own, charts }) =>
    html`<section>
<h2>Filled with ${FILL_NAMES[fill]}</h2>
<p class="how">That is ${FILLED_WITH[fill]}.</p>
${folded('Every measure', html`${charts.map((c) => c.html)}`)}
${folded('The numbers', numbers(fill, own, settings))}
</section>`
  );
  const { samples: _, ...summary } = result;
  return chapterPage({
    title: 'Masking salient pixels',
    model,
    lead: html`Section 3.4 of the paper: do mistakes go away if the pixels that set their most salient filters off are masked, \
and does it take those pixels? Asked of ${samples} mistakes.${inBoxes}`,
    words: ['loss', 'salient', 'standardized', 'controls'],
    compared: forestGroups(maskingClaims({ settings, analysis }), plural(samples, 'mistake')),
    figure,
    examples: await examples(examplesOf(result), context),
    more: html`${byFill}`,
    charts: drawn.flatMap((d) => d.charts),
    how: html`<p>For each sample the ${top} most salient filters are boosted, and the gradient of the cosine distance of the two profiles
with respect to the picture says how salient each pixel is (equations 3 and 4). The most salient of the pixels that may be \
masked are filled; none of those may that lie in an object box. Against them, ${draws} times each and averaged:</p>
<ul>${controls.map((c) => html`<li><b>${PIXEL_NAMES[c]}</b>: ${AGAINST[c]}</li>`)}</ul>
<p>The filters' saliency, the mean of their standardized values, is measured again after each mask, of a control for the first set.</p>
<p>Lines are means over the samples, bands the middle 95 % of bootstrap resamples of them; where all samples have the same share,
exact 95 % intervals (Clopper and Pearson). p-values are of the paired t-test and of Wilcoxon's signed-rank test, two-sided,
and not corrected for how many there are.</p>
${skipped.length > 0 && html`<p>Left out:</p><ul>${skipped.map(({ id, why }) => html`<li>sample ${id}: ${why}</li>`)}</ul>`}`,
    facts: [['Run', basename(run), 'file'], ['Model', basename(model), 'file'], ['Computed on', head.adapter.description]],
    data: { ...summary, run: basename(run), model: basename(model) },
    chapter: context.chapter ? 'mask' : null,
  });
}

function panelFigure(fill: Fill, points: readonly MaskingPoint[], settings: MaskingSettings, samples: number,
  { key, title, unit }: (typeof PANELS)[number], prefix = ''): Promise<Chart> {
  const lines = columnsOf(settings).filter((c) => !c.difference).map((c) => ({ name: c.title,
    points: points.map((p) => ({ x: 100 * p.share, y: c.changes(p)[key] })) })
  );
  const ends = lines.map(({ name, points: line }) => `${name} ${spread(line[line.length - 1].y)}`).join(', ');
  return bandFigure(lines, {
    id: `${prefix}${fill}-${key}`,
    title: `${title}, filled with ${FILL_NAMES[fill]}`,
    n: plural(samples, 'mistake'),
    x: 'pixels masked, %',
    y: unit === 'points' ? 'percentage points' : key === 'saliency' ? 'relative change' : 'share',
    unit,
    root: true,
    description: `Against the share of pixels masked. With ${shortPercent(points[points.length - 1].share)} masked, ` +
      `in ${unit === 'points' ? 'percentage points' : 'percent'} with 95 % intervals: ${ends}`,
  });
}

function numbers(fill: Fill, points: readonly MaskingPoint[], settings: MaskingSettings): Html {
  const columns = columnsOf(settings);
  const tableOf = (key: keyof MaskingChanges, isDifference: boolean, caption: string): Html => {
    const shown = columns.filter((c) => c.difference === isDifference);
    const cells = (p: MaskingPoint, c: Column): (string | Html)[] => {
      const change = (isDifference ? difference : spread)(c.changes(p)[key]);
      return hasTests(key) ? [change, chances(c.changes(p)[key])] : [change];
    };
    return pageTable({
      caption,
      head: ['masked', ...shown.flatMap((c) => (hasTests(key) ? [c.title, 'p'] : [c.title]))],
      rows: points.map((p) => [shortPercent(p.share), ...shown.flatMap((c) => cells(p, c))]),
    });
  };
  const tables = PANELS.map(({ key, title, unit }) =>
    html`${tableOf(key, false, `${title}, filled with ${FILL_NAMES[fill]}, ${unit === 'points' ? 'percentage points' : '%'}`)}
${tableOf(key, true, `${title}, filled with ${FILL_NAMES[fill]}: differences in percentage points`)}`
  );
  return html`<p class="how">With 95 % intervals; p of the t-test, of Wilcoxon's test. Differences are sample by sample. ${MARKED}</p>
${tables}`;
}

/** With the first fill and the share of the pixels nearest to the paper's. */
function examplesOf({ samples, settings: { fills: [fill], shares } }: MaskResult): Example[] {
  const share = nearest(shares, SHOWN);
  return samples.filter(({ result }) => result.skipped === null).map(({ sample, result: { before, steps } }) => ({
    sample,
    before,
    after: (['salient', 'random'] as const).flatMap((choice) => {
      const step = steps.find((s) => s.fill === fill && s.share === share && s.choice === choice);
      return step ? [[`${shortPercent(share)} masked, ${PIXEL_NAMES[choice]}`, step] as const] : [];
    }),
  }));
}
