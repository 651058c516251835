/**
 * Random numbers that are a function of where they stand: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3", 2011). A block of four words follows from a key and a counter alone, so that any number of a sequence is had without the
 * ones before it, in any order, on any number of machines, in any language. On the host only.
 *
 * Normal numbers are sums of twelve 16-bit integers (Irwin and Hall): no logarithm and no cosine, which differ between machines.
 */

/** What a stream of numbers belongs to: `seed` and `purpose` are the key, `tensor` and `model` two words of the counter. */
export interface Stream {
  readonly seed: number;
  readonly purpose: number;
  /** Or an epoch, or a step; 0 where left out. */
  readonly tensor?: number;
  /** 0 where left out. */
  readonly model?: number;
}

const WORDS = 2 ** 32;
const HALF = 2 ** 16;
const ROUNDS = 10;
/** Twelve halves of 0 to 65535 come to this on the mean; a sum's variance is 2^32 - 1, so that 65536 of it are one deviation. */
const MEAN = 6 * (HALF - 1);

/** The upper 32 bits of a 64-bit product of two whole numbers below 2^32. */
function high(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  // Every sum here stays below 2^53: each term is below 2^32.
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / HALF);
  const carried = aLow * bHigh + (middle % HALF);
  return (aHigh * bHigh + Math.floor(middle / HALF) + Math.floor(carried / HALF)) >>> 0;
}

/** Four words, whole numbers below 2^32, of a key of two words and a counter of four; what is larger is taken modulo 2^32. */
export function philox(key: readonly [number, number],
  counter: readonly [number, number, number, number]): [number, number, number, number] {
  let [k0, k1] = key;
  let [c0, c1, c2, c3] = counter;
  for (let round = 0; round < ROUNDS; round++) {
    const h0 = high(0xd2511f53, c0 >>> 0), l0 = Math.imul(0xd2511f53, c0) >>> 0;
    const h1 = high(0xcd9e8d57, c2 >>> 0), l1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Block `index` of a stream: four words. Throws where a number of the stream, or the index, is no whole number of 0 to 2^32 - 1. */
export function block({ seed, purpose, tensor = 0, model = 0 }: Stream, index: number): [number, number, number, number] {
  for (const [name, value] of Object.entries({ seed, purpose, tensor, model, index })) {
    if (!(Number.isInteger(value) && value >= 0 && value < WORDS)) {
      throw new Error(`the ${name} of random numbers must be a whole number of 0 to 4294967295, got ${value}`);
    }
  }
  return philox([seed, purpose], [index, tensor, model, 0]);
}

/** Word `index` of a stream: word index mod 4 of block index / 4. */
export const word = (stream: Stream, index: number): number => block(stream, Math.floor(index / 4))[index % 4];

/** Number `index` of a stream, in [0, 1): a multiple of 2^-32. It takes word 0 of a block of its own. */
export const uniform = (stream: Stream, index: number): number => block(stream, index)[0] / WORDS;

/**
 * Number `index` of a stream, of mean 0 and variance 1 - 2^-32, between -6 and 6 and exact in float32: (sum of both halves of the first
 * six words of blocks 2 index and 2 index + 1, less 393210) / 65536.
 */
export function normal(stream: Stream, index: number): number {
  const words = [...block(stream, 2 * index), ...block(stream, 2 * index + 1)];
  let sum = 0;
  for (let k = 0; k < 6; k++) sum += (words[k] >>> 16) + (words[k] & 0xffff);
  return (sum - MEAN) / HALF;
}

/** `count` normal numbers of a stream, from number `first` on. */
export const normals = (stream: Stream, count: number, first = 0): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => normal(stream, first + k));

/** `count` uniform numbers of a stream, from number `first` on; float64, which holds all 32 bits. */
export const uniforms = (stream: Stream, count: number, first = 0): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => uniform(stream, first + k));
