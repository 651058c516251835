/** A sweep as a page: what each factor does, with intervals, and the identity control beside it. */
import type { Interval } from '../../saliency/bootstrap.js';
import type { Effect } from '../../reproducibility/effects.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { html, type Html } from '../page/html.js';
import { folded, pageTable } from '../page/table.js';
import { percent, plural } from '../numbers.js';
import { fileName } from '../words.js';
import { cellName, fourPlaces, place, refusals, shownCells, type SweepReport } from './sweep.js';

/** What a page is made of; the command puts its scripts in. */
export interface SweepPage {
  readonly title: string;
  readonly body: Html;
  readonly charts: readonly Chart[];
  readonly data: unknown;
}

/** Height of a line of the figure. */
const LINE = 24;

export async function sweepPage(report: SweepReport): Promise<SweepPage> {
  const { name, sweep, result, adapter, version, resamples } = report;
  const cells = shownCells(result);
  const models = [...new Set(cells.map(({ cell }) => cell.setting!.models))].join(', ');
  const figure = cells.length > 0 ? await cellsFigure(report) : null;
  const title = 'How much of an answer is luck';
  const failed = refusals(result);
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${plural(cells.length, 'setting')} of ${fileName(name)}, each ${
    plural(sweep.seeds.length, 'time')
  } with other data and other \
models (${models} at a time) that differ only in what is random.</p>
<div class="glossary" role="note" aria-label="What the words mean">
<p><dfn>Prediction difference (pd_abs)</dfn>: how far the probabilities of two models are apart, as a mean over pairs of models and \
held-out points.</p>
<p><dfn>Excess loss</dfn>: how much worse the predictions are than the truth's own probabilities. A model that always says the same is \
reproducible and useless: no difference is told without it.</p>
<p><dfn>Identity control</dfn>: the same network with the identity in place of its activation, which is linear. What it shows too is not \
due to the non-linearity.</p>
<p><dfn>Interval</dfn>: the middle 95 % of ${resamples} bootstrap resamples of the replicates; differences are paired by seed.</p>
</div>
${figure?.html}
${cellsTable(report)}
${result.effects.length > 0 && effectsSection(report)}
${
    failed.length > 0 && html`<section><h2>Not told</h2><ul>${
      failed.map((text) =>
        html`<li>${text}.</li>
`
      )
    }</ul></section>
`
  }
<section><h2>How it was made</h2>
<p>The task is declared by this project (docs/irreproducibility.md), after the abstract of Snapp and Shamir, \
<a href="https://arxiv.org/abs/2102.10696">“Synthesizing Irreproducibility in Deep Networks”</a>, which publishes neither code nor \
settings: these are not the paper's figures.</p>
<dl><dt>Computed on</dt><dd>${adapter}</dd><dt>Version</dt><dd>misfire ${version}</dd></dl></section>
</main>`;
  const data = { seeds: sweep.seeds, factors: sweep.factors, effects: result.effects,
    cells: cells.map(({ cell: { levels, control, added, setting }, intervals, beyond }) => ({ levels, control, added, setting, intervals,
      beyond })
    ) };
  return { title, body, charts: figure ? [figure] : [], data };
}

/** Each setting and its control on one line: prediction difference to the left, excess loss to the right. */
function cellsFigure({ sweep, result }: SweepReport): Promise<Chart> {
  const cells = shownCells(result).filter(({ cell }) => !cell.added);
  const values = cells.flatMap(({ cell, intervals }) => {
    const control = cell.control === null ? null : result.cells[cell.control].intervals;
    const own = result.cells[cell.control ?? -1]?.cell === cell;
    return (['pd_abs', 'excess_loss'] as const).flatMap((measure) => [
      { setting: cellName(cell.levels), what: own ? 'identity control' : 'the network', measure, ...intervals[measure] },
      ...(control && !own ? [{ setting: cellName(cell.levels), what: 'identity control', measure, ...control[measure] }] : []),
    ]);
  }).filter(({ mean }) => Number.isFinite(mean));
  const order = [...new Set(values.map((v) => v.setting))];
  const panel = (measure: 'pd_abs' | 'excess_loss', title: string, labelled: boolean): object => {
    const y = { field: 'setting', type: 'nominal', sort: order, title: null,
      axis: labelled ? { labelLimit: 260 } : { labels: false, ticks: false } };
    const color = { field: 'what', type: 'nominal', title: null,
      scale: { domain: ['the network', 'identity control'], range: [COLORS.red, COLORS.grey] } };
    const x = (field: string): object => ({ field, type: 'quantitative', title, scale: { zero: true } });
    return { transform: [{ filter: `datum.measure == '${measure}'` }], width: 190, height: LINE * order.length, layer: [
      { mark: { type: 'rule', strokeWidth: 2 }, encoding: { y, x: x('low'), x2: { field: 'high' }, color } },
      { mark: { type: 'point', filled: true, size: 55 },
        encoding: { y, x: x('mean'), color, shape: { ...color, scale: { domain: color.scale.domain, range: ['circle', 'diamond'] } },
          tooltip: ['setting', 'what', 'mean', 'low', 'high'].map((field) => ({ field })) } },
    ] };
  };
  return chart('cells', { data: { values }, hconcat: [panel('pd_abs', 'pd_abs', true), panel('excess_loss', 'excess loss', false)] }, {
    title: `Prediction difference and excess loss, beside the identity control (n = ${plural(sweep.seeds.length, 'replicate')})`,
    description: `Means with 95 % intervals. ${
      cells.slice(0, 12).map(({ cell, intervals }) =>
        `${cellName(cell.levels)}: pd_abs ${fourPlaces(intervals.pd_abs)}, excess loss ${fourPlaces(intervals.excess_loss)}`
      ).join('; ')
    }`,
  });
}

function cellsTable({ result }: SweepReport): Html {
  const rows = shownCells(result).map(({ cell, intervals, beyond }) => [
    html`${cellName(cell.levels)}${cell.added && html` <span class="quiet">(control)</span>`}`,
    fourPlaces(intervals.pd_abs),
    beyond ? marked(beyond.pd_abs) : '',
    fourPlaces(intervals.excess_loss),
    place(intervals.pd_sym.mean),
    Number.isFinite(intervals.churn.mean) ? percent(intervals.churn.mean) : 'not a number',
    Number.isFinite(intervals.constant.mean) ? intervals.constant.mean.toFixed(2) : 'not a number',
    place(intervals.pd_abs_live.mean),
  ]);
  return html`<section><h2>Settings</h2>
${
    pageTable({ caption: 'Every setting',
      head: ['setting', 'pd_abs', 'beyond the control', 'excess loss', 'pd_sym', 'churn', 'constant models', 'pd_abs of the living'], rows,
      words: [0] })
  }
<p class="how">A star and bold mark a difference whose interval does not hold 0.</p></section>`;
}

/** A difference, marked where its interval does not hold 0. */
const marked = (interval: Interval): string | Html =>
  interval.low > 0 || interval.high < 0 ? html`<strong>${fourPlaces(interval)} *</strong>` : fourPlaces(interval);

function effectsSection({ result, sweep }: SweepReport): Html {
  const factors = Object.keys(sweep.factors).filter((factor) => result.effects.some((e) => e.factor === factor));
  return html`<section><h2>What each factor does</h2>
<p class="how">A level less the first one, all else equal and seed by seed, first as the mean over all other factors.</p>
${
    factors.map((factor) => {
      const own = result.effects.filter((e) => e.factor === factor);
      const main = own.filter((e) => Object.keys(e.others).length === 0);
      const single = own.filter((e) => Object.keys(e.others).length > 0);
      return html`<h3>${factor}</h3>
${main.length > 0 && effectTable(`${factor}, over all other factors`, main, false)}
${
        single.length > 0 && (main.length === 0
          ? effectTable(factor, single, true)
          : folded('In each combination of the other factors', effectTable(`${factor}, one by one`, single, true)))
      }`;
    })
  }</section>`;
}

function effectTable(caption: string, effects: readonly Effect[], others: boolean): Html {
  const rows = effects.map((e) => [
    `${e.level} less ${e.against}`,
    ...(others ? [cellName(e.others)] : []),
    marked(e.effect.pd_abs),
    e.control ? marked(e.control.pd_abs) : '',
    marked(e.effect.excess_loss),
  ]);
  return pageTable({ caption, head: ['levels', ...(others ? ['with'] : []), 'on pd_abs', "the control's pd_abs", 'on excess loss'], rows,
    words: others ? [0, 1] : [0] });
}
