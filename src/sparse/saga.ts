/**
 * The paper's own solver (minibatch SAGA after arXiv 1902.00071, as released), in float64 on the host, so that what its stopping rule
 * leaves can be compared with a certified optimum. Of a minibatch B with residuals a = softmax(W z + b) - y and their table A:
 *
 *   dW = (a - A_B)^T Z_B / |B|;   W <- prox(W - rate (dW + gW), rate);   A_B = a;   gW += dW |B| / n;   the same for b without prox
 *
 * Table and averages are carried along the path. It stops when the objective, summed up while the epoch goes on, has not fallen by
 * `fall` below the best one for LOOKBEHIND epochs: a rule about progress, none about optimality.
 */
import type { HostRows } from './host-rows.js';
import { penaltyOf, proximalStep, type Penalty, type Weights } from './penalty.js';
import { Random } from '../saliency/random.js';

export interface SagaOptions {
  readonly batch: number;
  readonly rate: number;
  readonly fall: number;
  readonly epochs: number;
}

/** As released for small sets. */
export const SAGA: SagaOptions = { batch: 256, rate: 0.1, fall: 1e-4, epochs: 2000 };
const LOOKBEHIND = 3;

/** What is carried from one lambda to the next: [n,C], [C,p], [C]. */
export interface SagaState {
  readonly table: Float64Array;
  readonly gw: Float64Array;
  readonly gb: Float64Array;
}

export const emptySaga = ({ samples, classes, features }: HostRows): SagaState => ({ table: new Float64Array(samples * classes),
  gw: new Float64Array(classes * features), gb: new Float64Array(classes) });

/** One lambda; `state` is changed. Returns where it stopped and how many epochs it took. */
export function saga(rows: HostRows, start: Weights, state: SagaState, penalty: Penalty, seed: number,
  { batch, rate, fall, epochs }: SagaOptions = SAGA): { at: Weights; epochs: number } {
  const { samples: n, features: p, classes: C, z, labels, kind } = rows, { table, gw, gb } = state;
  let w = start.w.slice(), next = new Float64Array(w.length), best = Infinity, since = 0, epoch = 0;
  const b = start.b.slice(), random = new Random(seed);
  const dw = new Float64Array(C * p), db = new Float64Array(C), u = new Float64Array(C);
  const order = Int32Array.from({ length: n }, (_, k) => k);
  while (epoch < epochs && since < LOOKBEHIND) {
    for (let k = n - 1; k > 0; k--) {
      const other = random.below(k + 1);
      [order[k], order[other]] = [order[other], order[k]];
    }
    let objective = 0;
    for (let from = 0; from < n; from += batch) {
      const size = Math.min(batch, n - from);
      dw.fill(0);
      db.fill(0);
      let loss = 0;
      for (let q = from; q < from + size; q++) {
        const i = order[q];
        loss += residuals(u, z, i * p, labels[i], w, b, kind === 'squared');
        for (let c = 0; c < C; c++) {
          const d = (u[c] - table[i * C + c]) / size;
          table[i * C + c] = u[c];
          if (d === 0) continue;
          db[c] += d;
          for (let j = 0; j < p; j++) dw[c * p + j] += d * z[i * p + j];
        }
      }
      objective += loss / n + size / n * penaltyOf(w, C, penalty);
      const step = gw.map((g, k) => g + dw[k]);
      proximalStep(next, w, step, rate, C, penalty);
      [w, next] = [next, w];
      for (let c = 0; c < C; c++) b[c] -= rate * (db[c] + gb[c]);
      for (let k = 0; k < gw.length; k++) gw[k] += dw[k] * size / n;
      for (let c = 0; c < C; c++) gb[c] += db[c] * size / n;
    }
    epoch++;
    since = objective + fall < best ? 0 : since + 1;
    best = Math.min(best, objective);
  }
  return { at: { w, b }, epochs: epoch };
}

/** Residuals of row z of label y into u; returns its loss. */
function residuals(u: Float64Array, z: Float64Array, at: number, y: number, w: Float64Array, b: Float64Array, squared: boolean): number {
  const C = b.length, p = w.length / C;
  let top = -Infinity;
  for (let c = 0; c < C; c++) {
    let s = b[c];
    for (let j = 0; j < p; j++) s += w[c * p + j] * z[at + j];
    u[c] = s;
    if (s > top) top = s;
  }
  if (squared) {
    u[y] -= 1;
    return u.reduce((sum, v) => sum + v * v / 2, 0);
  }
  const behind = top - u[y];
  let all = 0, others = 0;
  for (let c = 0; c < C; c++) {
    u[c] = Math.exp(u[c] - top);
    all += u[c];
    if (c !== y) others += u[c];
  }
  for (let c = 0; c < C; c++) u[c] = c === y ? -others / all : u[c] / all;
  return behind > 0 ? behind + Math.log(all) : Math.log1p(others);
}
