/** `misfire export`: the files it writes, run by onnxruntime and held against PyTorch's float64 numbers of the demo's network. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { decodeGraph } from '../../src/onnx/proto.js';
import { findOnnxruntime, RuntimeSession, type RuntimeTensor } from '../../src/runtime/onnxruntime.js';
import { misfire } from '../../reference/command.js';
import { compareDirections, relativeError } from '../../reference/errors.js';
import { demoGolden, type OffRow } from '../../reference/golden.js';
import { root } from '../../reference/paths.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { inputs } from '../golden/pictures.js';
import { ok } from '../support/outcomes.js';
import { ABSENT } from '../support/runtime.js';
import { skipUnless } from '../support/skip.js';

const MODEL = join(root, 'demo/model.onnx'), STATS = join(root, 'demo/stats.json');
const folder = mkdtempSync(join(tmpdir(), 'misfire-export-'));
const at = (name: string): string => join(folder, name);
const g = demoGolden(inputs);
const shape = [3, 40, 40];
const FILTERS = g.rows('profile')[0].length;

/** A model's outputs for some of the golden pictures, each output's rows apart. */
async function answers(file: string, samples: readonly number[],
  more: Record<string, RuntimeTensor> = {}): Promise<Record<string, number[][]>> {
  const session = await RuntimeSession.open(file, { threads: 1 });
  const pictures = Float32Array.from(samples.flatMap((k) => [...inputs[k]]));
  const outputs = await session.run({
    pictures: { data: pictures, shape: [samples.length, ...shape] },
    labels: { data: BigInt64Array.from(samples, (k) => BigInt(g.meta.labels[k])), shape: [samples.length] },
    ...more,
  });
  await session.close();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, shape: [count] }]) => {
      const each = data.length / count;
      return [name, samples.map((_, k) => Array.from(data.slice(k * each, (k + 1) * each), Number))];
    })
  );
}

const within = (got: readonly number[], want: ArrayLike<number>, tolerance: number, what: string): void => {
  const error = relativeError(got, want);
  assert.ok(error <= tolerance, `${what}: ${error.toExponential(2)} of the largest, allowed ${tolerance.toExponential(1)}`);
};

const test = suite('misfire export');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const NAMES: Record<string, readonly string[]> = {
  profile: ['profile', 'standardized', 'loss', 'logits'],
  map: ['gradient', 'distance', 'standardized', 'boosted', 'logits'],
  logits: ['loss', 'logits'],
};

test("each kind: no op but ONNX's own, opset 11, what it is of in its metadata; onnx's checker accepts it", async () => {
  for (const [what, names] of Object.entries(NAMES)) {
    const stats = what === 'logits' ? ['--mask'] : ['--stats', STATS];
    const { err } = await ok(misfire(['export', MODEL, at(`${what}.onnx`), '--what', what, ...stats], folder));
    assert.match(err, /any number of pictures/);
    const graph = decodeGraph(new Uint8Array(readFileSync(at(`${what}.onnx`))));
    assert.is(graph.opset, 11);
    assert.ok(graph.nodes.every((n) => n.domain === ''));
    assert.equal(graph.outputs.map((o) => o.name), names);
    assert.is(graph.outputs[0].dims![0], 'batch');
    assert.is(graph.metadata.get('misfire.what'), what);
    assert.is(graph.metadata.get('misfire.model.sha256'), g.meta.sha256!.model);
    assert.is(JSON.parse(graph.metadata.get('misfire.layers')!).length, g.meta.layers.length);
  }
  await ok(misfire(['export', MODEL, at('apart.onnx'), '--external-data', '--batch', '2'], folder));
  assert.ok(statSync(at('apart.onnx.data')).size > 200_000);
  if (!skipUnless(spawnSync('/usr/bin/python3', ['-c', 'import onnx']).status === 0, "onnx's checker: /usr/bin/python3 has no onnx")) {
    return;
  }
  const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  const check = spawnSync('/usr/bin/python3', ['-c', 'import onnx,sys\nfor f in sys.argv[1:]: onnx.checker.check_model(f, full_check=True)',
    ...files], { cwd: folder, encoding: 'utf8' });
  assert.is(check.status, 0, check.stderr);
});

