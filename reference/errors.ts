/** How far numbers are from what they should be. */

/** Largest deviation relative to the reference's largest magnitude; NaN must meet NaN, infinity itself, zeros must be zeros. */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) throw new Error(`${got.length} values instead of ${want.length}`);
  let scale = 0;
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || got[i] === want[i]) {
      if (Number.isFinite(want[i])) scale = Math.max(scale, Math.abs(want[i]));
      continue;
    }
    if (!Number.isFinite(want[i]) || !Number.isFinite(got[i])) return Infinity;
    scale = Math.max(scale, Math.abs(want[i]));
    worst = Math.max(worst, Math.abs(got[i] - want[i]));
  }
  return worst === 0 ? 0 : worst / scale;
}

/** 1 less the cosine similarity of two arrays, without what rounds away where they are all but equal: |a - b|^2 / 2 of unit vectors. */
export function cosineDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [n, m] = [a, b].map((v) => Math.sqrt(Array.from(v).reduce((t, x) => t + x * x, 0)));
  if (a.length !== b.length || n === 0 || m === 0) return a.length === b.length && n === m ? 0 : Infinity;
  return Array.from(a).reduce((t, x, k) => t + (x / n - b[k] / m) ** 2, 0) / 2;
}

/** Values of two arrays that differ in any bit; NaN where there are not as many in both. */
export function changedValues(a: Float32Array, b: Float32Array): number {
  const [x, y] = [a, b].map((v) => new Uint32Array(v.buffer, v.byteOffset, v.length));
  return x.length === y.length ? x.reduce((n, v, k) => n + (v === y[k] ? 0 : 1), 0) : NaN;
}

/** The value below which the share `q` of the values lies. */
export const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))];

/** Relative errors of a profile's filters above 1e-6 of their layer's largest, and the error's L2 norm over the profile's. */
export function profileErrors(profile: ArrayLike<number>, expected: ArrayLike<number>,
  layers: readonly { readonly offset: number; readonly filters: number }[]): { relative: number[]; norm: number } {
  const relative: number[] = [];
  let wrong = 0;
  let whole = 0;
  for (const { offset, filters } of layers) {
    let largest = 0;
    for (let k = offset; k < offset + filters; k++) largest = Math.max(largest, expected[k]);
    for (let k = offset; k < offset + filters; k++) {
      wrong += (profile[k] - expected[k]) ** 2;
      whole += expected[k] ** 2;
      if (expected[k] > 1e-6 * largest) relative.push(Math.abs(profile[k] - expected[k]) / expected[k]);
    }
  }
  return { relative, norm: Math.sqrt(wrong / whole) };
}

/** How a gradient lies to the expected one: 1 - cosine similarity, and how many times as long it is. */
export function compareDirections(got: ArrayLike<number>, want: ArrayLike<number>): { off: number; length: number } {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
    let sum = 0;
    for (let k = 0; k < want.length; k++) sum += x[k] * y[k];
    return sum;
  };
  const [gg, gw, ww] = [dot(got, got), dot(got, want), dot(want, want)];
  return { off: 1 - gw / Math.sqrt(gg * ww), length: Math.sqrt(gg / ww) };
}
