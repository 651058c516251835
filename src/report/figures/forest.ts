/**
 * A forest plot: comparisons with their intervals on a common axis, and what each decides. It is markup with small drawings in
 * it, so that it is read aloud, printed and shown without scripts as it is.
 */
import type { Interval } from '../../saliency/bootstrap.js';
import { SAME, type Side, type Verdict } from '../../saliency/experiments/claims.js';
import { points, spread } from '../numbers.js';
import { html, trusted, type Html } from '../page/html.js';

export const VERDICTS: Readonly<Record<Verdict, string>> = { holds: 'holds', contradicted: 'the other way round',
  undecided: 'not decided' };

export interface Comparison {
  /** What the salient choice is compared with. */
  readonly with: string;
  readonly other: Interval;
  /** Salient less other. */
  readonly difference: Interval;
  readonly verdict: Verdict;
}

/** Comparisons of one quantity. */
export interface ForestGroup {
  readonly quantity: string;
  /** Of how many answers each value is a mean, and what they are of: "48 mistakes". */
  readonly n: string;
  readonly salient: Interval;
  readonly side: Side;
  readonly comparisons: readonly Comparison[];
}

/** A group as a table: a line per comparison, over an axis with 0 in its middle. */
export function forest({ quantity, n, salient, side, comparisons }: ForestGroup): Html {
  const reach = axisEnd(Math.max(...comparisons.flatMap(({ difference }) => [-difference.low, difference.high])));
  const rows = comparisons.map(({ with: other, other: value, difference, verdict }) =>
    html`<tr class="${verdict}"><th scope="row">${other} <span class="quiet">${points(value.mean)}</span></th>
<td>${drawn(difference, verdict, reach, side)}<span class="values">${spread(difference)}</span></td><td>${VERDICTS[verdict]}</td></tr>
`
  );
  const ends = [-reach, 0, reach].map((v) => html`<span>${points(v).replace('.0', '')}</span>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${quantity}"><table class="forest"><caption>${quantity}: \
${spread(salient)} with the most salient (n = ${n})</caption>
<thead><tr><th scope="col">compared with</th><th scope="col">difference, percentage points</th><th scope="col">the claim</th></tr></thead>
<tbody>${rows}
<tr class="axis"><td></td><td><span class="ends">${ends}</span>${meaning(side)}</td><td></td></tr></tbody></table></div>`;
}

const meaning = (side: Side): string =>
  ({ less: 'left of 0 speaks for the claim', more: 'right of 0 speaks for the claim', same: 'inside the band is the same' })[side];

/** What counts of each kind there are, in words. */
export function tally(verdicts: readonly Verdict[]): string {
  const kinds = [['holds', 'holds', 'hold'], ['contradicted', 'goes the other way round', 'go the other way round'], ['undecided',
    'is not decided', 'are not decided']] as const;
  return kinds.flatMap(([verdict, one, many]) => {
    const count = verdicts.filter((v) => v === verdict).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  }).join(', ');
}

function drawn({ mean, low, high }: Interval, verdict: Verdict, reach: number, side: Side): Html {
  const at = (v: number): string => `${(50 + (48 * v) / reach).toFixed(2)}%`;
  const band = side === 'same' &&
    html`<rect class="band" x="${at(-SAME)}" width="${((96 * SAME) / reach).toFixed(2)}%" y="0" height="100%"/>`;
  const fill = trusted(verdict === 'undecided' ? 'fill="none"' : 'fill="currentColor"');
  return html`<svg aria-hidden="true" width="100%" height="18">${band}<line class="zero" x1="50%" x2="50%" y1="0" y2="18"/>\
<line x1="${at(low)}" x2="${at(high)}" y1="9" y2="9"/><circle cx="${at(mean)}" cy="9" r="4.5" ${fill}/></svg>`;
}

/** The next of 1, 2, 5, 10, ... percentage points; never less than the band of what counts as the same. */
function axisEnd(reach: number): number {
  const least = Math.max(reach, SAME * 1.2, 0.01);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((k) => k * power).find((v) => v >= least * 0.9999)!;
}
