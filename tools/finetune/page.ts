/** Figure 6 of the paper as a page, with the sweep of the step and the damage it does not show. */
import { basename } from 'node:path';
import type { TuningMeasures } from '../../src/saliency/experiments/tuning-analysis.js';
import { TUNING_CURVES, type TuningCurve } from '../../src/saliency/experiments/tuning-settings.js';
import { CHOICE_NAMES } from '../experiment/choices.js';
import { bandFigure, type Line } from '../../src/report/figures/bands.js';
import { facts } from '../shared/facts.js';
import { plural, spread } from '../../src/report/numbers.js';
import { html, page, type Chart, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import { PANELS, pointAt, type FinetuneResult } from './show.js';

type Panel = (typeof PANELS)[number];

export async function finetunePage(result: FinetuneResult): Promise<string> {
  const { run, test, model, settings: { curves, steps, sweep, sweepAt, neighbors, check }, subset, resamples, filters, samples, points,
    head } = result;
  const panels = PANELS.filter(({ key }) => points[0][key] !== null);
  const byCount = await Promise.all(panels.map((panel) => countFigure(result, panel)));
  const swept = steps.length > 1 && sweep.length > 0;
  const byStep = swept ? await Promise.all(panels.map((panel) => stepFigure(result, panel))) : [];
  const still = points.filter((p) => p.still > 0);
  const lengths = swept &&
    html`<section><h2>By the length of the step</h2>
<p>With ${sweepAt} filters${sweep.includes('all') && ', and with the whole network'}. A longer step corrects more and breaks more: \
choices of filters are to be compared where they cost as much accuracy.</p>
${byStep.map((c) => c.html)}
${sweepTables(result, panels)}</section>`;
  const accuracy = check > 0 && subset > 0 &&
    `The accuracy is that on ${subset} samples of the test run, drawn at random once; ` +
      `each mistake's networks are asked about ${Math.min(check, subset)} of them, in turn.`;
  const unmoved = still.map((p) => `${p.still} of ${samples.length} mistakes with ${p.k} of ${p.curve}`).join(', ');
  const body = html`<main>
<h1>Fine-tuning a few filters: ${basename(model)}</h1>
<p class="lead">Section 3.3 of the paper: one normalized step of gradient descent on the filters blamed for a mistake. Does it \
correct the mistake and its neighbours, does it take those filters, and what does it cost?</p>
<section><h2>By the number of filters</h2>
<p>A step of ${steps[0]} for each of ${samples.length} mistakes.</p>
${byCount.map((c) => c.html)}
${differences(result, panels)}</section>
${lengths}
<h2>How this was measured</h2>
<p>Each mistake's filters move by step times g/|g|, g the gradient of its loss over all of them together; then the network is \
asked and put back. The filters are chosen for that mistake:</p>
<ul>${curves.map((c) => html`<li><b>${c}</b>: ${c === 'all' ? `the whole network, ${filters} filters` : CHOICE_NAMES[c]}</li>`)}</ul>
<p>Neighbours are the ${neighbors} mistakes of the test run with the most similar profiles, standardized with the statistics of the run. \
${accuracy} Lines are means over the mistakes, bands the middle 95 % of ${resamples} bootstrap resamples \
of them; where all mistakes have the same share, exact 95 % intervals (Clopper and Pearson).</p>
${still.length > 0 && html`<p class="how">Without a step, the gradient being 0 on all filters chosen: ${unmoved}.</p>`}
${facts([['Run', run, 'file'], ['Test run', test, 'file'], ['Model', model, 'file'], ['Computed on', head.adapter.description]])}
</main>`;
  const { samples: _, ...summary } = result;
  return page({ title: `Fine-tuning a few filters: ${basename(model)}`, body, data: summary, charts: [...byCount, ...byStep] });
}

/** The whole network is a line across. */
function countFigure({ points, samples, settings: { curves, counts, steps: [step] }, filters }: FinetuneResult,
  { key, title }: Panel): Promise<Chart> {
  const across = counts.length > 0 && curves.some((c) => c !== 'all') ? counts : [filters];
  return figure(
    curves.map((name) => ({ name, look: TUNING_CURVES.indexOf(name),
      points: across.map((k) => ({ x: k, y: pointAt(points, name, k, step)![key]! })) })
    ),
    { id: `count-${key}`, title, n: plural(samples.length, 'mistake'), x: 'filters tuned', root: true,
      description: `Against the number of filters tuned, with a step of ${step}.` }
  );
}

function stepFigure({ points, samples, settings: { sweep, sweepAt, steps } }: FinetuneResult, { key, title }: Panel): Promise<Chart> {
  const across = [...steps].sort((a, b) => a - b);
  return figure(
    sweep.map((name) => ({ name, look: TUNING_CURVES.indexOf(name),
      points: across.map((step) => ({ x: step, y: pointAt(points, name, sweepAt, step)![key]! })) })
    ),
    { id: `step-${key}`, title, n: plural(samples.length, 'mistake'), x: 'length of the step', root: true,
      description: `Against the length of the step, with ${sweepAt} filters or the whole network.` }
  );
}

function figure(lines: readonly Line[],
  { description, title, ...text }: { id: string; title: string; n: string; x: string; root: boolean; description: string }
): Promise<
  Chart
> {
  const ends = lines.map(({ name, points }) => `${name} ${spread(points[points.length - 1].y)}`).join(', ');
  return bandFigure(lines, { ...text, title, y: title,
    description: `${description} At the right end, in percent with 95 % intervals: ${ends}` });
}

function differences({ salientMinus, settings: { curves, counts, steps: [step] } }: FinetuneResult, panels: readonly Panel[]): Html | null {
  const others = curves.filter((c) => c !== 'salient');
  const measured = salientMinus.filter((d) => d.step === step);
  if (measured.length === 0) return null;
  const rows = counts.map((k) => ({ head: String(k), at: (c: TuningCurve) => measured.find((d) => d.k === k && d.than === c) }));
  return html`<h3>The most salient filters less each other choice</h3>
<p class="how">Differences mistake by mistake, in points of a hundred with 95 % intervals; an interval without 0 is a \
difference that other mistakes would show too.</p>
${panels.map(({ key, title }) => tableOf(title, 'filters', others, rows, key))}`;
}

function sweepTables({ points, settings: { sweep, sweepAt, steps } }: FinetuneResult, panels: readonly Panel[]): readonly Html[] {
  const rows = [...steps].sort((a, b) => a - b)
    .map((step) => ({ head: String(step), at: (c: TuningCurve) => pointAt(points, c, sweepAt, step) }));
  return panels.map(({ key, title }) => tableOf(`${title}, %`, 'step', sweep, rows, key));
}

function tableOf(caption: string, first: string, columns: readonly TuningCurve[],
  rows: readonly { head: string; at: (c: TuningCurve) => TuningMeasures | undefined }[], key: keyof TuningMeasures): Html {
  const cell = (m: TuningMeasures | undefined): string => (m?.[key] ? spread(m[key]) : '');
  return pageTable({ caption, head: [first, ...columns], rows: rows.map(({ head, at }) => [head, ...columns.map((c) => cell(at(c)))]) });
}
