/** Figure 3 of the paper as a page, with the damage it does not show. */
import { basename } from 'node:path';
import type { Choice } from '../../src/saliency/controls.js';
import type { Chart } from '../../src/report/page/page.js';
import { spread } from '../../src/report/numbers.js';
import { html, page, type Html } from '../../src/report/page/page.js';
import { WHAT } from '../experiment/choices.js';
import { bandFigure } from '../experiment/figure.js';
import type { Group, Point } from './measure.js';
import { PANELS, type PruneResult } from './show.js';

export async function prunePage(result: PruneResult): Promise<string> {
  const { run, model, settings: { curves, mode }, resamples, groups, head } = result;
  const drawn: { group: Group; of: 'wrong' | 'right'; charts: Chart[] }[] = [];
  for (const  of of['wrong', 'right'] as const) {
    const group = groups[of];
    if (group) drawn.push({ group, of, charts: await figures(group, of, curves) });
  }
  const body = html`<main>
<h1>Turning filters off: ${basename(model)}</h1>
<p class="lead">Section 3.1 of the paper: is a mistake mended when the filters it is blamed on are turned off, and does it take those filters?</p>
${
    drawn.map(({ group, of, charts }) =>
      html`<section>
<h2>${group.samples} samples that the network names ${of === 'wrong' ? 'wrongly' : 'rightly'}</h2>
${charts.map((c) => c.html)}
${differences(group, of)}
</section>`
    )
  }
<h2>How this was measured</h2>
<p>Of every sample, so many filters are turned off at once (${
    mode === 'channel' ? 'their channels are exactly zero' : 'weight and batch norm shift are zero, as the paper has it'
  }), chosen for that sample:</p>
<ul>${curves.map((c) => html`<li><b>${c}</b>: ${WHAT[c]}</li>`)}</ul>
<p>Lines are means over the samples, bands the middle 95 % of ${resamples} bootstrap resamples of them. The damage is asked of right samples drawn at random for each sample, with the same filters off.</p>
<dl><dt>Run</dt><dd class="file">${run}</dd><dt>Model</dt><dd class="file">${model}</dd><dt>Computed on</dt><dd>${head.adapter.description}</dd></dl>
</main>`;
  const { samples: _, ...summary } = result;
  return page({ title: `Turning filters off: ${basename(model)}`, body, data: summary, charts: drawn.flatMap((d) => d.charts) });
}

async function figures(group: Group, of: 'wrong' | 'right', curves: readonly Choice[]): Promise<Chart[]> {
  const charts: Chart[] = [];
  for (const { key, [of]: title } of panelsOf(group, of)) {
    const lines = curves.map((name) => ({ name, points: group.curves[name]!.map((p) => ({ x: p.k, y: p[key]! })) }));
    const ends = lines.map(({ name, points }) => `${name} ${spread(points[points.length - 1].y)}`).join(', ');
    charts.push(await bandFigure(lines, {
      id: `${of}-${key}`,
      title,
      x: 'filters turned off',
      y: 'mean over samples',
      root: true,
      description: `Against the number of filters turned off. With ${
        group.curves[curves[0]]!.at(-1)!.k
      } off, in percent with 95 % intervals: ${ends}`,
    }));
  }
  return charts;
}

/** Without panels that say nothing: of right samples the label is the class given. */
function panelsOf(group: Group, of: 'wrong' | 'right'): readonly (typeof PANELS)[number][] {
  const first = Object.values(group.curves)[0][0];
  return PANELS.filter(({ key }) => first[key] !== null && (of === 'wrong' || key !== 'label'));
}

function differences(group: Group, of: 'wrong' | 'right'): Html | null {
  const controls = Object.entries(group.salientMinus) as [Choice, readonly Point[]][];
  if (controls.length === 0) return null;
  return html`<h3>The most salient filters less each control</h3>
<p class="how">Differences sample by sample, in points of a hundred with 95 % intervals; an interval without 0 is a difference that other samples would show too.</p>
${
    panelsOf(group, of).map(({ key, [of]: title }) =>
      html`<div class="scroll"><table><caption>${title}</caption>
<thead><tr><th class="number">filters off</th>${controls.map(([name]) => html`<th class="number">${name}</th>`)}</tr></thead>
<tbody>${
        controls[0][1].map(({ k }, j) =>
          k > 0 && html`<tr><td class="number">${k}</td>${
            controls.map(([, points]) => html`<td class="number">${spread(points[j][key]!)}</td>`)
          }</tr>`
        )
      }</tbody></table></div>`
    )
  }`;
}
