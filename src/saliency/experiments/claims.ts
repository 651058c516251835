/**
 * The paper's claims of sections 3.1 to 3.4 (arXiv 2108.01335), each as a difference that an experiment has measured
 * sample by sample, and whether its 95 % interval bears the claim out.
 */
import type { Interval } from '../bootstrap.js';
import type { MaskingAnalysis } from './masking-analysis.js';
import type { Fill } from '../masking.js';
import type { Choice } from '../controls.js';
import type { MaskingControl, MaskingSettings } from './masking.js';
import { nearest } from './nearest.js';
import type { PruningAnalysis } from './pruning-analysis.js';
import type { PruningSettings } from './pruning.js';
import type { TuningAnalysis } from './tuning-analysis.js';
import type { TuningCurve, TuningSettings } from './tuning-settings.js';

/** 'holds': the whole interval lies on the claimed side of 0; 'contradicted': on the other; 'undecided': 0 is inside. */
export type Verdict = 'holds' | 'contradicted' | 'undecided';

export interface Claim {
  /** Where the paper makes it. */
  readonly section: string;
  readonly claim: string;
  /** What was compared here. */
  readonly measured: string;
  /** In the paper, where it gives a number. */
  readonly paper: string | null;
  /** What was measured with the salient choice, and with what it is compared with; the difference is sample by sample. */
  readonly salient: Interval;
  readonly other: Interval;
  readonly difference: Interval;
  readonly verdict: Verdict;
  /** `measured` in its parts: the quantity without the fill, what salient is compared with, and what bears the claim out. */
  readonly quantity: string;
  readonly against: Choice | MaskingControl | 'all';
  readonly fill: Fill | null;
  readonly side: Side;
}

/** Whether a smaller value bears the claim out, a larger one, or one that is no different. */
export type Side = 'less' | 'more' | 'same';

/** An experiment's settings with what was found, so that a claim can say where it was measured. */
export interface ExperimentResult<Settings, Analysis> {
  readonly settings: Settings;
  readonly analysis: Analysis;
}

/** The experiments of sections 3.1, 3.3 and 3.4 on the same mistakes. */
export interface StudyResults {
  readonly pruning: ExperimentResult<PruningSettings, PruningAnalysis>;
  readonly tuning: ExperimentResult<TuningSettings, TuningAnalysis>;
  readonly masking: ExperimentResult<MaskingSettings, MaskingAnalysis>;
}

/**
 * Every comparison that the results have: at the number of filters (100, 20 and 30; 150) or share of pixels (5 %) measured
 * that is nearest to the paper's, and with the first length of the step.
 */
export function claimsOf({ pruning, tuning, masking }: StudyResults): Claim[] {
  return [...pruningClaims(pruning), ...tuningClaims(tuning), ...maskingClaims(masking)];
}

/** A claim that two things are the same holds only where the whole interval lies this near to 0. */
export const SAME = 0.05;

/** What an interval says of a claim that the value lies on that side of 0. */
export function verdictOf({ low, high }: Interval, side: Side): Verdict {
  if (side === 'same') return low >= -SAME && high <= SAME ? 'holds' : low > 0 || high < 0 ? 'contradicted' : 'undecided';
  if (side === 'less' ? high < 0 : low > 0) return 'holds';
  return (side === 'less' ? low > 0 : high < 0) ? 'contradicted' : 'undecided';
}

const claim = (side: Side, compared: Omit<Claim, 'verdict' | 'side'>): Claim => ({ ...compared, side,
  verdict: verdictOf(compared.difference, side) });

/** Those of section 3.1. */
export function pruningClaims({ analysis: { wrong }, settings: { counts } }: StudyResults['pruning']): Claim[] {
  if (!wrong?.curves.salient) return [];
  const { curves, salientMinus } = wrong;
  const found: Claim[] = [];
  const compare = (key: 'wrong' | 'label' | 'right', wanted: number, side: Side, texts: Pick<Claim, 'claim' | 'paper'>, what: string) => {
    const k = nearest(counts, wanted);
    const at = <P extends { readonly k: number }>(points: readonly P[]): P => points.find((p) => p.k === k)!;
    for (const control of ['random', 'least', 'random-last-stage', 'random-per-layer', 'gradient'] as const) {
      const [other, difference] = [curves[control], salientMinus[control]];
      if (!other || !difference) continue;
      found.push(claim(side, {
        section: '3.1',
        ...texts,
        measured: `${what} with ${k} filters off: the most salient against ${control}`,
        salient: at(curves.salient!)[key],
        other: at(other)[key],
        difference: at(difference)[key],
        quantity: `${what} with ${k} filters off`,
        against: control,
        fill: null,
      }));
    }
  };
  compare('wrong', 100, 'less', {
    claim: "Turning off the most salient filters lowers the wrong class's confidence more than turning off others.",
    paper: 'by up to 30 %; random filters 7 %, least salient 0 (ResNet-50, ImageNet)',
  }, "Change of the wrong class's confidence");
  compare('label', 20, 'more', { claim: "It raises the true class's confidence, most with about 20 filters.", paper: null },
    "Change of the true class's confidence");
  compare('right', 30, 'more', { claim: 'It corrects mistakes.', paper: '12 % with 30 filters' }, 'Share corrected');
  return found;
}

