/** What the scores of all pictures come to: means and paired differences, each with its bootstrap interval over pictures. */
import type { MethodName } from '../attribution/methods.js';
import { shareOf } from '../saliency/binomial.js';
import { bootstrapMeans, type Interval } from '../saliency/bootstrap.js';
import { Random } from '../saliency/random.js';
import { VARIANTS, type MethodScores, type PictureScores, type Variant } from './evaluate.js';

/** The columns of the table, each a number of a method's scores of a picture. Differences are paired: of the same picture. */
export const COLUMNS = {
  'dense': ({ auc }: MethodScores) => auc.dense,
  'trace': ({ auc }: MethodScores) => auc.trace,
  'trace - dense': ({ auc }: MethodScores) => auc.trace - auc.dense,
  'magnitude': ({ auc }: MethodScores) => auc.magnitude,
  'random': ({ auc }: MethodScores) => auc.random,
  "other's trace": ({ auc }: MethodScores) => auc.other,
  "trace - other's": ({ auc }: MethodScores) => auc.trace - auc.other,
  'dense 5x5': ({ smooth }: MethodScores) => smooth.dense,
  'trace 5x5': ({ smooth }: MethodScores) => smooth.trace,
  'trace 5x5 - dense 5x5': ({ smooth }: MethodScores) => smooth.trace - smooth.dense,
  'insertion, dense': ({ causal }: MethodScores) => causal.dense.insertion,
  'insertion, trace - dense': ({ causal }: MethodScores) => causal.trace.insertion - causal.dense.insertion,
  "insertion, trace - other's": ({ causal }: MethodScores) => causal.trace.insertion - causal.other.insertion,
  'deletion, dense': ({ causal }: MethodScores) => causal.dense.deletion,
  'deletion, trace - dense': ({ causal }: MethodScores) => causal.trace.deletion - causal.dense.deletion,
  "deletion, trace - other's": ({ causal }: MethodScores) => causal.trace.deletion - causal.other.deletion,
} as const satisfies Readonly<Record<string, (scores: MethodScores) => number>>;
export type Column = keyof typeof COLUMNS;

export interface Evaluation {
  readonly pictures: number;
  /** The share of pictures in which each variant gives the dense network's class, with its exact interval. */
  readonly agree: Readonly<Record<Variant, Interval>>;
  /** Each method's row, and the mean over the methods under 'mean'. */
  readonly rows: Readonly<Record<string, Readonly<Record<Column, Interval>>>>;
}

/** Throws where there is no picture. `seed` draws the resamples, which are the same for all columns. */
export function analyseEvaluation(pictures: readonly PictureScores[], methods: readonly MethodName[], seed: number): Evaluation {
  if (pictures.length === 0) throw new Error('there is no picture to evaluate');
  const columns = Object.keys(COLUMNS) as Column[];
  const value = (picture: PictureScores, method: MethodName, column: Column): number => COLUMNS[column](picture.methods[method]!);
  const rows: readonly string[] = [...methods, 'mean'];
  const values = rows.flatMap((row) =>
    columns.map((column) =>
      pictures.map((p) =>
        row === 'mean'
          ? methods.reduce((sum, method) => sum + value(p, method, column), 0) / methods.length
          : value(p, row as MethodName, column)
      )
    )
  );
  const intervals = bootstrapMeans(values, new Random(seed));
  return {
    pictures: pictures.length,
    agree: Object.fromEntries(VARIANTS.map((v) => [v, shareOf(pictures.filter((p) => p.agrees[v]).length, pictures.length)])) as Record<
      Variant,
      Interval
    >,
    rows: Object.fromEntries(
      rows.map((row,
        r) => [row, Object.fromEntries(columns.map((column, c) => [column, intervals[r * columns.length + c]])) as Record<Column, Interval>]
      )
    ),
  };
}

/** With fewer pictures even differences that all have one sign are no evidence: 2 * 0.5^5 is more than 5 %. */
export const LEAST_PICTURES = 6;

/** Whether a mean of differences over so many pictures is told from zero: above, below, or neither. */
export const decided = ({ low, high }: Interval, pictures: number): 1 | -1 | 0 =>
  pictures < LEAST_PICTURES ? 0 : low > 0 ? 1 : high < 0 ? -1 : 0;
