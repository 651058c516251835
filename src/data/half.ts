/** Floats of sixteen bits, which ONNX files and stored profiles may have: to numbers and back, rounding to the nearest, ties to even. */

const word = new Uint32Array(1);
const asFloat = new Float32Array(word.buffer);

/** IEEE half precision: 1 sign, 5 exponent, 10 fraction bits. */
export function fromHalf(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Infinity where the number passes what half precision holds. */
export function toHalf(v: number): number {
  const sign = v < 0 || Object.is(v, -0) ? 0x8000 : 0;
  const a = Math.abs(v);
  // Halfway between the largest number and the next power of two.
  if (a >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(a)));
  // In units of the last place; an exponent one too large or small (log2 rounds) carries over by itself.
  const units = roundEven(a * 2 ** (10 - exponent));
  return sign | (units + (exponent + 14) * 1024);
}

/** bfloat16: the upper half of a float32. */
export function fromBfloat16(h: number): number {
  word[0] = h << 16;
  return asFloat[0];
}

export function toBfloat16(v: number): number {
  asFloat[0] = v;
  return (word[0] + 0x7fff + ((word[0] >>> 16) & 1)) >>> 16;
}

function roundEven(v: number): number {
  const low = Math.floor(v);
  const part = v - low;
  return part > 0.5 || (part === 0.5 && low % 2 === 1) ? low + 1 : low;
}
