/** Tables on pages. */
import { html, type Html } from '../../src/report/page/html.js';

export interface PageTable {
  readonly caption?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold words; all others hold numbers and are set flush right. */
  readonly words?: readonly number[];
}

/** It scrolls by itself where it is wider than the page. */
export function pageTable({ caption, head, rows, words = [] }: PageTable): Html {
  const th = (text: string, c: number) => (words.includes(c) ? html`<th>${text}</th>` : html`<th class="number">${text}</th>`);
  const td = (text: string, c: number) => (words.includes(c) ? html`<td>${text}</td>` : html`<td class="number">${text}</td>`);
  const title = caption !== undefined && html`<caption>${caption}</caption>
`;
  const body = rows.map((row) => html`<tr>${row.map(td)}</tr>`);
  return html`<div class="scroll"><table>${title}<thead><tr>${head.map(th)}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}