/** Those of section 3.3. */
export function tuningClaims({ analysis: { points, salientMinus }, settings: { counts, steps } }: StudyResults['tuning']): Claim[] {
  if (counts.length === 0) return [];
  const k = nearest(counts, 150);
  const step = steps[0];
  const salient = points.find((p) => p.curve === 'salient' && p.k === k && p.step === step);
  const found: Claim[] = [];
  const compare = (key: 'corrected' | 'near' | 'nearLabel', than: TuningCurve, side: Side, texts: Pick<Claim, 'claim' | 'paper'>,
    what: string) => {
    const other = points.find((p) => p.curve === than && p.step === step && (than === 'all' || p.k === k));
    const difference = salientMinus.find((d) => d.than === than && d.k === k && d.step === step);
    if (!salient || !other || !difference) return;
    found.push(claim(side, {
      section: '3.3',
      ...texts,
      measured: `${what} after a step of ${step} on ${k} filters: the most salient against ${than === 'all' ? 'the whole network' : than}`,
      salient: salient[key],
      other: other[key],
      difference: difference[key],
      quantity: `${what} after a step of ${step} on ${k} filters`,
      against: than,
      fill: null,
    }));
  };
  compare('corrected', 'all', 'same', { claim: 'Tuning 150 salient filters corrects as many samples as tuning the whole network.',
    paper: 'as many' }, 'Share corrected');
  for (const than of ['random', 'least', 'random-last-stage', 'random-per-layer', 'gradient'] as const) {
    compare('corrected', than, 'more', { claim: 'Tuning the most salient filters corrects more samples than tuning others.', paper: null },
      'Share corrected');
  }
  for (const than of ['random', 'least', 'random-last-stage', 'random-per-layer', 'gradient', 'all'] as const) {
    compare('near', than, 'more', {
      claim: "A sample's nearest neighbours in saliency space are corrected with it, more than by tuning others.",
      paper: null,
    }, 'Share of the neighbours corrected');
  }
  return found;
}

/** Those of section 3.4. */
export function maskingClaims({ analysis: { points }, settings: { controls } }: StudyResults['masking']): Claim[] {
  const found: Claim[] = [];
  for (const fill of new Set(points.map((p) => p.fill))) {
    const own = points.filter((p) => p.fill === fill);
    const share = nearest(own.map((p) => p.share), 0.05);
    const point = own.find((p) => p.share === share)!;
    const compare = (key: 'wrong' | 'label' | 'corrected' | 'saliency', side: Side, texts: Pick<Claim, 'claim' | 'paper'>,
      what: string) => {
      for (const control of controls) {
        found.push(claim(side, {
          section: '3.4',
          ...texts,
          measured: `${what} with ${100 * share} % of the pixels masked (${fill}): ` +
            `the most salient against ${control === 'random' ? 'random pixels' : `the control "${control}"`}`,
          salient: point.curves.salient[key],
          other: point.curves[control]![key],
          difference: point.salientMinus[control]![key],
          quantity: `${what} with ${100 * share} % of the pixels masked`,
          against: control,
          fill,
        }));
      }
    };
    compare('wrong', 'less', { claim: "Masking the most salient pixels lowers the wrong class's confidence more than masking others.",
      paper: null }, "Change of the wrong class's confidence");
    compare('label', 'more', { claim: "It raises the true class's confidence.", paper: null }, "Change of the true class's confidence");
    compare('corrected', 'more', { claim: 'It corrects mistakes.', paper: null }, 'Share corrected');
    compare('saliency', 'less', { claim: 'The boosted filters become less salient.', paper: 'by 80 % on the shark' },
      'Relative change of their saliency');
  }
  return found;
}
