/** What `misfire finetune` measures: which filters, how many of them, and how long the step is. */
import { InvalidArgumentError } from 'commander';
import { CHOICES, type Choice } from '../../src/saliency/controls.js';
import { nearest } from '../shared/numbers.js';

/** How filters are chosen; 'all': the whole network. */
export type Curve = Choice | 'all';
export const CURVES: readonly Curve[] = [...CHOICES, 'all'];

export interface FinetuneSettings {
  readonly curves: readonly Curve[];
  /** Numbers of filters tuned, rising; 'all' has none. */
  readonly counts: readonly number[];
  /** Lengths of the step; the curves over the numbers of filters are with the first. */
  readonly steps: readonly number[];
  /** The curves of which the other steps are measured too, with so many filters. */
  readonly sweep: readonly Curve[];
  readonly sweepAt: number;
  readonly neighbors: number;
  /** Samples of the test run, drawn at random once, and how many of them each mistake's networks are asked about. */
  readonly subset: number;
  readonly check: number;
  readonly seed: number;
}

/** One step that is taken for every mistake. */
export interface Condition {
  readonly curve: Curve;
  /** Filters asked for: of 'all', those of the network. */
  readonly k: number;
  readonly step: number;
}

/** Every step taken for a mistake, the curves with the first length before the sweep. */
export function conditionsOf({ curves, counts, steps: [first, ...others], sweep, sweepAt }: FinetuneSettings,
  filters: number): Condition[] {
  const each = (curve: Curve, ks: readonly number[], step: number) =>
    (curve === 'all' ? [filters] : ks).map((k): Condition => ({ curve, k, step }));
  return [...curves.flatMap((curve) => each(curve, counts, first)),
    ...others.flatMap((step) => sweep.flatMap((curve) => each(curve, [sweepAt], step)))];
}

// ---------------------------------------------------------------- options

/** Numbers of filters as they are given: whole numbers and shares of the network in percent. */
export interface Counts {
  readonly numbers: readonly number[];
  readonly percents: readonly number[];
  readonly all: boolean;
}

export function counts(text: string): Counts {
  const numbers: number[] = [], percents: number[] = [];
  let all = false;
  for (const part of text.split(',')) {
    const share = /^(\d+(?:\.\d+)?)%$/.exec(part);
    if (part === 'all') all = true;
    else if (share && Number(share[1]) > 0 && Number(share[1]) <= 100) percents.push(Number(share[1]));
    else if (/^[1-9]\d{0,8}$/.test(part)) numbers.push(Number(part));
    else throw new InvalidArgumentError('It must be a comma list of whole numbers from 1, of shares as in 1%, and of "all".');
  }
  return { numbers, percents, all };
}

/** Of a network of so many filters, each number once and in rising order. A share is at least one filter. */
export const resolveCounts = ({ numbers, percents }: Counts, filters: number): number[] =>
  [...new Set([...numbers, ...percents.map((p) => Math.max(1, Math.round((p / 100) * filters)))])].sort((a, b) => a - b);

export function curves(text: string): Curve[] {
  const given = new Set(text.split(','));
  const unknown = [...given].find((c) => !(CURVES as readonly string[]).includes(c));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no curve "${unknown}"; the curves are ${CURVES.join(', ')}.`);
  return CURVES.filter((c) => given.has(c));
}

/** Positive numbers, each once, in the order given. */
export function steps(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (values.some((v) => !(v > 0 && Number.isFinite(v)))) throw new InvalidArgumentError('It must be a comma list of numbers above 0.');
  return [...new Set(values)];
}

/** The paper's claim is about so many filters. */
const CLAIMED = 150;

/** The number of filters with which the step is swept: of the measured ones, that nearest to the paper's. */
export const sweptCount = (numbers: readonly number[]): number => nearest(numbers, CLAIMED);
