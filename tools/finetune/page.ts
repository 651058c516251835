/** Figure 6 of the paper as a page, with the sweep of the step and the damage it does not show. */
import { basename } from 'node:path';
import type { Interval } from '../../src/saliency/bootstrap.js';
import { tuningClaims } from '../../src/saliency/experiments/claims.js';
import type { TuningMeasures } from '../../src/saliency/experiments/tuning-analysis.js';
import { sweptCount, TUNING_CURVES, type TuningCurve } from '../../src/saliency/experiments/tuning-settings.js';
import { bandFigure, type Line } from '../../src/report/figures/bands.js';
import { plural, spread } from '../../src/report/numbers.js';
import { html, type Chart, type Html } from '../shared/page.js';
import { difference, folded, MARKED, pageTable } from '../shared/page-table.js';
import { chapterPage, forestGroups } from '../experiment/chapter.js';
import { CHOICE_NAMES, CURVE_NAMES } from '../experiment/choices.js';
import { examples, type Example } from '../experiment/examples.js';
import type { PageContext } from '../experiment/page-context.js';
import { PANELS, pointAt, type FinetuneResult } from './show.js';

type Panel = (typeof PANELS)[number];

/** Curves of the figure that is seen at once. */
const SEEN: readonly TuningCurve[] = ['salient', 'random', 'all'];

export async function finetunePage(result: FinetuneResult, context: PageContext): Promise<string> {
  const { run, test, model, settings, resamples, filters, samples, points, head, salientMinus } = result;
  const { curves, steps, sweep, sweepAt } = settings;
  const panels = PANELS.filter(({ key }) => points[0][key] !== null);
  const seen = SEEN.filter((c) => curves.includes(c));
  const figure = await countFigure(result, seen.length > 0 ? seen : curves.slice(0, SEEN.length), panels[0], 'first');
  const byCount = await Promise.all(panels.map((panel) => countFigure(result, curves, panel, 'count')));
  const swept = steps.length > 1 && sweep.length > 0;
  const byStep = swept ? await Promise.all(panels.map((panel) => stepFigure(result, panel))) : [];
  const lengths = swept &&
    html`<section><h2>By the length of the step</h2>
<p>With ${sweepAt} filters${sweep.includes('all') && ', and with the whole network'}. A longer step corrects more and breaks more: \
choices of filters are to be compared where they cost as much accuracy.</p>
${folded('Figures', html`${byStep.map((c) => c.html)}`)}
${folded('The numbers', html`${sweepTables(result, panels)}`)}</section>`;
  const { samples: _, ...summary } = result;
  return chapterPage({
    title: 'Fine-tuning a few filters',
    model,
    lead: html`Section 3.3 of the paper: one normalized step of gradient descent on the filters blamed for a mistake. Does it \
correct the mistake and its neighbours, does it take those filters, and what does it cost? Asked of ${samples.length} mistakes.`,
    words: ['loss', 'salient', 'standardized', 'controls'],
    compared: forestGroups(tuningClaims({ settings, analysis: { points, salientMinus } }), plural(samples.length, 'mistake')),
    figure,
    examples: await examples(examplesOf(result), context),
    more: html`<section><h2>By the number of filters</h2>
<p>A step of ${steps[0]} for each of ${samples.length} mistakes.</p>
${folded('Every measure, with every choice of filters', html`${byCount.map((c) => c.html)}`)}
${differences(result, panels)}</section>
${lengths}`,
    charts: [...byCount, ...byStep],
    how: how(result),
    facts: [['Run', basename(run), 'file'], ['Test run', basename(test), 'file'], ['Model', basename(model), 'file'], ['Computed on',
      head.adapter.description]],
    data: { ...summary, run: basename(run), test: basename(test), model: basename(model) },
    chapter: context.chapter ? 'finetune' : null,
  });

  function how({ settings: { neighbors, check }, subset }: FinetuneResult): Html {
    const still = points.filter((p) => p.still > 0);
    const unmoved = still.map((p) => `${p.still} of ${samples.length} mistakes with ${p.k} of ${CURVE_NAMES[p.curve]}`).join(', ');
    const accuracy = check > 0 && subset > 0 &&
      `The accuracy is that on ${subset} samples of the test run, drawn at random once; ` +
        `each mistake's networks are asked about ${Math.min(check, subset)} of them, in turn.`;
    return html`<p>Each mistake's filters move by step times g/|g|, g the gradient of its loss over all of them together; then the network \
is asked and put back. The filters are chosen for that mistake:</p>
<ul>${curves.map((c) => html`<li><b>${CURVE_NAMES[c]}</b>: ${c === 'all' ? `all ${filters} filters` : CHOICE_NAMES[c]}</li>`)}</ul>
<p>Neighbours are the ${neighbors} mistakes of the test run with the most similar profiles, standardized with the statistics of the run. \
${accuracy} Lines are means over the mistakes, bands the middle 95 % of ${resamples} bootstrap resamples \
of them; where all mistakes have the same share, exact 95 % intervals (Clopper and Pearson).</p>
${still.length > 0 && html`<p class="how">Without a step, the gradient being 0 on all filters chosen: ${unmoved}.</p>`}`;
  }
}