if (skipUnless(await findOnnxruntime() !== null, ABSENT)) {
  test('profiles: any number of pictures, as PyTorch has them; the same with weights in a file of their own', async () => {
    const all = inputs.map((_, k) => k);
    const [whole, alone, apart] = [await answers(at('profile.onnx'), all), await answers(at('profile.onnx'), [1]),
      await answers(at('apart.onnx'), [1, 2])];
    for (const k of all) {
      within(whole.standardized[k], g.rows('standardized')[k], TOLERANCE.demoStandardized, `picture ${k}, standardized`);
      within(whole.logits[k], g.rows('logits')[k], TOLERANCE.demoLogits, `picture ${k}, logits`);
      assert.ok(Math.abs(whole.loss[k][0] / g.meta.loss[k] - 1) <= TOLERANCE.demoLoss, `picture ${k}: loss ${whole.loss[k][0]}`);
    }
    within(alone.profile[0], whole.profile[1], TOLERANCE.runtimeBatch, 'one picture, and among others');
    within(apart.profile[0], whole.profile[1], TOLERANCE.runtimeBatch, 'weights apart');
  });

  test("the map: the filters it boosts are those of the ranking, its gradient is PyTorch's", async () => {
    const asked = g.meta.inputSaliency;
    const { gradient, distance, boosted } = await answers(at('map.onnx'), asked.map((a) => a.sample));
    for (const [k, { sample, boosted: want, cosineDistance }] of asked.entries()) {
      assert.equal(boosted[k], want);
      const { off, length } = compareDirections(gradient[k], g.rows(`input_grad_${sample}`).flatMap((row) => [...row]));
      assert.ok(off <= TOLERANCE.demoMapCosine, `picture ${sample}: cosine similarity 1 - ${off}`);
      assert.ok(Math.abs(length - 1) <= TOLERANCE.demoMapLength);
      assert.ok(Math.abs(distance[k][0] / cosineDistance - 1) <= TOLERANCE.demoMapDistance);
    }
  });

  test('logits: filters off where the mask says so, one row for all pictures or one for each', async () => {
    const row = g.json<OffRow[]>('prune.json').find((r) => r.mode === 'channel' && r.k === 5)!;
    const off = new Set(g.meta.top10[row.sample].slice(0, row.k));
    assert.is(off.size, row.k, 'a row of at most ten filters');
    const data = Float32Array.from({ length: FILTERS }, (_, k) => (off.has(k) ? 0 : 1));
    const ones = new Float32Array(FILTERS).fill(1);
    const both = { mask: { data: Float32Array.from([...ones, ...data]), shape: [2, FILTERS] } };
    const { logits: [bare, masked] } = await answers(at('logits.onnx'), [row.sample, row.sample], both);
    const { logits: [first, second] } = await answers(at('logits.onnx'), [row.sample, row.sample], { mask: { data, shape: [1, FILTERS] } });
    within(bare, g.rows('logits')[row.sample], TOLERANCE.demoLogits, 'none off');
    for (const got of [masked, first, second]) within(got, row.logits, TOLERANCE.demoLogits, `${row.k} filters off`);
  });

  test('what the file computes is what explain prints, by either backend', async () => {
    const { profile } = await answers(at('profile.onnx'), [0]);
    const npy = at('x.npy');
    writeFileSync(npy, writeNpy(ndarray(inputs[0], [1, ...shape])));
    for (const backend of ['webgpu', 'onnxruntime']) {
      const { out, err } = await ok(
        misfire(['explain', npy, '--model', MODEL, '--label', String(g.meta.labels[0]), '--json', '-', '--backend', backend], folder)
      );
      const said = JSON.parse(out) as { samples: { profile: number[] }[] };
      within(said.samples[0].profile, profile[0], TOLERANCE.runtimeBatch, backend);
      if (backend === 'onnxruntime') assert.match(err, /computing with onnxruntime [\d.]+ \(cpu\), as asked for/);
    }
  });
}

test('what cannot be written is refused, and nothing is left', async () => {
  const bad = async (args: string[], code: number, message: RegExp): Promise<void> => {
    const ended = await misfire(['export', ...args], folder);
    assert.is(ended.code, code, ended.err);
    assert.match(ended.err, message);
  };
  await bad([MODEL, at('no.onnx'), '--what', 'map'], 2, /needs statistics/);
  await bad([MODEL, at('no.onnx'), '--batch', '0'], 2, /whole number of at least 1/);
  await bad([MODEL, at('none/no.onnx')], 1, /does not exist/);
  await bad([STATS, at('no.onnx')], 1, /no ONNX model/);
  assert.not.ok(existsSync(at('no.onnx')));
});

test.run();
