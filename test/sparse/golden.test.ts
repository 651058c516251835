/** Paths of ResNet-20 and ResNet-50 against minimisers computed in float64 by another program (../shared/sparse). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from '../../reference/paths.js';
import { parseNpy } from '../../src/data/npy.js';
import { parse } from 'csv-parse/sync';
import { HostRows } from '../../src/sparse/host-rows.js';
import { PathSolver, type PathWeights } from '../../src/sparse/path.js';
import { residualOf } from '../../src/sparse/penalty.js';
import { classCountsOf, standardizationOf, type FeatureRows } from '../../src/sparse/rows.js';
import { devices } from '../support/device.js';
import { skipUnless } from '../support/skip.js';

interface Golden {
  readonly tag: string;
  readonly alpha: number;
  readonly group: boolean;
  readonly lambdaMax: number;
  readonly path: readonly { lam: number; objective: number; heldAccuracy: number; trainAccuracy: number }[];
}

const at = (...names: string[]): string => join(shared, 'sparse', ...names);
const numbers = (path: string): ArrayLike<number> => parseNpy(readFileSync(path), path).data as ArrayLike<number>;
const C = 10;

function rowsOf(x: ArrayLike<number>, p: number, labels: ArrayLike<number>, keep: (k: number) => boolean = () => true): FeatureRows {
  const kept = Array.from(labels, (_, k) => k).filter(keep), own = Int32Array.from(kept, (k) => labels[k]);
  return { samples: kept.length, features: p, labels: own, name: 'golden', async *blocks(most) {
    for (let start = 0; start < kept.length; start += most) {
      const some = kept.slice(start, start + most), values = new Float32Array(some.length * p);
      some.forEach((k, q) => {
        for (let j = 0; j < p; j++) values[q * p + j] = x[k * p + j];
      });
      yield { start, count: some.length, values };
    }
  } };
}

/** Each point: lambda_max, residual, objective, support and accuracies as the issue of the golden numbers asks. */
async function check(train: FeatureRows, held: FeatureRows, run: Golden, W: ArrayLike<number>, points: number): Promise<void> {
  const p = train.features, standard = await standardizationOf(train), { device } = (await devices())[0];
  const solver = await PathSolver.open(device, train, standard, { loss: 'cross-entropy', alpha: run.alpha, group: run.group, classes: C,
    tolerance: 1e-3 }, classCountsOf(train, C));
  const [host, unseen] = [await HostRows.read(train, standard, C, 'cross-entropy'),
    await HostRows.read(held, standard, C, 'cross-entropy')];
  try {
    assert.ok(Math.abs(await solver.lambdaMax() / run.lambdaMax - 1) < 1e-6);
    let before: PathWeights | null = null;
    for (const [k, { lam, objective, heldAccuracy, trainAccuracy }] of run.path.slice(0, points).entries()) {
      before = await solver.solve(lam, before);
      const { gradient, intercepts } = host.evaluate(before);
      const residual = residualOf(before.w, gradient, intercepts, { lambda: lam, alpha: run.alpha, group: run.group }) / lam / run.alpha;
      assert.ok(residual <= 1e-3, `lambda ${lam}: KKT residual ${residual} of lambda alpha`);
      assert.ok(Math.abs(before.objective / objective - 1) <= 1e-6, `lambda ${lam}: objective ${before.objective}, not ${objective}`);
      for (let q = 0; q < C * p; q++) {
        const want = W[k * C * p + q];
        assert.ok((before.w[q] !== 0) === (want !== 0) || Math.abs(want) < 1e-4, `lambda ${lam}, weight ${q}: ${before.w[q]}, not ${want}`);
      }
      for (const [rows, of] of [[host, trainAccuracy], [unseen, heldAccuracy]] as const) {
        assert.ok(Math.abs(accuracyOf(rows, before) - of) <= 1e-3 + 1e-9, `lambda ${lam}: accuracy ${accuracyOf(rows, before)}, not ${of}`);
      }
    }
  } finally {
    solver.destroy();
  }
}

function accuracyOf(rows: HostRows, weights: PathWeights): number {
  const u = rows.logits(weights);
  return rows.labels.filter((label, i) => {
    const row = u.subarray(i * C, (i + 1) * C);
    return row.indexOf(Math.max(...row)) === label;
  }).length / rows.samples;
}

const golden = suite('sparse layers against another program');

if (skipUnless(existsSync(at('golden')), 'no golden sparse layers in ../shared/sparse')) {
  const folder = (name: string) => at('golden/cifar10-resnet20', `${name}.npy`);
  const runs: Golden[] = JSON.parse(readFileSync(at('golden/cifar10-resnet20/meta.json'), 'utf8')).runs;
  for (const [tag, points] of [['a99', 4], ['a1', 3], ['group', 2]] as const) {
    golden(`ResNet-20, ${tag}`, async () => {
      const [train, held] = ['train', 'held'].map((n) => rowsOf(numbers(folder(`features_${n}`)), 64, numbers(folder(`labels_${n}`))));
      await check(train, held, runs.find((r) => r.tag === tag)!, numbers(folder(`${tag}_W`)), points);
    });
  }
  golden('ResNet-50, fewer rows than features', async () => {
    const [run]: Golden[] = JSON.parse(readFileSync(at('golden/imagenet-resnet50/meta.json'), 'utf8')).runs;
    const group = numbers(at('golden/imagenet-resnet50/superclass.npy'));
    const rows: { label: string }[] = parse(readFileSync(join(shared, 'data/imagenet/val650/labels.csv')), { columns: true });
    const labels = rows.map(({ label }) => Number(group[Number(label)])), x = numbers(at('features/resnet50_val650.npy'));
    const W = new Float64Array(run.path.length * C * 2048), index = numbers(at('golden/imagenet-resnet50/W_index.npy'));
    Array.from(numbers(at('golden/imagenet-resnet50/W_value.npy'))).forEach((v, k) => {
      W[(Number(index[3 * k]) * C + Number(index[3 * k + 1])) * 2048 + Number(index[3 * k + 2])] = v;
    });
    await check(rowsOf(x, 2048, labels, (k) => k % 5 !== 4), rowsOf(x, 2048, labels, (k) => k % 5 === 4), run, W, 5);
  });
}

golden.run();
