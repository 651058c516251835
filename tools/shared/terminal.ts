/** What the commands say: results on standard output, everything else on standard error. */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { InvalidArgumentError } from 'commander';
import type { Device } from '../../src/engine/device.js';

/** Of this program. */
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

/** One line on standard error. */
export function notice(text: string): void {
  message(`misfire: ${text}\n`);
}

/** Any error as one sentence, its first letter and its full stop in place. */
export function sentence(error: unknown): string {
  const text = String((error as Error)?.message ?? error).trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A software adapter computes the same and is slow: said once. */
export function announce(device: Device): void {
  if (device.adapter.software) notice(`computing on '${device.adapter.description}', a software adapter: correct, but slow.`);
}

/** Rewrites one line of a terminal with what has been done so far; elsewhere it says nothing. */
export function progress(done: number, total: number): void {
  if (isatty(MESSAGES) && total > 1) message(`\r${done} of ${total}${done === total ? '\n' : ''}`);
}

/** For options that count something. */
export function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  }
  return value;
}

/** Columns padded to their widest cell; those in `right` are set flush right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => row[c].length))) ?? [];
  return rows.map((row) =>
    row.map((cell, c) => (right.includes(c) ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join('  ').trimEnd()
  );
}
