/** The options of `misfire spade`, as commander has parsed them. */
import { InvalidArgumentError } from 'commander';
import type { Solver } from '../../src/spade/solve.js';
import type { ViewPreset } from '../../src/spade/views.js';

export interface SpadeOptions {
  readonly model?: string;
  readonly output?: string;
  readonly preprocess?: string;
  readonly classes?: string;
  readonly case?: string;
  readonly out?: string;
  readonly views: number;
  readonly viewPreset: ViewPreset;
  readonly viewsFile?: string;
  readonly seed: number;
  readonly sparsity?: string;
  readonly solver: Solver;
  readonly damping?: number;
  readonly saveOnnx?: boolean;
  readonly batch?: number;
  readonly adapter?: string;
  readonly quiet?: boolean;
}

/** For --damping. */
export function dampingShare(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

/** For --grid. */
export function gridOf(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!values.every((v) => v >= 0 && v <= 1)) throw new InvalidArgumentError('It must be numbers from 0 to 1 with commas between.');
  return [...new Set(values)].sort((a, b) => a - b);
}
