/** The ten maps of ResNet-20 against PyTorch in float64, on the network and on the reference's trace (../shared/golden/spade). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Attributor, COMPLETE } from '../../src/attribution/attributor.js';
import { METHODS } from '../../src/attribution/methods.js';
import { cosineDistance } from '../../reference/errors.js';
import { hasShared } from '../../reference/golden.js';
import { spadeMaps } from '../../reference/spade-maps.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { closeDevices, devices } from '../support/device.js';
import { skipUnless } from '../support/skip.js';

if (skipUnless(hasShared, 'the ten maps of PyTorch are in ../shared')) {
  const { network, draws, methods, samples, picture, trace, expected } = spadeMaps();

  const golden = suite('ten maps against PyTorch');

  golden('the methods have the order of the reference', () => assert.equal(METHODS.map(({ name }) => name), methods));

  /** These ask about hundreds of pictures: once each. */
  const ONCE: Readonly<Record<string, string>> = { lime: 'network 0', occlusion: 'trace 1' };

  for (const where of ['network', 'trace'] as const) {
    golden(`on the ${where}`, async () => {
      const [{ device }] = await devices();
      const attributor = new Attributor(network, device, { incomplete: where === 'trace' });
      for (const [k, { target }] of samples.entries()) {
        if (where === 'trace') attributor.use(trace(k));
        for (const { name } of METHODS) {
          if (name in ONCE && ONCE[name] !== `${where} ${k}`) continue;
          const map = await attributor.map(name, picture(k), target, draws);
          const wanted = expected(k, where, name);
          const distance = cosineDistance(map, wanted);
          const limit = name === 'gradient-shap' ? TOLERANCE.attributionKinks : TOLERANCE.attribution;
          assert.ok(distance <= limit, `picture ${k}, ${name}: 1 - cosine similarity is ${distance}`);
          const length = Math.hypot(...map) / Math.hypot(...wanted);
          assert.ok(Math.abs(length - 1) <= TOLERANCE.attributionLength, `picture ${k}, ${name}: ${length} times as long`);
        }
      }
      attributor.destroy();
    });
  }

  golden('complete methods add up', async () => {
    const [{ device }] = await devices();
    const attributor = new Attributor(network, device);
    for (const method of COMPLETE) {
      const { sum, expected: whole, lost } = await attributor.completeness(method, picture(0), samples[0].target);
      const limit = method === 'integrated-gradients' ? TOLERANCE.completenessPath : TOLERANCE.completeness;
      assert.ok(Math.abs((sum + lost) / whole - 1) <= limit, `${method}: ${sum} instead of ${whole}`);
    }
    attributor.destroy();
  });

  golden.after(closeDevices);
  golden.run();
}
