/**
 * A seeded generator of random numbers (Marsaglia's xorshift128), so that what is drawn at random, controls, resamples and
 * the demo's pictures alike, is the same on every machine.
 */
export class Random {
  private readonly s = new Uint32Array(4);

  /** Equal seeds give equal sequences; each further number (the id of a sample, say) opens a sequence of its own. */
  constructor(...seed: readonly number[]) {
    let h = 0x9e3779b9;
    for (const n of [...seed, seed.length]) h = mix(h ^ mix(n >>> 0));
    for (let k = 0; k < 4; k++) this.s[k] = h = mix(h + 0x9e3779b9);
    this.s[3] |= 1; // the state must not be all zero
  }

  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number {
    const { s } = this;
    let t = s[3];
    t ^= t << 11;
    t ^= t >>> 8;
    s[3] = s[2];
    s[2] = s[1];
    s[1] = s[0];
    s[0] = t ^ s[0] ^ (s[0] >>> 19);
    return s[0] / 0x100000000;
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Mean 0, deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `count` different whole numbers in [0, n), in random order. Throws where there are not so many. */
  choose(count: number, n: number): number[] {
    if (count > n) throw new Error(`cannot choose ${count} different numbers below ${n}`);
    const all = Array.from({ length: n }, (_, k) => k);
    for (let k = 0; k < count; k++) {
      const j = k + this.below(n - k);
      [all[k], all[j]] = [all[j], all[k]];
    }
    return all.slice(0, count);
  }
}

/** Spreads a change of any bit over all 32 (a bijection: two multiplications between xor-shifts). */
function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
