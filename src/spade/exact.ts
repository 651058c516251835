/**
 * Exact OBC (ExactOBS; Frantar, Singh and Alistarh, arXiv 2208.11580), in float64: row by row the weight whose removal costs least goes,
 * w_j^2 / (2 inv_jj) with inv the inverse Hessian of those that are left, and all others are moved to where they serve best:
 * w -= inv[:, j] w_j / inv_jj, inv -= inv[:, j] inv[j, :] / inv_jj. Then ceil(rows columns s) steps are taken over all rows, the cheapest
 * next step first. Every state is the least-squares solution on its support. O(rows D^3): for D up to a few hundred.
 */
import type { Solution } from './fast.js';

interface Row {
  /** What the row's first steps cost, one after another. */
  readonly costs: Float64Array;
  /** The column that each step takes. */
  readonly order: Int32Array;
}

export interface ExactElimination {
  readonly rows: number;
  readonly columns: number;
  readonly sparsity: number;
  /** Each row as many steps as it has among the cheapest of all, whatever their order, as the code that was released counts. */
  readonly released?: boolean;
}

/** `W` [rows, columns] with dead columns at 0, `inverse` of the damped Hessian; columns that are dead are never kept. */
export function exactObc(W: Float64Array, inverse: Float64Array, dead: Uint8Array, how: ExactElimination): Solution {
  const { rows, columns: D, sparsity, released = false } = how;
  const steps = Math.ceil(rows * D * sparsity - 1e-9);
  const orders = Array.from({ length: rows }, (_, r) => eliminate(W.subarray(r * D, (r + 1) * D), inverse, D, D).row);
  const taken = released ? amongCheapest(orders, steps, D) : cheapestFirst(orders, steps, D);
  const weights = new Float64Array(rows * D), kept = new Uint8Array(rows * D);
  let loss = 0;
  for (let r = 0; r < rows; r++) {
    const { w, row } = eliminate(W.subarray(r * D, (r + 1) * D), inverse, D, taken[r]);
    weights.set(w, r * D);
    for (let d = 0; d < D; d++) kept[r * D + d] = 1 - dead[d];
    for (let k = 0; k < taken[r]; k++) {
      kept[r * D + row.order[k]] = 0;
      loss += row.costs[k];
    }
  }
  return { weights, kept, loss };
}

/** The first `steps` steps of one row: what they cost, and the weights after them. */
function eliminate(start: Float64Array, inverse: Float64Array, D: number, steps: number): { w: Float64Array; row: Row } {
  const w = Float64Array.from(start);
  const row: Row = { costs: new Float64Array(steps), order: new Int32Array(steps) };
  if (steps === 0) return { w, row };
  const inv = Float64Array.from(inverse);
  const out = new Uint8Array(D);
  const pivotRow = new Float64Array(D);
  for (let step = 0; step < steps; step++) {
    let j = -1, least = Infinity;
    for (let d = 0; d < D; d++) {
      if (out[d]) continue;
      const score = w[d] ** 2 / inv[d * D + d];
      if (j < 0 || score < least) [j, least] = [d, score];
    }
    row.costs[step] = least / 2;
    row.order[step] = j;
    out[j] = 1;
    pivotRow.set(inv.subarray(j * D, (j + 1) * D));
    const pivot = pivotRow[j], move = w[j] / pivot;
    for (let i = 0; i < D; i++) {
      if (out[i]) {
        w[i] = 0;
        continue;
      }
      w[i] -= pivotRow[i] * move;
      const factor = pivotRow[i] / pivot, at = i * D;
      for (let d = 0; d < D; d++) inv[at + d] -= factor * pivotRow[d];
    }
  }
  return { w, row };
}

/** How many steps each row takes where the cheapest next step of all rows is always the one taken (a heap). */
function cheapestFirst(rows: readonly Row[], steps: number, D: number): Int32Array {
  const taken = new Int32Array(rows.length);
  const cost = (r: number): number => rows[r].costs[taken[r]];
  const before = (a: number, b: number): boolean => cost(a) < cost(b) || (cost(a) === cost(b) && a < b);
  const heap = rows.map((_, r) => r);
  const sink = (at: number): void => {
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], heap[at])) return;
      [heap[at], heap[child]] = [heap[child], heap[at]];
      at = child;
    }
  };
  for (let k = heap.length >> 1; k-- > 0;) sink(k);
  for (let step = 0; step < steps; step++) {
    const [r] = heap;
    if (++taken[r] === D) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    sink(0);
  }
  return taken;
}

function amongCheapest(rows: readonly Row[], steps: number, D: number): Int32Array {
  const taken = new Int32Array(rows.length);
  const all = Array.from({ length: rows.length * D }, (_, k) => k);
  const cost = (k: number): number => rows[Math.floor(k / D)].costs[k % D];
  all.sort((a, b) => cost(a) - cost(b) || a - b);
  for (const k of all.slice(0, steps)) taken[Math.floor(k / D)]++;
  return taken;
}
