/** Gauss and Legendre's rule on [0, 1]: sum of weights[k] f(points[k]) is the integral of every polynomial of degree 2 n - 1. */
export function gaussLegendre(n: number): { readonly points: Float64Array; readonly weights: Float64Array } {
  const points = new Float64Array(n), weights = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    // Newton's method from Tricomi's estimate of the k-th root of the Legendre polynomial, which it reaches in a few steps.
    let x = Math.cos(Math.PI * (k + 0.75) / (n + 0.5));
    let slope = 0;
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, x];
      for (let j = 2; j <= n; j++) [before, value] = [value, ((2 * j - 1) * x * value - (j - 1) * before) / j];
      slope = n * (x * value - before) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    points[n - 1 - k] = (x + 1) / 2;
    weights[n - 1 - k] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}
