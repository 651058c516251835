/** Section 3.4 over samples (figure 7): changes with intervals and tests, salient pixels beside others. */
import { bootstrapMeans, RESAMPLES, SHARE, SHARE_CHANGE, type Interval } from '../bootstrap.js';
import type { Fill } from '../masking.js';
import { Random } from '../random.js';
import { mean, tested, type Change } from './change.js';
import type { MaskedAnswer, MaskedSample, MaskingControl, MaskingSettings, MaskingStep } from './masking.js';
import type { LabelledSample, SampleResult } from './sample.js';

export interface MaskingChanges {
  /** Changes of the confidence in the class that was wrongly given, and of that in the label, -1 to 1. */
  readonly wrong: Change;
  readonly label: Change;
  /** Share of the samples that are named rightly. */
  readonly corrected: Interval;
  /** Change of the boosted filters' mean standardized saliency, relative to what it was: -0.8 is a fall by 80 %. */
  readonly saliency: Change;
}

export interface MaskingPoint {
  readonly fill: Fill;
  readonly share: number;
  /** A control's are each sample's mean over its sets; its saliency is that of the first set. */
  readonly curves: Readonly<Partial<Record<MaskingStep['choice'], MaskingChanges>>> & { readonly salient: MaskingChanges };
  /** Salient less control, sample by sample. */
  readonly salientMinus: Readonly<Partial<Record<MaskingControl, MaskingChanges>>>;
}

export interface MaskingAnalysis {
  /** Samples masked, and those left out with why. */
  readonly samples: number;
  readonly skipped: readonly { readonly id: number; readonly why: string }[];
  /** Samples with object boxes, outside which the masks stay. */
  readonly boxed: number;
  /** For each fill and share; none where no sample was masked. */
  readonly points: readonly MaskingPoint[];
}

type Result = SampleResult<MaskedSample>;

const MEASURES = ['wrong', 'label', 'corrected', 'saliency'] as const;
/** One value per sample of each of the four. */
type Columns = Readonly<Record<(typeof MEASURES)[number], Float64Array>>;

/** `results` are of `maskSample` with these settings. Throws where a change is not finite. */
export function analyseMasking(results: readonly SampleResult<MaskedSample>[],
  { shares, fills, controls, seed }: MaskingSettings): MaskingAnalysis {
  const kept = results.filter(({ result }) => result.skipped === null);
  const cells = kept.length === 0 ? [] : fills.flatMap((fill) => shares.map((share) => ({ fill, share })));
  const groups = cells.map(({ fill, share }) => {
    const columns = (choice: MaskingStep['choice']): Columns =>
      columnsOf(kept, (step) => step.fill === fill && step.share === share && step.choice === choice);
    const salient = columns('salient');
    const against = controls.map(columns);
    const minus = against.map((other) =>
      Object.fromEntries(MEASURES.map((m) => [m, salient[m].map((v, k) => v - other[m][k])])) as unknown as Columns
    );
    return { fill, share, columns: [salient, ...against, ...minus] };
  });
  // One bootstrap for all: every number sees the same resamples.
  const intervals = bootstrapMeans(groups.flatMap(({ columns }) => columns.flatMap((c) => MEASURES.map((m) => c[m]))), new Random(seed),
    RESAMPLES, groups.flatMap(({ columns }) =>
      columns.flatMap((_, c) =>
        MEASURES.map((m) => (m !== 'corrected' ?
          null
          : c <= controls.length
          ? SHARE
          : SHARE_CHANGE)
        )
      )
    ));
  let next = 0;
  const changes = (c: Columns): MaskingChanges => {
    const [wrong, label, corrected, saliency] = MEASURES.map(() => intervals[next++]);
    return { wrong: tested(wrong, c.wrong), label: tested(label, c.label), corrected, saliency: tested(saliency, c.saliency) };
  };
  return {
    samples: kept.length,
    skipped: results.flatMap(({ sample: { id }, result: { skipped } }) => (skipped === null ? [] : [{ id, why: skipped }])),
    boxed: results.filter(({ result }) => result.maskable < result.pixels).length,
    points: groups.map(({ fill, share, columns }) => {
      const [salient, ...others] = columns.map(changes);
      const named = (from: number) => Object.fromEntries(controls.map((c, k) => [c, others[from + k]]));
      return { fill, share, curves: { salient, ...named(0) }, salientMinus: named(controls.length) };
    }),
  };
}

/** For each sample the mean over those of its steps, without the ones in which the measure was not taken. */
function columnsOf(results: readonly Result[], belongs: (step: MaskingStep) => boolean): Columns {
  const own = results.map(({ sample, result }) => ({ sample, before: result.before, steps: result.steps.filter(belongs) }));
  const column = (value: (step: MaskingStep, before: MaskedAnswer, sample: LabelledSample) => number | null): Float64Array =>
    Float64Array.from(own, ({ sample, before, steps }) => mean(steps.map((s) => value(s, before, sample)).filter((v) => v !== null)));
  return {
    wrong: column((s, before) => s.wrong - before.wrong),
    label: column((s, before) => s.label - before.label),
    corrected: column((s, _, { label }) => (s.predicted === label ? 1 : 0)),
    saliency: column((s, before) => (s.saliency === null ? null : (s.saliency - before.saliency!) / Math.abs(before.saliency!))),
  };
}
