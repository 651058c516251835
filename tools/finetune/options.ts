/** How the options of `misfire finetune` and `misfire study` are written, and what is measured where none is given. */
import { InvalidArgumentError } from 'commander';
import { TUNING_CURVES } from '../../src/saliency/experiments/tuning-settings.js';
import { wordsOf } from '../shared/option-values.js';

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

/** For a network of so many filters, each number once and in rising order. A share is at least one filter. */
export const resolveCounts = ({ numbers, percents }: Counts, filters: number): number[] =>
  [...new Set([...numbers, ...percents.map((p) => Math.max(1, Math.round((p / 100) * filters)))])].sort((a, b) => a - b);

export const curves = wordsOf(TUNING_CURVES, 'curve', 'the curves are');

/** Positive numbers, each once, in the order given. */
export function steps(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (values.some((v) => !(v > 0 && Number.isFinite(v)))) throw new InvalidArgumentError('It must be a comma list of numbers above 0.');
  return [...new Set(values)];
}

/** For -k. */
export function numberOrAll(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1, or "all".');
  return Number(text);
}

export const COUNTS = '10,25,50,100,150,1%,all', STEPS = '0.1,0.5,1', SWEEP = 'salient,random,all';
/** What is measured where nothing else is asked for. */
export const FINETUNE = { counts: counts(COUNTS), curves: TUNING_CURVES, step: steps(STEPS), sweep: curves(SWEEP), neighbors: 10,
  subset: 200, check: 2 } as const;
