/** Cholesky on the device against the host's in float64, in both schedules, and over several panels and segments. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cholesky, NotPositive, reversedFactor } from '../../src/spade/cholesky.js';
import { deviceFactor } from '../../src/spade/device-factor.js';
import { random } from '../../reference/random.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { closeDevices, devices } from '../support/device.js';

/** A Hessian of 2 D random inputs with the usual damping. */
function hessian(D: number): Float64Array {
  const r = random(`hessian ${D}`);
  const A = new Float64Array(D * D), u = new Float64Array(D);
  for (let n = 0; n < 2 * D; n++) {
    for (let d = 0; d < D; d++) u[d] = 2 * r() - 0.5;
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) A[i * D + j] += (u[i] * u[j]) / D;
  }
  for (let d = 0; d < D; d++) A[d * D + d] += 0.01;
  return A;
}

const test = suite('spade cholesky');

test('L L^T is the matrix, on the host', () => {
  const D = 40, A = hessian(D), L = cholesky(A, D);
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += L[i * D + k] * L[j * D + k];
      assert.ok(Math.abs(sum - A[i * D + j]) < 1e-12);
    }
  }
});

for (const D of [1, 31, 32, 100, 193]) {
  test(`D = ${D}: the device's factor is the host's`, async () => {
    const A = hessian(D), want = reversedFactor(A, D);
    const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    for (const { name, device } of (await devices()).slice(0, 2)) {
      const got = await deviceFactor(device, A, D);
      const worst = got.reduce((most, v, k) => Math.max(most, Math.abs(v - want[k])), 0);
      assert.ok(worst <= TOLERANCE.spadeFactor * largest, `${name}: ${worst / largest} of the largest`);
    }
  });
}

test('a pivot that is not positive is told with its column', async () => {
  const D = 70, A = hessian(D);
  A[5 * D + 5] = -1;
  const [{ device }] = await devices();
  for (const factor of [async () => reversedFactor(A, D), () => deviceFactor(device, A, D)]) {
    try {
      await factor();
      assert.unreachable('no error');
    } catch (error) {
      assert.instance(error, NotPositive);
      assert.is((error as NotPositive).column, 5);
      assert.ok((error as NotPositive).pivot < 0);
    }
  }
});

test.after(closeDevices);
test.run();
