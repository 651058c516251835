/** What counts as passed. Everything that is not plainly good is a failure: no totals, no tests, NaN, an empty comparison. */
import type { Check } from './form.js';

/** How a test file's process ended. */
export interface Ending {
  readonly output: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly seconds: number;
}

/** A uvu file's process as a check. Its totals are uvu's own. */
export function verdictOf(name: string, { output, code, signal, timedOut, seconds }: Ending): Check {
  const number = (what: string): number => Number(new RegExp(`^\\s*${what}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? NaN);
  const [total, passed] = [number('Total'), number('Passed')];
  const skipped = output.match(/^SKIP /gm)?.length ?? 0;
  const complete = Number.isInteger(total) && Number.isInteger(passed);
  const fails = complete ? total - passed : 0;
  const why = timedOut ?
    `no end within ${seconds.toFixed(0)} s`
    : signal !== null ?
    `ended by ${signal}`
    : fails > 0 ?
    firstFailure(output)
    : code !== 0 ?
    `ended with code ${code}: ${lastLine(output)}`
    : !complete && skipped === 0 ?
    'ended without totals'
    : complete && total === 0 && skipped === 0
    ? 'holds no test'
    : null;
  const counts = { passed: complete ? passed : 0, seconds };
  if (why !== null) return { name, outcome: 'failed', ...counts, note: why };
  return counts.passed > 0
    ? { name, outcome: 'passed', ...counts }
    : { name, outcome: 'skipped', ...counts, note: /^SKIP (.*)$/m.exec(output)?.[1] ?? 'no test ran' };
}

/** A measured number against the largest that passes. */
export function judge(name: string, value: number, allowed: number, note?: string): Check {
  // NaN compares false; the maximum of nothing is -Infinity; JSON has neither.
  if (!Number.isFinite(value)) return { name, outcome: 'failed', allowed, note: `the value is ${value}${note ? `, ${note}` : ''}` };
  return { name, outcome: value <= allowed ? 'passed' : 'failed', value, allowed, ...(note && { note }) };
}

/** True where nothing failed, nothing was left out, and something was checked. */
export function allWell(checks: readonly Check[]): boolean {
  return checks.some((c) => c.outcome === 'passed') && checks.every((c) => c.outcome === 'passed' || c.outcome === 'skipped');
}

function firstFailure(output: string): string {
  const lines = output.split('\n');
  const at = lines.findIndex((line) => /^\s*FAIL\s/.test(line));
  return lines.slice(Math.max(0, at), Math.max(0, at) + 4).map((line) => line.trim()).filter(Boolean).join(' ').slice(0, 600) ||
    'a test failed';
}

function lastLine(output: string): string {
  return output.trim().split('\n').pop()!.slice(0, 300);
}
