/** Maps at another resolution. */

/** Bilinear interpolation of map [h*w] to [height*width]: half-pixel centres, edges repeated. */
export function resample(map: Float32Array, [h, w]: readonly [number, number], [height, width]: readonly [number, number]): Float32Array {
  if (h === height && w === width) return map;
  const taps = (from: number, to: number) =>
    Array.from({ length: to }, (_, k) => {
      const at = Math.min(from - 1, Math.max(0, ((k + 0.5) * from) / to - 0.5));
      const low = Math.floor(at);
      return { low, high: Math.min(from - 1, low + 1), share: at - low };
    });
  const rows = taps(h, height);
  const columns = taps(w, width);
  const out = new Float32Array(height * width);
  rows.forEach((r, y) =>
    columns.forEach((c, x) => {
      const row = (j: number) => map[j * w + c.low] * (1 - c.share) + map[j * w + c.high] * c.share;
      out[y * width + x] = row(r.low) * (1 - r.share) + row(r.high) * r.share;
    })
  );
  return out;
}
