/** A sweep as text for a terminal, as tables for other programs, and as JSON. */
import type { Interval } from '../../saliency/bootstrap.js';
import type { CellResult, Effect, SweepResult } from '../../reproducibility/effects.js';
import type { Sweep } from '../../reproducibility/sweep.js';
import { csvTable } from '../csv.js';
import { plural } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';
import { MEASURE_WORDS } from './measures.js';

/** What a person and a program are told of a sweep. */
export interface SweepReport {
  readonly name: string;
  readonly sweep: Sweep;
  readonly result: SweepResult;
  readonly adapter: string;
  readonly version: string;
  readonly resamples: number;
}

/** Four places: "0.0638 [0.0563, 0.0717]". */
export function fourPlaces({ mean, low, high }: Interval): string {
  return Number.isFinite(mean) ? `${place(mean)} [${place(low)}, ${place(high)}]` : 'not a number';
}

export const place = (v: number): string => v.toFixed(4).replace(/^-(0\.0000)$/, '$1');

/** Where it lies in the factorial. */
export const cellName = (levels: Readonly<Record<string, string>>): string =>
  Object.entries(levels).map(([factor, level]) => (factor === 'setting' ? `setting ${level}` : level)).join(', ') || 'the setting';

/** The identity control and the network beside it, in the order of the cells; those that were not run are left out. */
export const shownCells = ({ cells }: SweepResult): readonly (CellResult & { readonly intervals: Readonly<Record<string, Interval>> })[] =>
  cells.filter((c): c is CellResult & { readonly intervals: Readonly<Record<string, Interval>> } => c.intervals !== null);

/** A sentence for each cell that was not run or diverged. */
export function refusals({ cells }: SweepResult): string[] {
  return cells.flatMap(({ cell, refused, diverged, outcomes }) =>
    refused !== null
      ? [`${cellName(cell.levels)}: ${refused}`]
      : diverged > 0
      ? [
        `${cellName(cell.levels)}: models diverged with ${diverged} of ${
          plural(outcomes.length, 'seed')
        }, so that its measures are not numbers; `
        + 'a lower rate, or fewer layers, keeps them finite',
      ]
      : []
  );
}

const share = (v: number): string => (Number.isFinite(v) ? v.toFixed(3) : 'NaN');

/** Cells, effects, and what was not run. */
export function sweepText({ sweep, result }: SweepReport): string {
  const rows = shownCells(result).map(({ cell, intervals, beyond }) => [
    `${cellName(cell.levels)}${cell.added ? ' (control)' : ''}`,
    fourPlaces(intervals.pd_abs),
    beyond ? fourPlaces(beyond.pd_abs) : '',
    place(intervals.excess_loss.mean),
    place(intervals.pd_sym.mean),
    share(intervals.churn.mean),
  ]);
  const effects = result.effects.filter(({ others }, k, all) =>
    Object.keys(others).length === 0 || all.filter((e) => e.factor === all[k].factor && e.level === all[k].level).length === 1
  ).map((
    e
  ) => [`${e.factor}: ${e.level} less ${e.against}`, fourPlaces(e.effect.pd_abs), e.control ? fourPlaces(e.control.pd_abs) : '',
    fourPlaces(e.effect.excess_loss)]
  );
  const lines = [
    ...hanging(`${plural(result.cells.length, 'setting')}, ${plural(sweep.seeds.length, 'replicate')} each; means with 95 % bootstrap `
      + 'intervals over replicates. pd_abs: mean |p - p| over pairs of models; beyond the control: less the same with the identity in the '
      + "activation's place; excess: loss above the truth's."),
    '',
    ...fittedTable([['setting', 'pd_abs', 'beyond the control', 'excess', 'pd_sym', 'churn'], ...rows], [3, 4, 5]),
    ...(effects.length > 0
      ? ['', 'Effects, paired by seed, as means over the other factors:', '',
        ...fittedTable([['', 'on pd_abs', "the control's", 'on excess loss'], ...effects])]
      : []),
    ...refusals(result).flatMap((text) => ['', ...hanging(`${text}.`)]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A line for each cell and measure. */
export function cellsCsv({ result, sweep }: SweepReport): Generator<string> {
  const factors = factorNames(sweep);
  return csvTable([...factors, 'control', 'measure', 'mean', 'low', 'high', 'control_difference', 'control_low', 'control_high'],
    shownCells(result), ({ cell, intervals, beyond }) =>
    Object.keys(MEASURE_WORDS).filter((name) => intervals[name]).map((name) => {
      const against = beyond?.[name as 'pd_abs'];
      return [...factors.map((f) => cell.levels[f] ?? ''), cell.added ? 1 : 0, name, ...numbers(intervals[name]),
        ...(against ? numbers(against) : ['', '', ''])];
    }));
}

/** A line for each cell and seed, with every measure. */
export function seedsCsv({ result, sweep }: SweepReport): Generator<string> {
  const factors = factorNames(sweep), names = Object.keys(MEASURE_WORDS);
  return csvTable([...factors, 'control', 'seed', ...names, 'diverged'], result.cells,
    ({ cell, outcomes }) =>
      outcomes.flatMap((o, k) =>
        'measures' in o
          ? [[...factors.map((f) => cell.levels[f] ?? ''), cell.added ? 1 : 0, sweep.seeds[k],
            ...names.map((name) => number((o.measures as unknown as Record<string, number>)[name] ?? NaN)), o.diverged]]
          : []
      ));
}

/** A line for each effect. */
export function effectsCsv({ result, sweep }: SweepReport): Generator<string> {
  const factors = factorNames(sweep);
  return csvTable(['factor', 'level', 'against', ...factors.map((f) => `at_${f}`), 'pd_abs', 'low', 'high', 'control_pd_abs', 'control_low',
    'control_high', 'excess_loss', 'excess_low', 'excess_high'], result.effects, (
    e: Effect
  ) => [[e.factor, e.level, e.against, ...factors.map((f) => e.others[f] ?? ''), ...numbers(e.effect.pd_abs),
    ...(e.control ? numbers(e.control.pd_abs) : ['', '', '']), ...numbers(e.effect.excess_loss)]]);
}

const factorNames = ({ cells }: Sweep): string[] => [...new Set(cells.flatMap(({ levels }) => Object.keys(levels)))];

const number = (v: number): string => (Number.isFinite(v) ? String(v) : 'NaN');
const numbers = ({ mean, low, high }: Interval): string[] => [mean, low, high].map(number);

/** Everything: JSON has no NaN, which is null. */
export function* sweepJson({ name, sweep, result, adapter, version, resamples }: SweepReport): Generator<string> {
  const head = { command: 'irreproducibility sweep', version, sweep: name, adapter, seeds: sweep.seeds, resamples, factors: sweep.factors };
  yield `${JSON.stringify(head).slice(0, -1)},"cells":[\n`;
  for (const [k, { cell, intervals, beyond, refused, diverged, outcomes }] of result.cells.entries()) {
    const { setting, levels, control, added } = cell;
    yield `${k > 0 ? ',\n' : ''}${
      JSON.stringify({ levels, control, added, setting, refused, diverged, intervals, beyond,
        rows: outcomes.map((o) => ('measures' in o ? o.measures : null)) })
    }`;
  }
  yield `\n],"effects":${JSON.stringify(result.effects)}}\n`;
}
