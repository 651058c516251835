/** docs/performance.md is what the committed results say, and a table says what its files say. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emptyPerformance, parsePerformance, type Performance } from '../../bench/gpu-check/form.js';
import { PAGE, performancePage, readMachines } from '../../bench/performance.js';

const test = suite('performance page');

test('is what the committed results come to', () => {
  const page = readFileSync(PAGE, 'utf8');
  assert.equal(page, performancePage(page, readMachines()), 'run `npm run performance` and commit docs/performance.md');
});

const BARE = '# Head\n<!-- from here on made by `npm run performance` from bench/results/ -->\nSTALE\n<!-- up to here -->\nfoot\n';
const adapter = { description: 'GPU of a test', software: false };
function files(): Performance[] {
  const ours = emptyPerformance('misfire', adapter, {});
  const pass = { network: 'ResNet-50', pass: 'profile', how: 'batch' } as const;
  ours.passes = [{ ...pass, batch: 1, secondsPerPicture: 4e-3, multiplyAdds: 4e9 }, { ...pass, batch: 32, secondsPerPicture: 1e-3,
    multiplyAdds: 4e9 }];
  ours.ceilings = { multiplyAddsPerSecond: 3e13 };
  ours.checks = [{ name: 'one', outcome: 'passed', passed: 7 }, { name: 'two', outcome: 'failed', note: 'it is wrong' }];
  ours.kernels = [[1, 0.5, 0.25], [3, 0.1, 0.05]].map(([seconds, rooflineShare, rateShare], k) => ({ layer: `layer ${k}`, count: 1,
    form: 'forward', batch: 1, schedule: 'tile', seconds, multiplyAdds: 1, bytes: 1, rateShare, rooflineShare })
  );
  ours.switches = [{ switches: 'as shipped', what: 'a kernel', seconds: 3e-3 }, { switches: 'no bounds checks', what: 'a kernel',
    seconds: 2e-3 }];
  const peer = emptyPerformance('pytorch', adapter, {});
  peer.passes = [{ ...pass, how: 'loop', batch: 1, secondsPerPicture: 1e-2 }, { ...pass, how: 'vmap', batch: 16, secondsPerPicture: 2e-3 }];
  peer.ceilings = { matmulMultiplyAddsPerSecond: 2.4e13 };
  peer.notes = ['something was left out'];
  return [ours, peer];
}

test('puts ratios first, and counts all it was given', () => {
  const page = performancePage(BARE, [{ name: 'a-machine', files: files() }]);
  const row = page.split('\n').find((line) => line.startsWith('| ResNet-50 | profile'))!;
  assert.equal(row.split('|').slice(3, 7).map((cell) => cell.trim()), ['**10 x**', '**2 x**', '**2.5 x**', '40 %']);
  assert.match(page, '1 checks passed (7 tests in them), 1 failed');
  assert.match(page, 'failed: two: it is wrong');
  assert.match(page, '| 1 | 20 % (10 %) |'); // (1 s * 0.5 + 3 s * 0.1) / 4 s
  assert.match(page, '| a kernel | 3.00 ms | x 1.50 |');
  assert.match(page, '- pytorch: something was left out');
  assert.ok(page.indexOf('10 x') < page.indexOf('bytes copied'));
});
test('says where nothing has been measured', () => {
  assert.match(performancePage(BARE, []), 'No GPU has been measured yet.');
});
test('replaces what stands between its two markers, and nothing else', () => {
  const [first, second] = [performancePage(BARE, [{ name: 'a-machine', files: files() }]), performancePage(BARE, [])];
  for (const page of [first, second]) {
    assert.ok(page.startsWith('# Head\n<!-- from') && page.endsWith('\n<!-- up to here -->\nfoot\n') && !page.includes('STALE'), page);
  }
  assert.is(performancePage(first, []), second);
  assert.throws(() => performancePage('# Head', []), 'does not hold the lines');
});
test('takes no file of another form', () => {
  assert.throws(() => parsePerformance('{"form":"other"}', 'x.json'), "x.json has the form 'other'");
});

test.run();
