/** A map without its noise from pixel to pixel: the control for what smoothing alone would do. */

/** Mean of a map [H*W] over size x size pixels (an odd number), edges repeated. */
export function boxMean(map: Float32Array, [height, width]: readonly [number, number], size = 5): Float32Array {
  const reach = (size - 1) / 2;
  const near = Array.from({ length: size }, (_, k) => k - reach);
  const within = (v: number, n: number) => Math.min(n - 1, Math.max(0, v));
  return map.map((_, k) => {
    const [x, y] = [k % width, Math.floor(k / width)];
    const row = (dy: number) => near.reduce((sum, dx) => sum + map[within(y + dy, height) * width + within(x + dx, width)], 0);
    return near.reduce((sum, dy) => sum + row(dy), 0) / size ** 2;
  });
}
