/**
 * Programs by question and number of rows, each compiled once, over one set of weights. A question is a graph whose inputs
 * and outputs have the rows as their first dimension, so that it can be put to one sample a row, to as many as fit at a time.
 */
import type { Device } from '../device.js';
import { TooLarge } from '../../kernels/writer.js';
import { size } from '../graph.js';
import { asBackend, type Backend, type Compiled, type Outputs, type WeightValues } from './backend.js';

/** Values by name of an input or output, one row after another in each. */
export type Values = Readonly<Record<string, Float32Array>>;

export interface ProgramsOptions<Question extends string> {
  /** The outputs of the question's graph for so many rows. */
  readonly build: (question: Question, rows: number) => Outputs;
  /** What a weight holds when a program first needs it. */
  readonly weights: WeightValues;
  /** Rows of a program at most. */
  readonly batch: number;
  /** Bytes above which the rows of a program are halved as if the GPU were out of memory; default: the backend's. */
  readonly memory?: number;
  /** Runs of a question's program that may be under way at once; default: 1. */
  readonly runs?: (question: Question) => number;
  /** Weights that the backend's `patch` writes over; default: none. */
  readonly changing?: ReadonlySet<string>;
  /** Told once for every halving: the rows of a question from now on at most, and why. */
  readonly onHalved?: (rows: number, why: string) => void;
}

export interface AnswerOptions {
  /**
   * 'full': every run has as many rows as fit, the last one too, which is filled up: one program serves all. 'even': runs
   * are as equal as can be, so that less is computed for nothing, with two programs where the division leaves a rest.
   */
  readonly batches: 'full' | 'even';
  /** The output whose values have to be finite, and the sentence where a sample's are not; `row` is its place in its run. */
  readonly finite: string;
  readonly notFinite: (sample: number, row: number) => string;
  /** The sentence where a sample has more or fewer values of an input than expected. */
  readonly wrongSize: (input: string, expected: number, got: number) => string;
  /** Called after each run with the number of samples done and the total. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A program for so many rows, or for a part of them that is run so many times at once, side by side. */
export class Batch {
  constructor(readonly program: Compiled, readonly rows: number, private readonly part = rows) {}

  /** Values of one row of an input. */
  each(input: string): number {
    return size(this.program.inputs.find(({ name }) => name === input)!.shape) / this.part;
  }

  /**
   * One run for `count` samples, 1 to `rows`; `values` gives an input's [count, ...], of `each` values a row. Rows beyond
   * them repeat the last, and are cut from what is returned. Throws as Program.run does.
   */
  async run(count: number, values: (input: string, each: number) => Float32Array): Promise<Values> {
    const { program, part } = this;
    const data = program.inputs.map(({ name }) => [name, values(name, this.each(name))] as const);
    const starts = Array.from({ length: Math.ceil(count / part) }, (_, lane) => lane * part);
    const answers = await Promise.all(starts.map(async (start) => {
      const end = Math.min(count, start + part);
      const rows = data.map(([name, all]) => [name, filled(slice(all, count, start, end), end - start, part)]);
      const answer = await program.run(Object.fromEntries(rows));
      return end - start === part ? answer : cut(answer, part, 0, end - start);
    }));
    return answers.length === 1
      ? answers[0]
      : Object.fromEntries(Object.keys(answers[0]).map((name) => [name, joined(answers.map((v) => v[name]))]));
  }
}

/** The programs of one network on one device, or of another backend. */
export class Programs<Question extends string = string> {
  private readonly backend: Backend;
  private readonly owns: boolean;
  private readonly memory: number;
  private readonly batches = new Map<string, Promise<Batch>>();
  /** Rows of each question, where memory has limited them. */
  private readonly limits = new Map<Question, number>();

  /** A device or backend that is handed in stays open. Throws where `batch` is no whole number of at least 1. */
  constructor(computer: Device | Backend, private readonly options: ProgramsOptions<Question>) {
    const { batch } = options;
    if (!(Number.isInteger(batch) && batch >= 1)) throw new Error(`the batch must be a whole number of at least 1, got ${batch}`);
    this.backend = asBackend(computer);
    this.owns = this.backend !== computer;
    this.memory = Math.min(options.memory ?? Infinity, this.backend.memory);
  }

