/** Figure 3 of the paper as a page, with the damage it does not show. */
import { basename } from 'node:path';
import type { Choice } from '../../src/saliency/controls.js';
import { pruningClaims } from '../../src/saliency/experiments/claims.js';
import { nearest } from '../../src/saliency/experiments/nearest.js';
import type { PruningCurves, PruningPoint } from '../../src/saliency/experiments/pruning-analysis.js';
import { bandFigure } from '../../src/report/figures/bands.js';
import { plural, spread } from '../../src/report/numbers.js';
import { html, type Chart, type Html } from '../shared/page.js';
import { difference, folded, MARKED, pageTable } from '../shared/page-table.js';
import { chapterPage, forestGroups } from '../experiment/chapter.js';
import { CHOICE_NAMES, CURVE_NAMES } from '../experiment/choices.js';
import { examples, type Example } from '../experiment/examples.js';
import type { PageContext } from '../experiment/page-context.js';
import { PANELS, type PruneResult } from './show.js';

/** Samples that the network names wrongly, or rightly. */
type Kind = 'wrong' | 'right';

/** Curves of the figure that is seen at once. */
const SEEN = 3;
/** The mistakes shown have so many filters off, or the nearest number measured. */
const SHOWN = 30;

export async function prunePage(result: PruneResult, context: PageContext): Promise<string> {
  const { run, model, settings, resamples, groups, head } = result;
  const { curves, mode } = settings;
  const kinds = (['wrong', 'right'] as const).filter((kind) => groups[kind]);
  const [main] = kinds;
  const figure = main
    ? await panelFigure(groups[main]!, main, curves.slice(0, SEEN), PANELS.find((p) => p.key === 'right')!, 'first')
    : null;
  const charts: Chart[] = [];
  const more: Html[] = [];
  for (const kind of kinds) {
    const own = await Promise.all(panelsOf(groups[kind]!, kind).map((panel) => panelFigure(groups[kind]!, kind, curves, panel)));
    charts.push(...own);
    more.push(html`<section><h2>${titleOf(groups[kind]!, kind)}</h2>
${folded('Every measure, with every choice of filters', html`${own.map((c) => c.html)}`)}
${differences(groups[kind]!, kind)}</section>
`);
  }
  const off = mode === 'channel' ? 'their channels are exactly zero' : 'weight and batch norm shift are zero, as the paper has it';
  const asked = kinds.map((kind) => titleOf(groups[kind]!, kind)).join(' and ');
  const { samples: _, ...summary } = result;
  return chapterPage({
    title: 'Turning filters off',
    model,
    lead: html`Section 3.1 of the paper: is a mistake repaired when the filters it is blamed on are turned off, and does it take those \
filters? Asked of ${asked}.`,
    words: ['loss', 'salient', 'standardized', 'controls'],
    compared: groups.wrong ? forestGroups(pruningClaims({ settings, analysis: groups }), titleOf(groups.wrong, 'wrong')) : [],
    figure,
    examples: await examples(examplesOf(result), context),
    more: html`${more}`,
    charts,
    how: html`<p>Of every sample, so many filters are turned off at once (${off}), chosen for that sample:</p>
<ul>${curves.map((c) => html`<li><b>${CURVE_NAMES[c]}</b>: ${CHOICE_NAMES[c]}</li>`)}</ul>
<p>Lines are means over the samples, bands the middle 95 % of ${resamples} bootstrap resamples of them; where all samples \
have the same share, exact 95 % intervals (Clopper and Pearson). The damage is asked of \
right samples drawn at random for each sample, with the same filters off.</p>`,
    facts: [['Run', basename(run), 'file'], ['Model', basename(model), 'file'], ['Computed on', head.adapter.description]],
    data: { ...summary, run: basename(run), model: basename(model) },
    chapter: context.chapter ? 'prune' : null,
  });
}

const titleOf = ({ samples }: PruningCurves, kind: Kind): string =>
  kind === 'wrong' ? plural(samples, 'mistake') : plural(samples, 'right sample');

function panelFigure(group: PruningCurves, kind: Kind, curves: readonly Choice[], { key, unit, [kind]: title }: (typeof PANELS)[number],
  prefix: string = kind): Promise<Chart> {
  const lines = curves.map((name) => ({ name: CURVE_NAMES[name], points: group.curves[name]!.map((p) => ({ x: p.k, y: p[key]! })) }));
  const ends = lines.map(({ name, points }) => `${name} ${spread(points[points.length - 1].y)}`).join(', ');
  return bandFigure(lines, {
    id: `${prefix}-${key}`,
    title,
    n: titleOf(group, kind),
    x: 'filters turned off',
    y: unit === 'points' ? 'percentage points' : 'share',
    unit,
    root: true,
    description: `Against the number of filters turned off. With ${group.curves[curves[0]]!.at(-1)!.k} off, ` +
      `in ${unit === 'points' ? 'percentage points' : 'percent'} with 95 % intervals: ${ends}`,
  });
}

/** Without panels that say nothing: of right samples the label is the class given. */
function panelsOf(group: PruningCurves, kind: Kind): readonly (typeof PANELS)[number][] {
  const first = Object.values(group.curves)[0][0];
  return PANELS.filter(({ key }) => first[key] !== null && (kind === 'wrong' || key !== 'label'));
}

function differences(group: PruningCurves, kind: Kind): Html | null {
  const controls = Object.entries(group.salientMinus) as [Choice, readonly PruningPoint[]][];
  if (controls.length === 0) return null;
  const names = controls.map(([name]) => CURVE_NAMES[name]);
  const tables = panelsOf(group, kind).map(({ key, [kind]: title }) => {
    const rows = controls[0][1].flatMap(({ k }, j) =>
      k === 0 ? [] : [[String(k), ...controls.map(([, curve]) => difference(curve[j][key]!))]]
    );
    return pageTable({ caption: `${title}: the most salient filters less each control`, head: ['filters off', ...names], rows });
  });
  return folded('The most salient filters less each control, in numbers', html`<p class="how">Differences sample by sample, in percentage \
points with 95 % intervals. ${MARKED}</p>
${tables}`);
}

function examplesOf({ samples, settings: { curves, counts } }: PruneResult): Example[] {
  const k = nearest(counts, SHOWN);
  const shown = curves.slice(0, 2);
  return samples.filter(({ sample }) => sample.label !== sample.predicted).map(({ sample, result: { unchanged, steps } }) => ({
    sample,
    before: unchanged,
    after: shown.map((curve) => [`${k} off, ${CURVE_NAMES[curve]}`, steps[curve]![counts.indexOf(k)]] as const),
  }));
}
