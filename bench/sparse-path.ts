/**
 * `node dist/bench/sparse-path.js features.npy labels.npy [lambdas] [epsilon] [alpha]`: one path by this program, in seconds of the
 * wall's clock and of all its threads' processor time, beside bench/peers/sparse_sklearn.py and sparse_glmnet.R, which solve the same
 * one. Compiling of shaders is told apart. `taskset -c 1` before it gives it one core.
 */
import { openDawnDevice } from '../src/dawn.js';
import { openFeatures } from '../src/local/features.js';
import { lambdaGrid, PathSolver, type PathWeights } from '../src/sparse/path.js';
import { classCountsOf, standardizationOf } from '../src/sparse/rows.js';

const [x, y, count = '20', epsilon = '1e-3', alpha = '0.99'] = process.argv.slice(2);
const rows = await openFeatures(`${x},${y}`), classes = Math.max(...rows.labels) + 1;
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const device = await openDawnDevice(), [before, began] = [cpu(), performance.now()];
const solver = await PathSolver.open(device, rows, await standardizationOf(rows), { loss: 'cross-entropy', alpha: Number(alpha),
  group: false, classes, tolerance: 1e-3 }, classCountsOf(rows, classes));
const lambdas = lambdaGrid(await solver.lambdaMax(), Number(count), Number(epsilon));
const [ready, at] = [cpu(), performance.now()];
let point: PathWeights | null = null, worst = 0;
for (const lambda of lambdas) {
  point = await solver.solve(lambda, point);
  worst = Math.max(worst, point.kkt / lambda / Number(alpha));
}
console.log(
  JSON.stringify({ program: 'misfire', adapter: device.adapter.description, lambdas: lambdas.length, kkt: worst, cpuSeconds: cpu() - ready,
    seconds: (performance.now() - at) / 1000, setUpCpuSeconds: ready - before, setUpSeconds: (at - began) / 1000,
    passes: solver.rows.passes })
);
solver.destroy();
device.destroy();
