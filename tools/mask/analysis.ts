/** What masking comes to over all samples: changes with intervals and tests, salient pixels beside others. */
import { bootstrapMeans, type Interval } from '../../src/saliency/bootstrap.js';
import type { Fill } from '../../src/saliency/masking.js';
import { Random } from '../../src/saliency/random.js';
import { pairedT, wilcoxonSignedRank, type TestResult } from '../../src/saliency/significance.js';
import type { Control, Masked, Measured, Settings, Step, Subject } from './sample.js';

/** A mean over the samples with its 95 % bootstrap interval, and whether it differs from no change. */
export interface Change extends Interval {
  readonly t: TestResult;
  readonly wilcoxon: TestResult;
}

export interface Changes {
  /** Of the confidence in the class that was wrongly given, and of that in the label, -1 to 1. */
  readonly wrong: Change;
  readonly label: Change;
  /** Share of the samples that are named rightly. */
  readonly corrected: Interval;
  /** Of the boosted filters' mean standardized saliency, relative to what it was: -0.8 is a fall by 80 %. */
  readonly saliency: Change;
}

export interface Point {
  readonly fill: Fill;
  readonly share: number;
  /** Of a control, each sample's mean over its sets; the saliency of the first of them. */
  readonly curves: Readonly<Partial<Record<Step['choice'], Changes>>> & { readonly salient: Changes };
  /** Salient less control, sample by sample. */
  readonly salientMinus: Readonly<Partial<Record<Control, Changes>>>;
}

export interface Analysis {
  /** Samples masked, and those left out with why. */
  readonly samples: number;
  readonly skipped: readonly { readonly id: number; readonly why: string }[];
  /** Samples with object boxes, outside which the masks stay. */
  readonly boxed: number;
  readonly points: readonly Point[];
}

/** One value per sample of each of the four. */
type Columns = Readonly<Record<keyof Changes, Float64Array>>;
const MEASURES = ['wrong', 'label', 'corrected', 'saliency'] as const;

/** `results[k]` is of `subjects[k]`. */
export function analyse(subjects: readonly Subject[], results: readonly Masked[], { shares, fills, controls, seed }: Settings): Analysis {
  const kept = results.map((result, k) => ({ result, subject: subjects[k] })).filter(({ result }) => result.skipped === null);
  const cells = kept.length === 0 ? [] : fills.flatMap((fill) => shares.map((share) => ({ fill, share })));
  const groups = cells.map(({ fill, share }) => {
    const of = (choice: Step['choice']) =>
      columnsOf(kept.map(({ result, subject }) => ({
        before: result.before,
        subject,
        steps: result.steps.filter((s) => s.fill === fill && s.share === share && s.choice === choice),
      })));
    const salient = of('salient');
    const against = controls.map(of);
    const minus = against.map((columns) =>
      Object.fromEntries(MEASURES.map((m) => [m, salient[m].map((v, k) => v - columns[m][k])])) as unknown as Columns
    );
    return { fill, share, columns: [salient, ...against, ...minus] };
  });
  // One bootstrap for all: every number sees the same resamples.
  const intervals = bootstrapMeans(groups.flatMap(({ columns }) => columns.flatMap((c) => MEASURES.map((m) => c[m]))), new Random(seed));
  let next = 0;
  const changes = (c: Columns): Changes => {
    const [wrong, label, corrected, saliency] = MEASURES.map(() => intervals[next++]);
    return { wrong: tested(wrong, c.wrong), label: tested(label, c.label), corrected, saliency: tested(saliency, c.saliency) };
  };
  return {
    samples: kept.length,
    skipped: results.flatMap(({ skipped }, k) => (skipped === null ? [] : [{ id: subjects[k].id, why: skipped }])),
    boxed: results.filter((r) => r.maskable < r.pixels).length,
    points: groups.map(({ fill, share, columns }) => {
      const [salient, ...others] = columns.map(changes);
      const named = (from: number) => Object.fromEntries(controls.map((c, k) => [c, others[from + k]]));
      return { fill, share, curves: { salient, ...named(0) }, salientMinus: named(controls.length) };
    }),
  };
}

/** Of each sample the mean over its steps, those left out in which the measure was not taken. */
function columnsOf(samples: readonly { readonly before: Measured; readonly subject: Subject; readonly steps: readonly Step[] }[]): Columns {
  const column = (value: (step: Step, before: Measured, subject: Subject) => number | null): Float64Array =>
    Float64Array.from(samples, ({ before, subject, steps }) => mean(steps.map((s) => value(s, before, subject)).filter((v) => v !== null)));
  return {
    wrong: column((s, before) => s.wrong - before.wrong),
    label: column((s, before) => s.label - before.label),
    corrected: column((s, _, { label }) => (s.predicted === label ? 1 : 0)),
    saliency: column((s, before) => (s.saliency === null ? null : (s.saliency - before.saliency!) / Math.abs(before.saliency!))),
  };
}

export function tested(interval: Interval, values: Float64Array): Change {
  const zeros = new Float64Array(values.length);
  return { ...interval, t: pairedT(values, zeros), wilcoxon: wilcoxonSignedRank(values, zeros) };
}

export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
