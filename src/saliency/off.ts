/** Turning filters off (section 3.1): masks for a network built with a channel mask. */

/** [filters]: ones, and zeros at the given filters. Throws where there is no such filter. */
export function maskOf(off: readonly number[], filters: number): Float32Array {
  const mask = new Float32Array(filters).fill(1);
  for (const k of off) {
    if (!Number.isInteger(k) || k < 0 || k >= filters) throw new Error(`there is no filter ${k}; the network has ${filters}`);
    mask[k] = 0;
  }
  return mask;
}
