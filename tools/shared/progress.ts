/** How far a long run has come: a bar on a terminal, else a line every few seconds. */
import { isatty } from 'node:tty';
import { message, MESSAGES } from './terminal.js';

const WIDTH = 24;
/** Milliseconds between lines, and between two drawings of the bar. */
const LINES = 5000, BAR = 100;

export class Progress {
  private readonly terminal = isatty(MESSAGES);
  private readonly began = performance.now();
  private last = this.began;
  private open = false;

  /** `first` of `total` samples were done before. */
  constructor(private readonly total: number, private readonly first: number, private readonly quiet = false) {}

  /** Samples per second since the start. */
  rate(done: number): number {
    return (1000 * (done - this.first)) / Math.max(1, performance.now() - this.began);
  }

  update(done: number): void {
    const now = performance.now();
    if (this.quiet || now - this.last < (this.terminal ? BAR : LINES)) return;
    this.last = now;
    const rate = this.rate(done);
    const text = `${done} of ${this.total}, ${rate.toPrecision(3)} samples/s, ${duration((this.total - done) / rate)} left`;
    if (this.terminal) {
      const full = Math.round((WIDTH * done) / this.total);
      message(`\r\x1b[K${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${text}`);
      this.open = true;
    } else message(`${text}\n`);
  }

  /** Clears the bar. */
  end(): void {
    if (this.open) message('\r\x1b[K');
    this.open = false;
  }
}

/** Seconds in a person's words. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown time';
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
