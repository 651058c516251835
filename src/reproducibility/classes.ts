/**
 * How far trained networks of one task disagree on single pictures, several classes: the measures of measures.ts where an answer is a class
 * and a prediction a distribution over classes. Float64 on the host; what is not finite makes every measure NaN, never 0.
 */
import { argmax } from '../saliency/prediction.js';
import { sharedMistakes } from './measures.js';

/** What networks answered to the same pictures. */
export interface Answers {
  /** [pictures, classes] of each network. */
  readonly logits: readonly Float32Array[];
  readonly classes: number;
  readonly labels: ArrayLike<number>;
}

/** Two networks. */
export interface PairMeasures {
  /** Share of pictures that they call by another class; the lowest of equally probable classes counts. */
  readonly churn: number;
  /** Mean over pictures of half the sum over classes of |p - p|. */
  readonly total_variation: number;
  /** Mean of 2 |p - p| / (p + p) of the label's probability, 0 / 0 as 0. */
  readonly pd_sym: number;
  /** Share of wrong answers of the first, and of the second. */
  readonly error: readonly [number, number];
  /** Of the mistakes of either, the share that both make; Cohen's kappa of wrong and right. */
  readonly mistakes_shared: number;
  readonly error_kappa: number;
  /** Pictures that both get wrong, and the share of them that both call by the same wrong class (NaN where there are none). */
  readonly both_wrong: number;
  readonly same_wrong: number;
}

export interface ClassMeasures {
  /** Pairs of networks in the order 0-1, 0-2, ..., 1-2, ... */
  readonly pairs: readonly { readonly models: readonly [number, number]; readonly measures: PairMeasures }[];
  /** Share of pictures that all networks call the same. */
  readonly unanimous: number;
  /** Share of wrong answers of each. */
  readonly error: readonly number[];
}

/** [pictures, classes] of logits [pictures, classes]. */
export function softmaxRows(logits: Float32Array, classes: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += classes) {
    let most = -Infinity, sum = 0;
    for (let c = 0; c < classes; c++) most = Math.max(most, logits[at + c]);
    for (let c = 0; c < classes; c++) sum += out[at + c] = Math.exp(logits[at + c] - most);
    for (let c = 0; c < classes; c++) out[at + c] /= sum;
  }
  return out;
}

/** The class of each row. */
export const classesOf = (logits: Float32Array, classes: number): Int32Array =>
  Int32Array.from({ length: logits.length / classes }, (_, n) => argmax(logits.subarray(n * classes, (n + 1) * classes)));

/** Throws where the networks answered to another number of pictures than there are labels. */
export function classMeasures({ logits, classes, labels }: Answers): ClassMeasures {
  const N = labels.length;
  const odd = logits.find((rows) => rows.length !== N * classes);
  if (odd) throw new Error(`${odd.length} logits are not those of ${N} pictures and ${classes} classes`);
  const finite = logits.every((rows) => rows.every(Number.isFinite));
  const p = logits.map((rows) => softmaxRows(rows, classes));
  const given = logits.map((rows) => classesOf(rows, classes));
  const wrong = given.map((answers) => Uint8Array.from(answers, (c, n) => (c === labels[n] ? 0 : 1)));
  const share = (count: number, of = N): number => (finite && of > 0 ? count / of : NaN);
  const error = wrong.map((flags) => share(flags.reduce((a, b) => a + b, 0)));
  const pairs = logits.flatMap((_, i) =>
    logits.slice(i + 1).map((_, k) => {
      const j = i + 1 + k;
      let churn = 0, variation = 0, sym = 0, both = 0, same = 0;
      for (let n = 0; n < N; n++) {
        if (given[i][n] !== given[j][n]) churn++;
        let apart = 0;
        for (let c = 0; c < classes; c++) apart += Math.abs(p[i][n * classes + c] - p[j][n * classes + c]);
        variation += apart / 2;
        const [a, b] = [p[i][n * classes + labels[n]], p[j][n * classes + labels[n]]];
        if (a + b > 0) sym += (2 * Math.abs(a - b)) / (a + b);
        if (wrong[i][n] && wrong[j][n]) {
          both++;
          if (given[i][n] === given[j][n]) same++;
        }
      }
      const { mistakes_shared, error_kappa } = sharedMistakes([wrong[i], wrong[j]]);
      const measures: PairMeasures = { churn: share(churn), total_variation: share(variation), pd_sym: share(sym),
        error: [error[i], error[j]], mistakes_shared: finite ? mistakes_shared : NaN, error_kappa: finite ? error_kappa : NaN,
        both_wrong: finite ? both : NaN, same_wrong: share(same, both) };
      return { models: [i, j] as const, measures };
    })
  );
  const unanimous = Array.from({ length: N }, (_, n) => n).filter((n) => given.every((answers) => answers[n] === given[0][n])).length;
  return { pairs, unanimous: share(unanimous), error };
}
