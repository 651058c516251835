/** Markup in which what is put in stays text. */

/** Markup that is safe to put into a page: only `html` makes it, and `trusted` where a library has. */
export interface Html {
  readonly html: string;
}

/** What can stand between the braces: strings and numbers are escaped, null and false are nothing. */
export type Value = string | number | Html | null | undefined | false | readonly Value[];

/** An object of another make that happens to have a field "html" (parsed JSON, say) is no Markup. */
class Markup implements Html {
  constructor(readonly html: string) {}
}

/** Template tag. Attribute values must stand in quotes, which are escaped as well. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Markup(strings.reduce((all, part, k) => all + render(values[k - 1]) + part));
}

/** Markup from a library that escapes for itself. Never for what a user or a file has named. */
export const trusted = (markup: string): Html => new Markup(markup);

function render(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(render).join('');
  if (value instanceof Markup) return value.html;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError('only text, numbers and html`...` can be put into a page');
  }
  return escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]);
