/** How far a long run has come: a bar on a terminal, else a line every few seconds. */
import { isatty, WriteStream } from 'node:tty';
import cliProgress from 'cli-progress';
import { message, MESSAGES, setTransient } from './terminal.js';

/** Milliseconds between lines, and before a bar is first drawn. */
const LINES = 5000, BAR = 100;

/** A bar or lines for a person, or a line of JSON a batch for a program. */
export type ProgressForm = 'lines' | 'json';

export interface ProgressOptions {
  readonly quiet?: boolean;
  /** Whether anything is said where there is no terminal. */
  readonly lines?: boolean;
  readonly form?: ProgressForm;
}

export class Progress {
  private readonly terminal = isatty(MESSAGES);
  private readonly began = performance.now();
  private last = this.began;
  /** When the first batch was done, and how many samples were then: shaders are compiled before, which no later batch waits for. */
  private compiled: { readonly at: number; readonly done: number } | null = null;
  private bar: cliProgress.SingleBar | null = null;

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

  update(done: number): void {
    const { quiet = false, lines = true, form } = this.options;
    const rate = this.steady(done);
    if (form === 'json') {
      const left = done === this.total ? 0 : rate === null ? null : (this.total - done) / rate;
      return message(`${JSON.stringify({ done, total: this.total, samplesPerSecond: rate, secondsLeft: left })}\n`);
    }
    if (quiet || !(this.terminal || lines)) return;
    const left = rate === null ? '' : `, ${rate.toPrecision(3)} samples/s, ${duration((this.total - done) / rate)} left`;
    const text = `${done} of ${this.total}${left}`;
    if (this.bar) this.bar.update(done, { text });
    else if (performance.now() - this.last >= (this.terminal ? BAR : LINES)) {
      this.last = performance.now();
      if (this.terminal) this.draw(done, text);
      else message(`${text}\n`);
    }
  }

  /** Clears the bar. The next update draws it again. */
  clear(): void {
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
