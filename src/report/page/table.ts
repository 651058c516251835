/** Tables on pages. */
import type { Interval } from '../../saliency/bootstrap.js';
import { html, type Html } from './html.js';
import { spread } from '../numbers.js';

export interface PageTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | Html)[])[];
  /** Columns that hold words; all others hold numbers and are set flush right. */
  readonly words?: readonly number[];
}

/** It scrolls by itself, by keys too, where it is wider than the page. */
export function pageTable({ caption, head, rows, words = [] }: PageTable): Html {
  const kind = (c: number): string => (words.includes(c) ? 'text' : 'number');
  const th = (text: string, c: number) => html`<th scope="col" class="${kind(c)}">${text}</th>`;
  const cell = (content: string | Html, c: number) =>
    c === 0 ? html`<th scope="row" class="${kind(c)}">${content}</th>` : html`<td class="${kind(c)}">${content}</td>`;
  const body = rows.map((row) =>
    html`<tr>${row.map(cell)}</tr>
`
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map(th)}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}

/** What a table of differences says of its marks. */
export const MARKED = 'A star and bold mark a difference whose interval does not hold 0: other samples of the same kind would show it too.';

/** A difference with its interval, marked where that does not hold 0. */
export const difference = (interval: Interval): string | Html =>
  interval.low > 0 || interval.high < 0 ? html`<strong>${spread(interval)} *</strong>` : spread(interval);

/** Something that is not needed at first sight. */
export const folded = (summary: string, body: Html): Html =>
  html`<details><summary>${summary}</summary>
${body}</details>
`;
