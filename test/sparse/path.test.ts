/** Paths on a made problem: certificates recomputed in float64, placements, schedules, penalties, losses; the same bits twice. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../reference/random.js';
import { DeviceRows } from '../../src/sparse/device-rows.js';
import { fista } from '../../src/sparse/fista.js';
import { HostRows } from '../../src/sparse/host-rows.js';
import { newton } from '../../src/sparse/newton.js';
import { lambdaGrid, PathSolver, type PathProblem, type PathWeights, type Placement } from '../../src/sparse/path.js';
import { penaltyOf, residualOf } from '../../src/sparse/penalty.js';
import { classCountsOf, standardizationOf, type FeatureRows } from '../../src/sparse/rows.js';
import { emptySaga, saga } from '../../src/sparse/saga.js';
import { devices } from '../support/device.js';

const N = 1500, P = 17, C = 4;

/** Rows whose classes lean on two features each; feature 3 is constant. */
function made(): FeatureRows {
  const draw = random('sparse rows'), labels = Int32Array.from({ length: N }, () => Math.floor(C * draw()));
  const x = Float32Array.from({ length: N * P }, (_, k) => {
    const j = k % P, c = labels[Math.floor(k / P)];
    return j === 3 ? 5 : 40 + 3 * (draw() + draw() - 1) + (j === c || j === c + 8 ? 1.5 : 0);
  });
  return { samples: N, features: P, labels, name: 'made', async *blocks(rows) {
    for (let start = 0; start < N; start += rows) {
      const count = Math.min(rows, N - start);
      yield { start, count, values: x.slice(start * P, (start + count) * P) };
    }
  } };
}

const rows = made(), counts = classCountsOf(rows, C);
const problem = (over: Partial<PathProblem> = {}): PathProblem => ({ loss: 'cross-entropy', alpha: 0.9, group: false, classes: C,
  tolerance: 1e-3, ...over });

async function pathOf(p: PathProblem, placement: Placement, which = 0): Promise<PathWeights[]> {
  const { device } = (await devices())[which],
    solver = await PathSolver.open(device, rows, await standardizationOf(rows), p, counts, { placement });
  const points: PathWeights[] = [];
  try {
    for (const lambda of lambdaGrid(await solver.lambdaMax(), 4, 0.02)) points.push(await solver.solve(lambda, points.at(-1) ?? null));
    return points;
  } finally {
    solver.destroy();
  }
}

const paths = suite('sparse paths');

for (const over of [{}, { group: true }, { alpha: 1 }, { loss: 'squared' as const }, { loss: 'squared' as const, group: true }]) {
  paths(`every point is a minimiser: ${JSON.stringify(over)}`, async () => {
    const p = problem(over), points = await pathOf(p, 'resident'),
      host = await HostRows.read(rows, await standardizationOf(rows), C, p.loss);
    assert.is(points[0].w.filter((v) => v !== 0).length, 0);
    for (const { w, b, lambda, kkt, objective } of points) {
      const penalty = { lambda, alpha: p.alpha, group: p.group }, { loss, gradient, intercepts } = host.evaluate({ w, b });
      const own = residualOf(w, gradient, intercepts, penalty);
      assert.ok(own <= 1e-3 * lambda * p.alpha && Math.abs(own - kkt) <= 1e-12, `residual ${own}, said ${kkt}`);
      assert.ok(Math.abs(loss + penaltyOf(w, C, penalty) - objective) < 1e-12);
      assert.ok(w.every((v, k) => v === Math.fround(v) && (k % P !== 3 || v === 0)));
    }
    const last = points[3].w.filter((v) => v !== 0).length;
    assert.ok(last > points[1].w.filter((v) => v !== 0).length && last > 0);
  });
}

paths('rows that are read at every pass give the same layers, and the same bits twice', async () => {
  const [kept, read, again] = [await pathOf(problem(), 'resident'), await pathOf(problem(), 'streamed'),
    await pathOf(problem(), 'streamed')];
  assert.equal(read.map(({ w, b }) => [[...w], [...b]]), again.map(({ w, b }) => [[...w], [...b]]));
  kept.forEach(({ w, objective }, k) => {
    assert.ok(Math.abs(objective - read[k].objective) < 1e-9);
    assert.ok(w.every((v, q) => (v === 0) === (read[k].w[q] === 0)));
  });
});

paths('FISTA by itself comes to the certificate, on every schedule and in both placements, also where nothing lies on the host',
  async () => {
    const standard = await standardizationOf(rows), host = await HostRows.read(rows, standard, C, 'cross-entropy');
    const penalty = { lambda: 0.01, alpha: 0.9, group: false }, zero = { w: new Float64Array(C * P), b: new Float64Array(C) };
    const exact = newton(host, (await pathOf(problem(), 'resident'))[2], penalty, 1e-12, 1e10);
    const best = exact.evaluation.loss + penaltyOf(exact.at.w, C, penalty);
    for (const { device } of await devices()) {
      for (const resident of [true, false]) {
        const columns = Int32Array.from({ length: P }, (_, j) => j);
        const placed = await DeviceRows.open(device, rows, standard, { classes: C, loss: 'cross-entropy', columns, resident });
        const { at, residual } = await fista(placed, zero, 1, { penalty, tolerance: 1e-3, most: 500 });
        placed.destroy();
        const { loss, gradient, intercepts } = host.evaluate(at), own = residualOf(at.w, gradient, intercepts, penalty);
        assert.ok(own <= 1.1e-3 * 0.009 && Math.abs(own - residual) <= 1e-6, `${own} and ${residual}`);
        assert.ok(Math.abs(loss + penaltyOf(at.w, C, penalty) - best) <= 1e-6 * best);
      }
    }
  });

paths('scores on the device are those of float64', async () => {
  const { device } = (await devices())[0], standard = await standardizationOf(rows);
  const [, , at] = await pathOf(problem(), 'resident'), host = await HostRows.read(rows, standard, C, 'cross-entropy');
  const columns = Int32Array.from({ length: P }, (_, j) => j);
  const placed = await DeviceRows.open(device, rows, standard, { classes: C, loss: 'cross-entropy', columns, resident: false });
  const { loss, predicted } = await placed.scores(at), u = host.logits(at);
  placed.destroy();
  assert.ok(Math.abs(loss - host.loss(at)) < 1e-6);
  predicted.forEach((c, i) => assert.ok(u[i * C + c] >= Math.max(...u.subarray(i * C, (i + 1) * C)) - 1e-5));
});

paths("the paper's own solver stops by its progress: near the optimum where lambda is large, and it says how near", async () => {
  const standard = await standardizationOf(rows), host = await HostRows.read(rows, standard, C, 'cross-entropy');
  const zero = { w: new Float64Array(C * P), b: new Float64Array(C) };
  const run = () => saga(host, zero, emptySaga(host), { lambda: 0.05, alpha: 0.9, group: false }, 1);
  const { at, epochs } = run(), { gradient, intercepts } = host.evaluate(at);
  const own = residualOf(at.w, gradient, intercepts, { lambda: 0.05, alpha: 0.9, group: false });
  assert.ok(epochs > 3 && own < 0.2 * 0.045, `${epochs} epochs, ${own}`);
  assert.equal([...run().at.w], [...at.w]);
});

paths.run();
