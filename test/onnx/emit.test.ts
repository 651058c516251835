/** Every op of the engine, its gradient and second derivative, written as ONNX and run by onnxruntime: against float64. */
import { suite } from 'uvu';
import type { OpName } from '../../src/engine/attrs.js';
import { findOnnxruntime } from '../../src/runtime/onnxruntime.js';
import { checkCase, type Case } from '../support/check.js';
import { evaluateOnRuntime } from '../support/runtime.js';
import { skipUnless } from '../support/skip.js';
import { LAYOUT } from '../engine/cases/layout.js';
import { MATRIX } from '../engine/cases/matrix.js';
import { COMPOSED, LOSS, POOL } from '../engine/cases/pool.js';
import { POINTWISE } from '../engine/cases/pointwise.js';

const CASES: Record<OpName, Case[]> = { ...POINTWISE, ...LAYOUT, ...MATRIX, ...POOL, ...LOSS };

if (skipUnless(await findOnnxruntime() !== null, 'onnxruntime: onnxruntime-node is not installed')) {
  for (const [name, cases] of [...Object.entries(CASES), ['compositions', COMPOSED] as const]) {
    const test = suite(name);
    for (const c of cases) test(c.name, () => checkCase(c, async () => [{ name: 'onnxruntime', evaluate: evaluateOnRuntime }]));
    test.run();
  }
}