/** The whole network is a line across. */
function countFigure({ points, samples, settings: { counts, steps: [step] }, filters }: FinetuneResult, curves: readonly TuningCurve[],
  panel: Panel, prefix: string): Promise<Chart> {
  const across = counts.length > 0 && curves.some((c) => c !== 'all') ? counts : [filters];
  return figure(
    curves.map((name) => ({ name: CURVE_NAMES[name], look: TUNING_CURVES.indexOf(name),
      points: across.map((k) => ({ x: k, y: pointAt(points, name, k, step)![panel.key]! })) })
    ),
    panel,
    { id: `${prefix}-${panel.key}`, n: plural(samples.length, 'mistake'), x: 'filters tuned',
      description: `Against the number of filters tuned, with a step of ${step}.` }
  );
}

function stepFigure({ points, samples, settings: { sweep, sweepAt, steps } }: FinetuneResult, panel: Panel): Promise<Chart> {
  const across = [...steps].sort((a, b) => a - b);
  return figure(
    sweep.map((name) => ({ name: CURVE_NAMES[name], look: TUNING_CURVES.indexOf(name),
      points: across.map((step) => ({ x: step, y: pointAt(points, name, sweepAt, step)![panel.key]! })) })
    ),
    panel,
    { id: `step-${panel.key}`, n: plural(samples.length, 'mistake'), x: 'length of the step',
      description: `Against the length of the step, with ${sweepAt} filters or the whole network.` }
  );
}

function figure(lines: readonly Line[], { title, unit }: Panel,
  { description, ...text }: { id: string; n: string; x: string; description: string }): Promise<Chart> {
  const ends = lines.map(({ name, points }) => `${name} ${spread(points[points.length - 1].y)}`).join(', ');
  const [y, inUnit] = unit === 'points' ? ['percentage points', 'percentage points'] : ['share', 'percent'];
  return bandFigure(lines, { ...text, title, y, unit, root: true,
    description: `${description} At the right end, in ${inUnit} with 95 % intervals: ${ends}` });
}

function differences({ salientMinus, settings: { curves, counts, steps: [step] } }: FinetuneResult, panels: readonly Panel[]): Html | null {
  const others = curves.filter((c) => c !== 'salient');
  const measured = salientMinus.filter((d) => d.step === step);
  if (measured.length === 0) return null;
  const rows = counts.map((k) => ({ head: String(k), at: (c: TuningCurve) => measured.find((d) => d.k === k && d.than === c) }));
  const tables = panels.map(({ key, title }) =>
    tableOf(`${title}: the most salient filters less each other choice`, 'filters', others, rows, key, difference)
  );
  return folded('The most salient filters less each other choice, in numbers', html`<p class="how">Differences mistake by mistake, in \
percentage points with 95 % intervals. ${MARKED}</p>
${tables}`);
}

function sweepTables({ points, settings: { sweep, sweepAt, steps } }: FinetuneResult, panels: readonly Panel[]): readonly Html[] {
  const rows = [...steps].sort((a, b) => a - b)
    .map((step) => ({ head: String(step), at: (c: TuningCurve) => pointAt(points, c, sweepAt, step) }));
  return panels.map(({ key, title, unit }) =>
    tableOf(`${title}, ${unit === 'points' ? 'percentage points' : '%'}`, 'step', sweep, rows, key, spread)
  );
}

function tableOf(caption: string, first: string, columns: readonly TuningCurve[],
  rows: readonly { head: string; at: (c: TuningCurve) => TuningMeasures | undefined }[], key: keyof TuningMeasures,
  shown: (interval: Interval) => string | Html): Html {
  const cell = (m: TuningMeasures | undefined): string | Html => (m?.[key] ? shown(m[key]) : '');
  return pageTable({ caption, head: [first, ...columns.map((c) => CURVE_NAMES[c])],
    rows: rows.map(({ head, at }) => [head, ...columns.map((c) => cell(at(c)))]) });
}

/** With the number of filters nearest to the paper's, after the first step. */
function examplesOf({ samples, settings: { curves, counts, steps: [step] } }: FinetuneResult): Example[] {
  if (counts.length === 0) return [];
  const k = sweptCount(counts);
  return samples.map(({ sample, result: { before, outcomes } }) => ({
    sample,
    before,
    after: curves.filter((c) => c !== 'all').slice(0, 2).flatMap((curve) => {
      const outcome = outcomes.find((o) => o.curve === curve && o.k === k && o.step === step);
      return outcome ? [[`${k} tuned, ${CURVE_NAMES[curve]}`, outcome] as const] : [];
    }),
  }));
}
