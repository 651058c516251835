/**
 * Quantiles of every filter's saliency in one pass and bounded memory: counts in bins that a float32's exponent and the
 * first three bits of its fraction choose, eight to each doubling. A quantile is right to the width of a bin, at most 1/8
 * of its value; within a bin, samples are taken to be spread evenly.
 */

/** What is below 2^-40 (9e-13) counts as 0, what is above 2^8 as that. */
const LOWEST = -40, HIGHEST = 8;
const DROPPED_BITS = 20;
const BASE = (127 + LOWEST) << 3;
const BINS = ((HIGHEST - LOWEST) << 3) + 1;

const EDGES = Float64Array.from({ length: BINS + 1 },
  (_, bin) => (bin === 0 ? 0 : 2 ** (LOWEST + ((bin - 1) >> 3)) * (1 + ((bin - 1) & 7) / 8)));

/** Quantiles of the saliency of each of so many filters, over the profiles added. */
export class Quantiles {
  #samples = 0;
  /** [filters, BINS] */
  readonly #counts: Uint32Array;

  constructor(readonly filters: number) {
    this.#counts = new Uint32Array(filters * BINS);
  }

  get samples(): number {
    return this.#samples;
  }

  /** Adds the profile that begins at `at`. Saliencies are not negative. */
  add(profiles: Float32Array, at = 0): void {
    const bits = new Uint32Array(profiles.buffer, profiles.byteOffset + 4 * at, this.filters);
    const counts = this.#counts;
    for (let k = 0; k < bits.length; k++) {
      const bin = (bits[k] >>> DROPPED_BITS) - BASE + 1;
      counts[k * BINS + (bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin)]++;
    }
    this.#samples++;
  }

  /** Adds what another has counted. Throws where it is of another number of filters. */
  addAll(other: Quantiles): void {
    if (other.filters !== this.filters) {
      throw new Error(`quantiles of ${this.filters} and of ${other.filters} filters cannot be joined; they belong to different models`);
    }
    other.#counts.forEach((count, k) => (this.#counts[k] += count));
    this.#samples += other.#samples;
  }

  /** [filters]: the saliency that a share `p` of the samples does not exceed. Zero where there are no samples. */
  quantile(p: number): Float64Array {
    const wanted = p * this.#samples;
    return Float64Array.from({ length: this.filters }, (_, k) => {
      let before = 0;
      for (let bin = 0; bin < BINS; bin++) {
        const count = this.#counts[k * BINS + bin];
        if (count > 0 && before + count >= wanted) {
          return bin === 0 ? 0 : EDGES[bin] + ((EDGES[bin + 1] - EDGES[bin]) * (wanted - before)) / count;
        }
        before += count;
      }
      return 0;
    });
  }
}
