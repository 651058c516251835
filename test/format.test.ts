/** Every source file is laid out as tools/format.mjs lays files out, and no line passes 140 columns. */
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../reference/paths.js';

interface Layout {
  readonly files: number;
  readonly otherwise: readonly string[];
  readonly long: readonly string[];
}

const test = suite('format');

test('no file is laid out otherwise, and no line is longer', async () => {
  const { format } = await import(pathToFileURL(`${root}/tools/format.mjs`).href) as { format: (how: { check: boolean }) => Layout };
  const { files, otherwise, long } = format({ check: true });
  assert.ok(files > 300, `${files} files`);
  assert.is(otherwise.length, 0, `npm run format lays out:\n${otherwise.join('\n')}`);
  assert.is(long.length, 0, `lines over 140 columns:\n${long.join('\n')}`);
});

test.run();
