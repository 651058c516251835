/** Where the results on a page come from, at its end. */
import { html, type Html } from '../../src/report/page/html.js';

export type Fact = readonly [name: string, value: string, kind?: 'file'];

/** A list of names and what each stands for; a file's path is set as one. */
export function facts(list: readonly Fact[]): Html {
  const entries = list.map(([name, value, kind]) => {
    const shown = kind === 'file' ? html`<dd class="file">${value}</dd>` : html`<dd>${value}</dd>`;
    return html`<dt>${name}</dt>${shown}`;
  });
  return html`<dl>${entries}</dl>`;
}
