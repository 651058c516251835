/** Ctrl-C and a scheduler's end of time: what is under way is finished, and the process ends as that signal asks. */
import { releaseLocks } from '../../src/store/lock.js';
import { notice } from './terminal.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and the outer process (cli.ts) both send one Ctrl-C: a second one within this many ms is the same. */
const SAME = 1000;

export class Interrupt {
  private signal: NodeJS.Signals | null = null;
  private since = 0;
  private readonly listener = (signal: NodeJS.Signals): void => {
    if (this.signal === null) {
      this.signal = signal;
      this.since = performance.now();
      notice(`finishing the ${this.unit} under way; once more stops at once.`);
    } else if (performance.now() - this.since > SAME) {
      releaseLocks();
      this.end();
    }
  };

  /** `unit` is what is being finished. */
  constructor(private readonly unit = 'batch') {}

  /** Until then there is nothing to finish, and a signal ends the process at once. */
  begin(): void {
    for (const s of SIGNALS) process.on(s, this.listener);
  }

  get stopped(): boolean {
    return this.signal !== null;
  }

  /** Gives signals their usual meaning back and, where one came, obeys it. */
  end(): void {
    for (const s of SIGNALS) process.off(s, this.listener);
    if (this.signal !== null) process.kill(process.pid, this.signal);
  }
}
