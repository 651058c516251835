/** The options of `misfire explain`: how their values are read, and which of them contradict each other. */
import { InvalidArgumentError } from 'commander';
import type { Aggregation } from '../../src/saliency/profile.js';
import type { ComputerOptions } from '../shared/computer.js';
import type { Compared } from './compared.js';
import { UsageError } from '../shared/usage.js';

/** As commander has parsed them. */
export interface ExplainOptions extends ComputerOptions {
  readonly model?: string;
  readonly output?: string;
  readonly label?: string;
  /** Other networks of the same task. */
  readonly also?: readonly string[];
  readonly classes?: string;
  readonly preprocess?: string;
  readonly stats?: string;
  /** A folder of traces, or one of several in it as FOLDER:K. */
  readonly trace?: string;
  readonly run?: string;
  /** By ids, and the mistakes with the greatest loss: samples of `run`. */
  readonly sample?: readonly number[];
  readonly worst?: number;
  /** By default that of the run. */
  readonly aggregation?: Aggregation;
  readonly top: number;
  readonly off?: boolean;
  readonly draws?: number;
  readonly map?: boolean;
  readonly boost: number;
  readonly filters?: string;
  readonly random?: number;
  readonly mapLayers?: string;
  /** A folder of misfire sparse. */
  readonly sparse?: string;
  readonly seed: number;
  readonly referenceMap?: boolean;
  readonly compare?: readonly Compared[];
  readonly compareOf: 'loss' | 'logit';
  readonly out?: string;
  readonly report?: string;
  readonly responses?: number;
  /** Steps of the neuron pictures; none are made where it is left out. */
  readonly visualize?: number;
  readonly batch?: number;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Throws one sentence where options contradict each other or leave out what nothing else says. */
export function checkOptions(images: readonly string[], options: ExplainOptions): void {
  checkSource(images, options);
  const { map, stats, run, out, report, referenceMap, compare, visualize } = options;
  if (map && stats === undefined && run === undefined) {
    throw new UsageError('a map needs statistics to standardize the saliency with: give --stats, or --run with a run of misfire profile');
  }
  if (referenceMap && out === undefined) throw new UsageError('--reference-map is drawn into the folder of --out; say which');
  if (out !== undefined && stats === undefined && run === undefined && !compare?.length) {
    throw new UsageError('--out has nothing to save: give --stats or --run for the map, or --compare for first-order maps');
  }
  if (visualize !== undefined && report === undefined) throw new UsageError('--visualize draws into the page of --report; say which');
  if (compare?.length && out === undefined && report === undefined) {
    throw new UsageError('first-order maps go into the folder of --out or the page of --report; say which');
  }
}

/** What is explained, and against which label: files, or samples of a run. */
function checkSource(images: readonly string[], { model, label, preprocess, run, sample, worst }: ExplainOptions): void {
  const ofRun = sample !== undefined ? '--sample' : worst !== undefined ? '--worst' : null;
  if (ofRun !== null) {
    if (run === undefined) throw new UsageError(`${ofRun} names samples of a run: say with --run which`);
    if (images.length > 0) throw new UsageError(`give pictures, or samples of a run with ${ofRun}, and not both`);
    if (preprocess !== undefined) {
      throw new UsageError(`with ${ofRun} pictures are prepared as they were for the run; leave out --preprocess`);
    }
    return;
  }
  if (images.length === 0) {
    throw new UsageError('name the pictures to explain, or samples of a run: --run RUN with --sample ID or --worst N');
  }
  if (model === undefined && run === undefined) throw new UsageError("required option '--model <file>' not specified, and no --run");
  if (label === undefined) throw new UsageError("required option '--label <label>' not specified");
}

/** For --boost. */
export function boostFactor(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

/** For --seed. */
export function seedNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most nine digits.');
  return Number(text);
}

/** For --also: files with commas between. */
export function otherModels(text: string): readonly string[] {
  const files = text.split(',').map((part) => part.trim());
  if (files.some((file) => file === '')) throw new InvalidArgumentError('It takes files with commas between: B.onnx,C.onnx.');
  return files;
}
