/** Figure 3 of the paper as a page, with the damage it does not show. */
import { basename } from 'node:path';
import type { Choice } from '../../src/saliency/controls.js';
import type { PruningCurves, PruningPoint } from '../../src/saliency/experiments/pruning-analysis.js';
import { facts } from '../shared/facts.js';
import { plural, spread } from '../../src/report/numbers.js';
import { html, page, type Chart, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import { CHOICE_NAMES } from '../experiment/choices.js';
import { bandFigure } from '../../src/report/figures/bands.js';
import { PANELS, type PruneResult } from './show.js';

/** Samples that the network names wrongly, or rightly. */
type Kind = 'wrong' | 'right';

export async function prunePage(result: PruneResult): Promise<string> {
  const { run, model, settings: { curves, mode }, resamples, groups, head } = result;
  const drawn: { group: PruningCurves; kind: Kind; charts: Chart[] }[] = [];
  for (const kind of ['wrong', 'right'] as const) {
    const group = groups[kind];
    if (group) drawn.push({ group, kind, charts: await figures(group, kind, curves) });
  }
  const groupSections = drawn.map(({ group, kind, charts }) =>
    html`<section>
<h2>${group.samples} samples that the network names ${kind === 'wrong' ? 'wrongly' : 'rightly'}</h2>
${charts.map((c) => c.html)}
${differences(group, kind)}
</section>`
  );
  const off = mode === 'channel' ? 'their channels are exactly zero' : 'weight and batch norm shift are zero, as the paper has it';
  const body = html`<main>
<h1>Turning filters off: ${basename(model)}</h1>
<p class="lead">Section 3.1 of the paper: is a mistake mended when the filters it is blamed on are turned off, and does it take \
those filters?</p>
${groupSections}
<h2>How this was measured</h2>
<p>Of every sample, so many filters are turned off at once (${off}), chosen for that sample:</p>
<ul>${curves.map((c) => html`<li><b>${c}</b>: ${CHOICE_NAMES[c]}</li>`)}</ul>
<p>Lines are means over the samples, bands the middle 95 % of ${resamples} bootstrap resamples of them; where all samples \
have the same share, exact 95 % intervals (Clopper and Pearson). The damage is asked of \
right samples drawn at random for each sample, with the same filters off.</p>
${facts([['Run', run, 'file'], ['Model', model, 'file'], ['Computed on', head.adapter.description]])}
</main>`;
  const { samples: _, ...summary } = result;
  return page({ title: `Turning filters off: ${basename(model)}`, body, data: summary, charts: drawn.flatMap((d) => d.charts) });
}

async function figures(group: PruningCurves, kind: Kind, curves: readonly Choice[]): Promise<Chart[]> {
  const charts: Chart[] = [];
  for (const { key, [kind]: title } of panelsOf(group, kind)) {
    const lines = curves.map((name) => ({ name, points: group.curves[name]!.map((p) => ({ x: p.k, y: p[key]! })) }));
    const ends = lines.map(({ name, points }) => `${name} ${spread(points[points.length - 1].y)}`).join(', ');
    charts.push(await bandFigure(lines, {
      id: `${kind}-${key}`,
      title,
      n: plural(group.samples, kind === 'wrong' ? 'mistake' : 'right sample'),
      x: 'filters turned off',
      y: 'mean over samples',
      root: true,
      description: `Against the number of filters turned off. With ${group.curves[curves[0]]!.at(-1)!.k} off, ` +
        `in percent with 95 % intervals: ${ends}`,
    }));
  }
  return charts;
}

/** Without panels that say nothing: of right samples the label is the class given. */
function panelsOf(group: PruningCurves, kind: Kind): readonly (typeof PANELS)[number][] {
  const first = Object.values(group.curves)[0][0];
  return PANELS.filter(({ key }) => first[key] !== null && (kind === 'wrong' || key !== 'label'));
}

function differences(group: PruningCurves, kind: Kind): Html | null {
  const controls = Object.entries(group.salientMinus) as [Choice, readonly PruningPoint[]][];
  if (controls.length === 0) return null;
  const names = controls.map(([name]) => name);
  const tables = panelsOf(group, kind).map(({ key, [kind]: title }) => {
    const rows = controls[0][1].flatMap(({ k },
      j) => (k === 0 ? [] : [[String(k), ...controls.map(([, curve]) => spread(curve[j][key]!))]])
    );
    return pageTable({ caption: title, head: ['filters off', ...names], rows });
  });
  return html`<h3>The most salient filters less each control</h3>
<p class="how">Differences sample by sample, in points of a hundred with 95 % intervals; an interval without 0 is a difference \
that other samples would show too.</p>
${tables}`;
}
