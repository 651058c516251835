/** What the commands say: results on standard output, everything else on standard error. */
import { readFileSync, writeSync } from 'node:fs';

/** The program's version. */
export const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };

/** Where messages go: standard error, under the number cli.ts gives it, since 2 catches what drivers write. */
export const MESSAGES = Number(process.env.MISFIRE_MESSAGES ?? 2);

export function message(text: string): void {
  try {
    writeSync(MESSAGES, text);
  } catch {
    // Nobody listens any more; the exit code still tells.
  }
}

/** What is on the terminal's last line for the moment, and is to be cleared before another line is written. */
let transient: { clear(): void } | null = null;

export function setTransient(line: { clear(): void } | null): void {
  transient = line;
}

/** One line on standard error. */
export function notice(text: string): void {
  transient?.clear();
  message(`misfire: ${text}\n`);
}

/** Any error as one sentence, its first letter and its full stop in place. */
export function sentence(error: unknown): string {
  const text = String((error as Error)?.message ?? error).trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Where work that was begun on one adapter goes on on another. */
export function goesOnElsewhere(what: string, begun: string, now: string): void {
  if (begun !== now) notice(`${what} was begun on '${begun}' and goes on on '${now}'; their last digits may differ.`);
}

export const goingOn = (done: number, total: number): void => notice(`going on after ${done} of ${total} samples.`);

export const stopped = (done: number, total: number): void =>
  notice(`stopped after ${done} of ${total} samples; the same command goes on from there.`);
