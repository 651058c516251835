/**
 * What comes of a sweep: each measure's mean over the seeds with its interval, what a cell has beyond the identity control, and the effect
 * of each factor. Two settings are compared seed by seed: with one seed they have the same data, and differ less than two seeds do.
 */
import { bootstrapMean, RESAMPLES, type Interval } from '../saliency/bootstrap.js';
import { Random } from '../saliency/random.js';
import type { Measures } from './measures.js';
import type { Cell, Sweep } from './sweep.js';

/** One setting with one seed: its measures, or why there are none. */
export type Outcome = { readonly measures: Measures; readonly diverged: number } | { readonly failed: string };

/** What a difference is told of: never the first without the second. */
export const COMPARED = ['pd_abs', 'excess_loss'] as const;
export type Compared = Readonly<Record<(typeof COMPARED)[number], Interval>>;

export interface CellResult {
  readonly cell: Cell;
  readonly outcomes: readonly Outcome[];
  /** Of every measure; NaN where that of some seed is. Null where the cell was not run. */
  readonly intervals: Readonly<Record<string, Interval>> | null;
  /** Less the identity control, seed by seed; null where there is none, or it is one. */
  readonly beyond: Compared | null;
  /** Why it was not run, or failed. */
  readonly refused: string | null;
  /** Seeds in which some model diverged. */
  readonly diverged: number;
}

/** The effect of a factor's level against its first one, all else equal. */
export interface Effect {
  readonly factor: string;
  readonly level: string;
  readonly against: string;
  /** The levels of the other factors; none: the mean over all of them. */
  readonly others: Readonly<Record<string, string>>;
  readonly effect: Compared;
  /** The same of the identity control; null where there is none, and of the activation. */
  readonly control: Compared | null;
}

export interface SweepResult {
  readonly cells: readonly CellResult[];
  readonly effects: readonly Effect[];
}

const NOTHING: Interval = { mean: NaN, low: NaN, high: NaN };

/** Mean and 95 % percentile bootstrap interval over seeds; NaN where a value is. The same draws for every column. */
export function over(values: readonly number[], resamples = RESAMPLES): Interval {
  return values.length > 0 && values.every(Number.isFinite) ? bootstrapMean(values, new Random(0, values.length), resamples) : NOTHING;
}

/** Of `outcomes` [cell][seed] what is told. */
export function analyseSweep(sweep: Sweep, outcomes: readonly (readonly Outcome[])[], resamples = RESAMPLES): SweepResult {
  const value = (cell: number, name: keyof Measures, seed: number): number => {
    const outcome = outcomes[cell][seed];
    return outcome && 'measures' in outcome ? outcome.measures[name] ?? NaN : NaN;
  };
  const column = (cell: number, name: keyof Measures): number[] => sweep.seeds.map((_, k) => value(cell, name, k));
  const difference = (a: number, b: number, name: keyof Measures): number[] => {
    const [x, y] = [column(a, name), column(b, name)];
    return x.map((v, k) => v - y[k]);
  };
  const compared = (columns: (name: keyof Measures) => readonly number[]): Compared =>
    Object.fromEntries(COMPARED.map((name) => [name, over(columns(name), resamples)])) as Compared;

  const cells = sweep.cells.map((cell, k): CellResult => {
    const own = outcomes[k];
    const failed = own.find((o): o is { failed: string } => 'failed' in o);
    const first = own.find((o): o is Exclude<Outcome, { failed: string }> => 'measures' in o);
    const names = first ? (Object.keys(first.measures) as (keyof Measures)[]) : [];
    return { cell, outcomes: own, refused: cell.refusal ?? failed?.failed ?? null,
      intervals: first ? Object.fromEntries(names.map((name) => [name, over(column(k, name), resamples)])) : null,
      beyond: cell.control === null || cell.control === k || !first ? null : compared((name) => difference(k, cell.control!, name)),
      diverged: own.filter((o) => 'measures' in o && o.diverged > 0).length };
  });

  /** The cell that differs from this one in a factor alone. */
  const moved = (k: number, factor: string, level: string): number =>
    sweep.cells.findIndex(({ levels }) => same({ ...sweep.cells[k].levels, [factor]: level }, levels));
  const effects = Object.entries(sweep.factors).flatMap(([factor, levels]) =>
    levels.slice(1).flatMap((level) => {
      const [against] = levels;
      const pairs = sweep.cells.flatMap(({ levels: own, added }, k) => {
        const to = added || own[factor] !== level ? -1 : moved(k, factor, against);
        return to < 0 ? [] : [[k, to] as const];
      });
      if (pairs.length === 0) return [];
      const controlOf = ([a, b]: readonly [number, number]): readonly [number, number] | null => {
        const [x, y] = [sweep.cells[a].control, sweep.cells[b].control];
        return x === null || y === null || x === y || x === a ? null : [x, y];
      };
      const single = pairs.map((pair): Effect => {
        const control = controlOf(pair);
        const { [factor]: _, ...others } = sweep.cells[pair[0]].levels;
        return { factor, level, against, others, effect: compared((name) => difference(...pair, name)),
          control: control && compared((name) => difference(...control, name)) };
      });
      if (single.length === 1) return single;
      const meanOf = (list: readonly (readonly [number, number])[]): Compared =>
        compared((name) => {
          const all = list.map((pair) => difference(...pair, name)).filter((v) => v.every(Number.isFinite));
          return all.length === 0 ? [] : sweep.seeds.map((_, k) => all.reduce((sum, v) => sum + v[k], 0) / all.length);
        });
      const controls = pairs.map(controlOf).filter((pair) => pair !== null);
      const mean: Effect = { factor, level, against, others: {}, effect: meanOf(pairs),
        control: controls.length === 0 ? null : meanOf(controls) };
      return [mean, ...single];
    })
  );
  return { cells, effects };
}

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);
