/** A performance file as text that one reads in a terminal. */
import type { Check, Performance } from './form.js';
import { ceilingTable, columns, kernelShares, passTable, switchCosts } from './tables.js';

export const countOf = (checks: readonly Check[], outcome: Check['outcome']): number => checks.filter((c) => c.outcome === outcome).length;

/** '3 passed, 0 failed, 1 skipped, 0 not run', in the checks' own words. */
export const outcomes = (checks: readonly Check[]): string =>
  (['passed', 'failed', 'skipped', 'not run'] as const).map((outcome) => `${countOf(checks, outcome)} ${outcome}`).join(', ');

function checkLine(c: Check): string {
  const number = (v: number | undefined): string => (v === undefined ? '' : v === 0 ? '0' : v.toExponential(1));
  const outcome = c.outcome === 'passed' ? 'ok' : c.outcome.toUpperCase();
  const value = c.value === undefined ? '' : `: ${number(c.value)}, allowed ${number(c.allowed)}`;
  const note = c.note && c.outcome !== 'passed' ? `: ${c.note}` : '';
  return `  ${outcome} ${c.name}${c.schedule ? ` (${c.schedule})` : ''}${value}${note}`;
}

/** All of a performance file. What failed comes first; of what passed, the numbers that were judged. */
export function report(p: Performance): string {
  const bad = p.checks.filter((c) => c.outcome !== 'passed');
  const judged = p.checks.filter((c) => c.outcome === 'passed' && c.value !== undefined);
  const parts = [
    `${p.adapter.description}${p.adapter.software ? ' (software)' : ''}, ${p.by}, ${p.made}${p.complete ? '' : ', NOT COMPLETE'}`,
    p.checks.length > 0 && [`correctness: ${outcomes(p.checks)}`, ...[...bad, ...judged].map(checkLine)].join('\n'),
    Object.keys(p.ceilings).length > 0 && `ceilings\n${columns(ceilingTable([p]))}`,
    p.passes.length > 0 && `whole passes\n${columns(passTable([p]))}`,
    p.kernels.length > 0 &&
    `ResNet-50's convolutions, schedule '${p.kernels[0].schedule}': ` +
      `share of the roofline (of the multiply-add rate)\n${columns(kernelShares(p.kernels, true))}`,
    p.switches.length > 0 && `Dawn's checks (x: how much faster)\n${columns(switchCosts(p))}`,
    p.notes.length > 0 && `notes\n${p.notes.map((n) => `  ${n}`).join('\n')}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
