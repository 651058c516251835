/** A labelled set of pictures or prepared inputs, sample by sample, without its pixels. */
import type { Classes } from '../data/classes.js';

/** Where the bytes of one sample lie. */
export interface Source {
  readonly format: 'picture' | 'cifar10' | 'cifar100' | 'npy';
  readonly file: string;
  /** Which record of the file; 0 for a picture, which is all of it. */
  readonly record: number;
}

export interface Sample {
  /** What a person calls it: a file relative to the set's root, FILE[K] for a record. */
  readonly path: string;
  /** Index of its true class. */
  readonly label: number;
  /** A text for each of the set's columns. */
  readonly carried: readonly string[];
  readonly source: Source;
}

export interface DataSet {
  readonly kind: 'folders' | 'table' | 'cifar10' | 'cifar100' | 'npy';
  /** The folder that paths are relative to. */
  readonly root: string;
  readonly count: number;
  /** Names of what each sample carries beside its label. */
  readonly columns: readonly string[];
  /** Name of each class, where the set or the user gives names. */
  readonly classNames: readonly string[] | null;
  /** What a user should know about how the set was read. */
  readonly notices: readonly string[];
  /** The k-th sample, 0 to count - 1. */
  sample(k: number): Sample;
}

/** What a set is read for: a network of so many classes, whose names may be known. */
export interface DataSetOptions {
  readonly classes: number;
  readonly names: Classes | null;
  /** Whether the network takes whole numbers, so that arrays of them come prepared. */
  readonly whole?: boolean;
}

/** The columns a run computes for every sample, in its table's order; those carried along from the set follow and are called otherwise. */
export const COMPUTED_COLUMNS = ['id', 'path', 'label', 'label_name', 'predicted', 'predicted_name', 'correct', 'confidence',
  'label_confidence', 'labelConfidence', 'loss', 'profile', 'features', 'standardized'] as const;

/** Samples I, I + N, I + 2N, ... of a set: part I of N. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Number of samples of the shard. */
export const shardSize = (total: number, { index, count }: Shard): number => Math.max(0, Math.ceil((total - index) / count));

/** Index in the whole set of the shard's k-th sample. */
export const shardSample = (k: number, { index, count }: Shard): number => index + k * count;

/** The name of each class, as messages show it. */
export const shown = (names: Classes | null): string[] | null => names && Array.from({ length: names.count }, (_, k) => names.show(k));