  /** The question's program for exactly so many rows. Throws OutOfMemory where it does not fit, and as Program.compile does. */
  exactly(question: Question, rows: number): Promise<Batch> {
    const key = `${question} ${rows}`;
    let batch = this.batches.get(key);
    if (!batch) {
      this.batches.set(key, batch = this.compile(question, rows));
      batch.catch(() => this.batches.delete(key));
    }
    return batch;
  }

  /** The question's program for as many of `total` rows as fit: halved while there is no memory. Throws where there is none for one row. */
  async fitting(question: Question, total = Infinity, batches: AnswerOptions['batches'] = 'full'): Promise<Batch> {
    for (;;) {
      const limit = this.limits.get(question) ?? this.options.batch;
      const rows = batches === 'full' ? Math.min(limit, total) : Math.ceil(total / Math.ceil(total / limit));
      try {
        return await this.exactly(question, rows);
      } catch (error) {
        if (!(error instanceof TooLarge) || rows <= 1) throw error;
        this.limits.set(question, rows >> 1);
        this.options.onHalved?.(rows >> 1, error.message);
      }
    }
  }

  /** Lets the question have up to `most` rows unless memory has limited it before: a power of two, by what one row needs. */
  widen(question: Question, most: number): void {
    if (this.limits.has(question)) return;
    const room = this.backend.room(this.options.build(question, 1), this.memory);
    this.limits.set(question, 2 ** Math.floor(Math.log2(Math.min(most, Math.max(1, room)))));
  }

  /**
   * The outputs for each of `total` samples, in as many runs as it takes; `value` gives a sample's row of an input. Throws
   * the sentences of `options`, and as `fitting` does.
   */
  async answers(question: Question, total: number, value: (input: string, sample: number) => Float32Array,
    { batches, finite, notFinite, wrongSize, onProgress }: AnswerOptions): Promise<Values[]> {
    const answers: Values[] = [];
    while (answers.length < total) {
      const start = answers.length, left = total - start;
      const batch = await this.fitting(question, batches === 'full' ? total : left, batches);
      const count = Math.min(batch.rows, left);
      const answer = await batch.run(count, (input, each) => {
        const rows = new Float32Array(count * each);
        for (let k = 0; k < count; k++) {
          const row = value(input, start + k);
          if (row.length !== each) throw new Error(wrongSize(input, each, row.length));
          rows.set(row, k * each);
        }
        return rows;
      });
      for (let k = 0; k < count; k++) {
        const row = cut(answer, count, k, k + 1);
        if (!row[finite].every(Number.isFinite)) throw new Error(notFinite(start + k, k));
        answers.push(row);
      }
      onProgress?.(answers.length, total);
    }
    return answers;
  }

  destroy(): void {
    for (const batch of this.batches.values()) void batch.then(({ program }) => program.destroy(), () => undefined);
    if (this.owns) this.backend.destroy();
  }

  private async compile(question: Question, rows: number): Promise<Batch> {
    const { build, weights, runs, changing } = this.options;
    const lanes = Math.min(rows, this.backend.lanes), part = Math.ceil(rows / lanes);
    // For one row there is nothing smaller to try.
    const memory = rows > 1 ? this.memory / lanes : undefined;
    const options = { rows: part, memory, lanes, changing, runs: runs?.(question) };
    return new Batch(await this.backend.compile(build(question, part), weights, options), rows, part);
  }
}

/** [count, ...] as [rows, ...], the last row again and again. */
function filled(values: Float32Array, count: number, rows: number): Float32Array {
  if (count === rows) return values;
  const each = values.length / count;
  const out = new Float32Array(rows * each);
  out.set(values);
  for (let k = count; k < rows; k++) out.copyWithin(k * each, (count - 1) * each, count * each);
  return out;
}

/** Rows from `start` to `end` of values [rows, ...]. */
function cut(values: Values, rows: number, start: number, end: number): Values {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, slice(all, rows, start, end)]));
}

function slice(all: Float32Array, rows: number, start: number, end: number): Float32Array {
  return start === 0 && end === rows ? all : all.slice((all.length / rows) * start, (all.length / rows) * end);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => (out.set(p, at), at + p.length), 0);
  return out;
}
