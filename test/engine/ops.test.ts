/** Every op's value, gradient and second derivative, by the table of cases. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { topological } from '../../src/engine/graph.js';
import { input } from '../../src/engine/builder.js';
import type { OpName } from '../../src/engine/attrs.js';
import { OPS } from '../../src/engine/ops.js';
import { checkCase, type Case } from '../support/check.js';
import { closeDevices } from '../support/device.js';
import { LAYOUT } from './cases/layout.js';
import { MATRIX } from './cases/matrix.js';
import { COMPOSED, LOSS, POOL } from './cases/pool.js';
import { POINTWISE } from './cases/pointwise.js';

const CASES: Record<OpName, Case[]> = { ...POINTWISE, ...LAYOUT, ...MATRIX, ...POOL, ...LOSS };

// ---------------------------------------------------------------- completeness

const complete = suite('every op of the table');

complete('has a case whose graph contains it', () => {
  for (const op of Object.keys(OPS) as OpName[]) {
    assert.ok(CASES[op]?.length > 0, `${op} has no case`);
    for (const c of CASES[op]) {
      const graph = topological([c.build(...c.inputs.map((s, k) => input(`x${k}`, s.shape)))]);
      assert.ok(graph.some((n) => n.op === op), `'${c.name}' does not contain ${op}`);
    }
  }
});

complete.run();

// ---------------------------------------------------------------- values, gradients, second derivatives

const groups: [string, Case[]][] = [...Object.entries(CASES), ['compositions', COMPOSED]];
groups.forEach(([name, cases], k) => {
  const test = suite(name);
  for (const c of cases) test(c.name, () => checkCase(c));
  if (k === groups.length - 1) test.after(closeDevices);
  test.run();
});
