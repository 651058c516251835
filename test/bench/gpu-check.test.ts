/** What gpu-check calls passed: its verdicts must be able to say no. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emptyPerformance, type Check } from '../../bench/gpu-check/form.js';
import { compareGolden, type Answers } from '../../bench/gpu-check/golden.js';
import { report } from '../../bench/gpu-check/report.js';
import { addFinding, parseFinding } from '../../bench/gpu-check/task.js';
import { runTests, testFiles } from '../../bench/gpu-check/tests.js';
import { allWell, judge, verdictOf, type Ending } from '../../bench/gpu-check/verdict.js';
import type { Golden } from '../../reference/golden.js';
import { root } from '../../reference/paths.js';
import { importsOf, packageOf } from '../support/imports.js';

const compiled = fileURLToPath(new URL('../', import.meta.url));

// ---------------------------------------------------------------- verdicts

const verdicts = suite('verdicts');

const totals = (total: number, passed: number): string =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   0\n  Duration:  1ms\n`;
const ended: Ending = { output: '', code: 0, signal: null, timedOut: false, seconds: 1 };

verdicts('of test files: only totals without failures, and an end without complaint, have passed', () => {
  const outcome = (how: Partial<Ending>): string => verdictOf('file', { ...ended, ...how }).outcome;
  assert.is(outcome({ output: totals(3, 3) }), 'passed');
  assert.is(outcome({ output: totals(3, 2), code: 1 }), 'failed');
  assert.is(outcome({ output: totals(3, 2) }), 'failed');
  assert.is(outcome({ output: totals(3, 3), code: 1 }), 'failed');
  assert.is(outcome({ output: totals(3, 3), code: null, signal: 'SIGSEGV' }), 'failed');
  assert.is(outcome({ output: totals(3, 3), timedOut: true }), 'failed');
  assert.is(outcome({ output: totals(0, 0) }), 'failed');
  assert.is(outcome({}), 'failed');
  assert.is(outcome({ output: 'SKIP a file is absent\n' }), 'skipped');
  assert.is(outcome({ output: `SKIP a file is absent\n${totals(2, 2)}` }), 'passed');
});
verdicts('of numbers: within the tolerance, and finite', () => {
  const outcome = (value: number): string => judge('number', value, 1e-4).outcome;
  assert.equal([0, 1e-4, 1.01e-4, NaN, Infinity, -Infinity].map(outcome), ['passed', 'passed', 'failed', 'failed', 'failed', 'failed']);
});
verdicts('outlive JSON, which knows no NaN', () => {
  const result = emptyPerformance('misfire', { description: 'GPU', software: false }, {});
  for (const value of [NaN, Infinity, 2]) {
    addFinding(result, parseFinding(JSON.stringify({ check: judge(`number ${value}`, value, 1, 'somewhere') }))!);
  }
  assert.match(report(result), '0 passed, 3 failed');
  assert.match(report(result), 'FAILED number NaN: the value is NaN, somewhere');
  assert.match(report(result), 'FAILED number 2: 2.0e+0, allowed 1.0e+0: somewhere');
  assert.equal([parseFinding('{"check":{"na'), parseFinding('a warning of the driver')], [null, null]);
});
verdicts('of a run: something passed, nothing failed, nothing was left out', () => {
  const ended = (...outcomes: Check['outcome'][]): boolean => allWell(outcomes.map((outcome) => ({ name: '', outcome })));
  assert.equal([ended('passed', 'skipped'), ended('passed', 'failed'), ended('passed', 'not run'), ended('skipped'), ended()], [true, false,
    false, false, false]);
});

verdicts.run();

// ---------------------------------------------------------------- test files

const running = suite('runTests');

running('reports a wrong result, a crash, a hang and a lost promise, and runs the rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'misfire-gpu-check-'));
  const uvu = `import { test } from '${import.meta.resolve('uvu')}'; import * as assert from '${import.meta.resolve('uvu/assert')}';`;
  const stubs: Record<string, string> = {
    'good.mjs': `${uvu} test('t', () => assert.is(1, 1)); test.run();`,
    'wrong.mjs': `${uvu} test('kernel', () => assert.ok(2e-3 <= 1e-4, 'relative error 2e-3, allowed 1e-4')); test.run();`,
    'crash.mjs': `process.kill(process.pid, 'SIGSEGV'); setTimeout(() => {}, 10000);`,
    'hang.mjs': `setInterval(() => {}, 1000);`,
    'throws.mjs': `${uvu} test('t', () => {}); test.run(); setTimeout(() => { throw new Error('the device was lost'); }, 200);`,
    'missing.mjs': `import 'a-package-that-is-not-here';`,
  };
  for (const [name, text] of Object.entries(stubs)) writeFileSync(join(folder, name), text);
  const found = new Map<string, Check>();
  const tell = (check: Check): void => {
    found.set(check.name.slice('test/'.length), check);
  };
  await runTests(['hang.mjs'], { folder, atOnce: 1, limit: 2, deadline: performance.now() + 60_000 }, tell);
  await runTests(Object.keys(stubs).filter((name) => name !== 'hang.mjs'), { folder, atOnce: 3, limit: 60,
    deadline: performance.now() + 300_000 }, tell);
  const late: Check[] = [];
  await runTests(['good.mjs'], { folder, atOnce: 1, limit: 8, deadline: performance.now() }, (check) => late.push(check));
  rmSync(folder, { recursive: true });
  assert.is(found.get('good.mjs')!.outcome, 'passed', found.get('good.mjs')!.note);
  for (const [name, note] of [['wrong.mjs', 'relative error 2e-3'], ['crash.mjs', 'SIGSEGV'], ['hang.mjs', 'no end within'], ['throws.mjs',
    'ended with code'], ['missing.mjs', 'ended with code']]) {
    assert.is(found.get(name)!.outcome, 'failed', name);
    assert.match(found.get(name)!.note!, note);
  }
  assert.is(late[0].outcome, 'not run');
});

/** The packages a compiled file and all it imports need. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const from of importsOf(readFileSync(file, 'utf8'))) {
    if (from.startsWith('.')) { for (const p of packagesOf(join(dirname(file), from), seen)) packages.add(p); }
    else if (!from.startsWith('node:') && !builtinModules.includes(from)) packages.add(packageOf(from));
  }
  return packages;
}

running('finds files that need no package of development but uvu', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const files = testFiles();
  assert.ok(files.length >= 15);
  const needed = [...files.map((f) => join(compiled, f)), join(compiled, '../bench/gpu-check.js'),
    join(compiled, '../bench/gpu-check/part.js')].flatMap((f) => [...packagesOf(f)]);
  assert.ok(needed.includes('uvu') && needed.includes('webgpu'));
  assert.equal([...new Set(needed)].filter((p) => p !== 'uvu' && !(p in dependencies)), []);
});

running.run();

// ---------------------------------------------------------------- golden numbers

const golden = suite('compareGolden');

const profile64 = (k: number): Float64Array => Float64Array.from({ length: 12 }, (_, j) => 1 + ((5 * j + k) % 12) / 7);
const top10 = (p: Float64Array): number[] => [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 10);
const arrays: Record<string, Float64Array[]> = {
  logits: [Float64Array.of(1, -1), Float64Array.of(20, -2)],
  profile: [profile64(0), profile64(1)],
  mean: [new Float64Array(12)],
  std: [new Float64Array(12).fill(2)],
  input_grad_0: [Float64Array.of(1, 2, 3)],
};
const numbers = {
  meta: {
    labels: [0, 1],
    loss: [0.5, 4e-9],
    layers: [{ filters: 12, offset: 0 }],
    top10: [0, 1].map((k) => top10(profile64(k))),
    inputSaliency: [{ sample: 0, boosted: [], cosineDistance: 0.6 }],
  },
  rows: (name: string) => arrays[name],
  json: () => [{ sample: 0, mode: 'channel', k: 3, logits: [1, 2] }],
} as unknown as Golden;

function right(): Answers {
  const explained = (): Answers['explained'] =>
    [0, 1].map((k) => ({ logits: Float32Array.from(arrays.logits[k]), loss: Math.fround(numbers.meta.loss[k]),
      profile: Float32Array.from(profile64(k)) })
    );
  return { explained: explained(), again: explained(), alone: explained(),
    maps: [{ gradient: Float32Array.of(1, 2, 3), distance: Math.fround(0.6) }], off: [Float32Array.of(1, 2)] };
}
const failed = (a: Answers): string[] => compareGolden(numbers, a).filter((c) => c.outcome !== 'passed').map((c) => c.name);

golden('passes what is right', () => assert.equal(failed(right()), []));

const broken: Record<string, [(a: Answers) => void, string]> = {
  'a logit that is off': [(a) => {
    a.explained[1].logits[0] += 2e-4;
  }, 'logits, largest'],
  'a logit that is NaN': [(a) => {
    a.explained[0].logits[1] = NaN;
  }, 'logits, largest'],
  'the small loss of a sure picture': [(a) => {
    (a.explained[1] as { loss: number }).loss = 0;
  }, 'loss'],
  'one filter of a profile': [(a) => {
    for (const e of [a.explained, a.again, a.alone]) e[0].profile[4] *= 1.002;
  }, 'largest relative error'],
  'a whole profile, a little': [(a) => {
    for (const e of [a.explained, a.again, a.alone].flat()) {
      e.profile.forEach((v, j) => {
        e.profile[j] = v * 1.00003;
      });
    }
  }, 'median relative error'],
  'two filters that change places': [(a) => {
    const p = a.explained[0].profile;
    const [i, j] = numbers.meta.top10[0];
    [p[i], p[j]] = [p[j], p[i]];
  }, 'ten most salient'],
  'the last bit of a rerun': [(a) => {
    new Uint32Array(a.again[1].profile.buffer)[3] ^= 1;
  }, 'a rerun changes'],
  'a picture that its batch changes': [(a) => {
    a.alone[0].profile[2] *= 1.00001;
  }, 'alone against in a batch'],
  'a map that is turned': [(a) => {
    a.maps[0].gradient[0] += 0.1;
  }, 'cosine similarity'],
  'a map that is too long': [(a) => {
    a.maps[0].gradient.forEach((v, j) => {
      a.maps[0].gradient[j] = v * 1.01;
    });
  }, 'its length'],
  'a map that is not finite': [(a) => {
    a.maps[0].gradient[0] = NaN;
  }, 'cosine similarity'],
  'another distance': [(a) => {
    (a.maps[0] as { distance: number }).distance = 0.61;
  }, 'of the distance'],
  'a logit with filters off': [(a) => {
    a.off[0][1] = 2.01;
  }, 'turned off'],
  'answers that are missing': [(a) => {
    (a as { maps: Answers['maps'] }).maps = [];
  }, 'missing'],
};
for (const [what, [spoil, name]] of Object.entries(broken)) {
  golden(`reports ${what}`, () => {
    const answers = right();
    spoil(answers);
    const names = failed(answers);
    assert.ok(names.some((n) => n.includes(name)), `reported: ${names.join('; ') || 'nothing'}`);
  });
}

golden.run();
