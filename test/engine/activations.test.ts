/** Activations as compositions: values, first and second derivatives against closed forms, the declared table and central differences. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVATIONS, activate, type ActivationName } from '../../src/engine/activations.js';
import * as b from '../../src/engine/builder.js';
import type { Node } from '../../src/engine/graph.js';
import { grad } from '../../src/engine/grad.js';
import { given } from '../../reference/random.js';
import { shared } from '../../reference/paths.js';
import { FUNCTION } from '../../reference/tolerances.js';
import { checkCase } from '../support/check.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { skipUnless } from '../support/skip.js';

const TABLES = `${shared}irrepro/golden/tables.json`;

const activations = suite('activations');
activations.after(closeDevices);

// Away from the corners: central differences would straddle them.
const AWAY = [-6, -2.5, -1.1, -0.7, -0.2, 0.15, 0.4, 0.9, 1.3, 3.4, 7];
for (const name of ACTIVATIONS.filter((n) => n !== 'identity')) {
  for (const beta of ['smelu', 'softplus', 'swish'].includes(name) ? [0.5, 1, 3] : [1]) {
    activations(`${name} ${beta}: gradient and second derivative`, () =>
      checkCase({ name: `${name} ${beta}`, inputs: [given(AWAY)], build: (x) => activate(name, x, beta), value: 4 * FUNCTION }));
  }
}

activations('at 0 and at the ends of the smooth piece each has its declared value', async () => {
  const at = await derivatives('smelu', 0.5, [-0.5, 0, 0.5]);
  assert.equal([[...at.value], [...at.first], [...at.second]], [[0, 0.125, 0.5], [0, 0.5, 1], [0, 1, 0]]);
  const selu = await derivatives('selu', 1, [0]);
  assert.ok(Math.abs(selu.first[0] - 1.7580993) < 1e-6 && Math.abs(selu.second[0] - 1.7580993) < 1e-6, 'selu at 0');
  const relu = await derivatives('relu', 1, [0]);
  assert.equal([relu.value[0], relu.first[0]], [0, 0]);
});

activations('NaN passes, and nothing overflows where the value is finite', async () => {
  for (const name of ACTIVATIONS) {
    const { value } = await derivatives(name, 1, [NaN, 80, -80]);
    assert.ok(Number.isNaN(value[0]) && Number.isFinite(value[1]) && Number.isFinite(value[2]), `${name}: ${value}`);
  }
});

if (skipUnless(existsSync(TABLES), 'the declared table of activations is in ../shared')) {
  activations('the declared table', async () => {
    const { activations: rows } = JSON.parse(readFileSync(TABLES, 'utf8')) as {
      activations: { name: ActivationName; beta: number; z: number[]; value: number[]; first: number[]; second: number[] }[];
    };
    for (const { name, beta, z, ...want } of rows) {
      const got = await derivatives(name, beta, z);
      for (const what of ['value', 'first', 'second'] as const) {
        z.forEach((v, k) => {
          const off = Math.abs(got[what][k] - want[what][k]);
          assert.ok(off < 2e-6, `${name} ${beta}: ${what} at ${v} is ${got[what][k]}, not ${want[what][k]}`);
        });
      }
    }
  });
}

activations.run();

async function derivatives(name: ActivationName, beta: number,
  z: readonly number[]): Promise<Record<'value' | 'first' | 'second', Float32Array>> {
  const x = b.input('x', [z.length]);
  const value = b.mul(activate(name, x, beta), b.constant(1));
  const derivative = (y: Node): Node | null => {
    try {
      return grad(b.sum(y), [x])[0];
    } catch {
      return null; // piecewise constant
    }
  };
  const first = derivative(value), second = first && derivative(first);
  const nodes = { value, ...(first && { first: b.add(first, b.constant(0)) }), ...(second && { second: b.add(second, b.constant(0)) }) };
  const [{ device }] = await devices();
  const found = await evaluateOnDevice(nodes, new Map([[x, z]]), device);
  const none = new Float32Array(z.length);
  return { value: found.value, first: found.first ?? none, second: found.second ?? none };
}
