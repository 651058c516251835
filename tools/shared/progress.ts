/** How far a long run has come: a bar on a terminal, else a line every few seconds. */
import { isatty, WriteStream } from 'node:tty';
import cliProgress from 'cli-progress';
import { message, MESSAGES, setTransient } from './terminal.js';

/** Milliseconds between lines, and before a bar is first drawn; how often it is looked whether either is due. */
const LINES = 5000, BAR = 100, LOOK = 500;

/** A bar or lines for a person, or a line of JSON a batch for a program. */
export type ProgressForm = 'lines' | 'json';

export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly form?: ProgressForm;
  /** Where what is counted are parts of different work and no samples: the share that is done is told, and which part is under way. */
  readonly parts?: boolean;
}

export class Progress {
  private readonly terminal = isatty(MESSAGES);
  private readonly began = performance.now();
  private last = this.began;
  /** When the first batch was done, and how many samples were then: shaders are compiled before, which no later batch waits for. */
  private compiled: { readonly at: number; readonly done: number } | null = null;
  private bar: cliProgress.SingleBar | null = null;
  private said = '';
  /** Says what is there to say while a batch takes long. */
  private clock: NodeJS.Timeout | null = null;
  private now: { readonly done: number; readonly text: string } | null = null;

  /** `first` of `total` samples were done before. */
  constructor(private readonly total: number, private readonly first: number, private readonly options: ProgressOptions = {}) {}

  /** Samples per second since the start. */
  rate(done: number): number {
    return (1000 * (done - this.first)) / Math.max(1, performance.now() - this.began);
  }

  /** Samples per second since the first batch was done; null until a second one is. */
  private steady(done: number): number | null {
    this.compiled ??= { at: performance.now(), done };
    const { at, done: before } = this.compiled;
    return done > before ? (1000 * (done - before)) / Math.max(1, performance.now() - at) : null;
  }

  /** Shows a person that it has begun: shaders may take long to compile before the first sample is done. */
  begin(): void {
    if (this.options.form !== 'json') this.update(this.first);
  }

  /** `what` is under way, where parts of the work are told. */
  update(done: number, what = ''): void {
    const { quiet = false, form, parts = false } = this.options;
    const rate = done > this.first ? this.steady(done) : null;
    if (form === 'json') {
      const left = done === this.total ? 0 : rate === null ? null : (this.total - done) / rate;
      return message(`${JSON.stringify({ done, total: this.total, samplesPerSecond: rate, secondsLeft: left })}\n`);
    }
    if (quiet) return;
    const left = rate === null ? '' : `, ${duration((this.total - done) / rate)} left`;
    const text = parts
      ? `${Math.floor((100 * done) / this.total)} %: ${what}${left}`
      : `${done} of ${this.total}${rate === null ? '' : `, ${rate.toPrecision(3)} samples/s`}${left}`;
    this.now = { done, text };
    this.clock ??= setInterval(() => this.say(), LOOK).unref();
    this.say();
  }

  /** Draws the bar, or writes a line where one is due. */
  private say(): void {
    if (!this.now) return;
    const { done, text } = this.now;
    if (this.bar) this.bar.update(done, { text });
    else if (performance.now() - this.last >= (this.terminal ? BAR : LINES) && text !== this.said) {
      this.last = performance.now();
      if (this.terminal) this.draw(done, text);
      else message(`${this.said = text}\n`);
    }
  }

  /** Clears the bar. The next update draws it again. */
  clear(): void {
    clearInterval(this.clock ?? undefined);
    this.clock = this.now = null;
    this.bar?.stop();
    this.bar = null;
    setTransient(null);
  }

  private draw(done: number, text: string): void {
    this.bar = new cliProgress.SingleBar({
      stream: new WriteStream(MESSAGES),
      format: '{bar} {text}',
      barsize: 24,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: true,
      linewrap: true, // longer lines are cut here, so that a killed process leaves the terminal as it was
    });
    this.bar.start(this.total, done, { text });
    setTransient(this);
  }
}

/** Seconds in a person's words. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown time';
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
