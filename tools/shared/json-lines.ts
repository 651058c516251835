/** Results as JSON with a line for each of many items, so that large results need no large text. */
import type { Row } from '../../src/store/format.js';

/** An object whose last field is a list. */
export function* jsonLines(head: object, field: string, items: Iterable<object>): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"${field}":[\n`;
  let separator = '';
  for (const item of items) {
    yield `${separator}${JSON.stringify(item)}`;
    separator = ',\n';
  }
  yield `${separator === '' ? '' : '\n'}]}\n`;
}

/** A sample as results name it. */
export const sampleFields = ({ id, path, label, predicted }: Row) => ({ id, path, label, predicted });
