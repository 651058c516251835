/** Section 3.4 as a page: confidences against the share of pixels masked, and figure 7c over all samples. */
import { basename } from 'node:path';
import type { Fill } from '../../src/saliency/masking.js';
import type { MaskingChanges, MaskingPoint } from '../../src/saliency/experiments/masking-analysis.js';
import type { MaskingControl, MaskingSettings } from '../../src/saliency/experiments/masking.js';
import { bandFigure } from '../../src/report/figures/bands.js';
import { facts } from '../shared/facts.js';
import { plural, shortPercent, spread } from '../../src/report/numbers.js';
import { html, page, type Chart, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
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

export async function maskPage(result: MaskResult): Promise<string> {
  const { run, model, head, settings, analysis } = result;
  const { fills, controls, draws, top } = settings;
  const { samples, skipped, boxed, points } = analysis;
  const drawn: { fill: Fill; own: MaskingPoint[]; charts: Chart[] }[] = [];
  for (const fill of samples > 0 ? fills : []) {
    const own = points.filter((p) => p.fill === fill);
    drawn.push({ fill, own, charts: await figures(fill, own, settings, samples) });
  }
  const title = `Masking salient pixels: ${basename(model)}`;
  const inBoxes = boxed > 0 && html`, ${boxed} of them with object boxes, inside which nothing is masked`;
  const byFill = drawn.map(({ fill, own, charts }) =>
    html`<section>
<h2>Filled with ${FILLED_WITH[fill]}</h2>
${charts.map((c) => c.html)}
${numbers(fill, own, settings)}
</section>`
  );
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">Section 3.4 of the paper: do mistakes go away if the pixels that set their most salient filters off are masked, \
and does it take those pixels?</p>
<p>${samples} samples that the network names wrongly${inBoxes}.</p>
${byFill}
<h2>How this was measured</h2>
<p>For each sample the ${top} most salient filters are boosted, and the gradient of the cosine distance of the two profiles
with respect to the picture says how salient each pixel is (equations 3 and 4). The most salient of the pixels that may be \
masked are filled; none of those may that lie in an object box. Against them, ${draws} times each and averaged:</p>
<ul>${controls.map((c) => html`<li><b>${c}</b>: ${AGAINST[c]}</li>`)}</ul>
<p>The filters' saliency, the mean of their standardized values, is measured again after each mask, of a control for the first set.</p>
<p>Lines are means over the samples, bands the middle 95 % of bootstrap resamples of them; where all samples have the same share,
exact 95 % intervals (Clopper and Pearson).
p-values are of the paired t-test and of Wilcoxon's signed-rank test, two-sided, and not corrected for how many there are.</p>
${skipped.length > 0 && html`<p>Left out:</p><ul>${skipped.map(({ id, why }) => html`<li>sample ${id}: ${why}</li>`)}</ul>`}
${facts([['Run', run, 'file'], ['Model', model, 'file'], ['Computed on', head.adapter.description]])}
</main>`;
  const { samples: _, ...summary } = result;
  return page({ title, body, data: summary, charts: drawn.flatMap((d) => d.charts) });
}

async function figures(fill: Fill, points: readonly MaskingPoint[], settings: MaskingSettings, samples: number): Promise<Chart[]> {
  const charts: Chart[] = [];
  for (const { key, title } of PANELS) {
    const lines = columnsOf(settings).filter((c) => !c.difference).map((c) => ({ name: c.title,
      points: points.map((p) => ({ x: 100 * p.share, y: c.changes(p)[key] })) })
    );
    const ends = lines.map(({ name, points: line }) => `${name} ${spread(line[line.length - 1].y)}`).join(', ');
    charts.push(await bandFigure(lines, {
      id: `${fill}-${key}`,
      title: `${title}, ${fill}`,
      n: plural(samples, 'sample'),
      x: 'pixels masked, %',
      y: title,
      root: true,
      description: `Against the share of pixels masked. With ${shortPercent(points[points.length - 1].share)} masked, ` +
        `in percent with 95 % intervals: ${ends}`,
    }));
  }
  return charts;
}

function numbers(fill: Fill, points: readonly MaskingPoint[], settings: MaskingSettings): Html {
  const columns = columnsOf(settings);
  const tableOf = (key: keyof MaskingChanges, difference: boolean, caption: string): Html => {
    const shown = columns.filter((c) => c.difference === difference);
    const cells = (p: MaskingPoint, c: Column): string[] => {
      const change = spread(c.changes(p)[key]);
      return hasTests(key) ? [change, chances(c.changes(p)[key])] : [change];
    };
    return pageTable({
      caption,
      head: ['masked', ...shown.flatMap((c) => (hasTests(key) ? [c.title, 'p'] : [c.title]))],
      rows: points.map((p) => [shortPercent(p.share), ...shown.flatMap((c) => cells(p, c))]),
    });
  };
  const tables = PANELS.map(({ key, title }) =>
    html`${tableOf(key, false, `${title}, ${fill}`)}
${tableOf(key, true, `${title}, ${fill}: differences`)}`
  );
  return html`<h3>In numbers</h3>
<p class="how">In points of a hundred with 95 % intervals; p of the t-test, of Wilcoxon's test. Differences are sample by sample.</p>
${tables}`;
}
