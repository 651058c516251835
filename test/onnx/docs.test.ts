/** docs/models.md names the ops that the importer has, all of them and no others. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HANDLERS } from '../../src/onnx/ops.js';
import { root } from '../../reference/paths.js';

const test = suite('docs/models.md');

test('lists every op', () => {
  const [, section] = readFileSync(`${root}docs/models.md`, 'utf8').split('## Ops\n\n');
  const listed = section.split('\n\n')[0].split(/\s+/).filter((op) => op !== 'If'); // resolved while reading, before ops are looked up
  assert.equal([...listed].sort(), [...HANDLERS.keys()].sort());
});

test.run();
