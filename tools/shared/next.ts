/** What a person may do next, as a command line to paste. */
import type { ProgressForm } from './progress.js';
import { message } from './terminal.js';

/** Where nothing is said: with --quiet, or where a program listens. */
export interface Listener {
  readonly quiet?: boolean;
  readonly json?: string | boolean;
  readonly progress?: ProgressForm;
}

/** A word as the shell at hand takes it: as it is, or in quotes. */
export function shellWord(word: string, windows = process.platform === 'win32'): string {
  if (/^[\w./:,=@+-]+$/.test(word) || (windows && /^[\w./:,=@+\\-]+$/.test(word))) return word;
  return windows ? `"${word.replaceAll('"', '""')}"` : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line of this program. */
export const commandLine = (...words: readonly string[]): string => ['npx', 'misfire', ...words].map((word) => shellWord(word)).join(' ');

/** The words of the present command line, and more of them. */
export const again = (...more: readonly string[]): string[] => [...process.argv.slice(2), ...more];

/** Says it: `what` is in words what `words` do. */
export function next(what: string, words: readonly string[], { quiet, json, progress }: Listener = {}): void {
  if (quiet || progress === 'json' || (json !== undefined && json !== false)) return;
  message(`\nNext, ${what}:\n  ${commandLine(...words)}\n`);
}

/** The mistakes of a run, which is what one looks at first where there are any. */
export function nextMistakes(run: string, wrong: number, listener: Listener): void {
  if (wrong === 0) next('what the run shows as a whole', ['summary', run], listener);
  else if (wrong === 1) next('the one mistake, and what repairs it', ['explain', '--run', run, '--worst', '1', '--off', '--map'], listener);
  else {
    const count = String(Math.min(3, wrong));
    next(`the ${count} worst mistakes, and what repairs them`, ['explain', '--run', run, '--worst', count, '--off', '--map'], listener);
  }
}
