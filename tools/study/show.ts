/** What `misfire study` says: each claim, what was found, and whether it is borne out. */
import type { Claim } from '../../src/saliency/experiments/claims.js';
import { VERDICTS } from '../../src/report/figures/forest.js';
import { fittedTable, hanging } from '../../src/report/text-table.js';
import { csvTable } from '../../src/report/csv.js';
import { spread } from '../../src/report/numbers.js';
import { byQuantity } from '../experiment/chapter.js';

export interface StudyResult {
  readonly run: string;
  readonly test: string;
  readonly model: string;
  readonly mistakes: number;
  /** How many the network has. */
  readonly filters: number;
  readonly version: string;
  readonly adapter: { readonly description: string; readonly software: boolean };
  readonly claims: readonly Claim[];
}

export function textOf({ run, mistakes, claims }: StudyResult): string {
  const lines = hanging(`${run}: ${mistakes} mistakes; means in %, differences in percentage points, with 95 % bootstrap intervals`);
  for (const [{ section, claim, paper }, own] of byClaim(claims)) {
    lines.push('', ...hanging(`${section}  ${claim}${paper ? ` (the paper: ${paper})` : ''}`, '     '));
    for (const { quantity, salient, comparisons } of byQuantity(own)) {
      lines.push(...hanging(`  ${quantity}: ${spread(salient)} with the most salient`, '    '), ...fittedTable([
        ['compared with', '', 'difference', ''],
        ...comparisons.map((c) => [c.with, spread(c.other), spread(c.difference), VERDICTS[c.verdict]]),
      ], [1, 2], '    '));
    }
  }
  return `${lines.join('\n')}\n`;
}

export function* jsonOf(result: StudyResult): Generator<string> {
  const claims = result.claims.map(({ quantity: _, against: __, fill: ___, side: ____, ...claim }) => claim);
  yield `${JSON.stringify({ command: 'study', ...result, claims }, null, 1)}\n`;
}

/** One line per comparison. */
export function csvOf({ claims }: StudyResult): Generator<string> {
  const heading = ['section', 'claim', 'measured', 'paper',
    ...['salient', 'other', 'difference'].flatMap((n) => [n, `${n}_low`, `${n}_high`]), 'verdict'];
  return csvTable(heading, claims, (c) => {
    const numbers = [c.salient, c.other, c.difference].flatMap((interval) => [interval.mean, interval.low, interval.high]);
    return [[c.section, c.claim, c.measured, c.paper ?? '', ...numbers, c.verdict]];
  });
}

/** Comparisons of one claim together, in their order. */
export function byClaim(claims: readonly Claim[]): Map<Claim, Claim[]> {
  const first = new Map<string, Claim>();
  const found = new Map<Claim, Claim[]>();
  for (const c of claims) {
    const key = `${c.section} ${c.claim}`;
    const head = first.get(key) ?? c;
    first.set(key, head);
    found.set(head, [...(found.get(head) ?? []), c]);
  }
  return found;
}
