/** Where an element lies, as an affine function of coordinates: views, reductions and concatenations are such maps. */

/** index(i) = offset + sum over terms of ((i / div) % mod) * stride, mod 0 meaning none; strides may be negative. */
export interface IndexMap {
  readonly offset: number;
  readonly terms: readonly { readonly div: number; readonly mod: number; readonly stride: number }[];
}

export const IDENTITY: IndexMap = { offset: 0, terms: [{ div: 1, mod: 0, stride: 1 }] };

/** Strides of a contiguous tensor: the last dimension's is 1. */
export function rowMajor(shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 1; d > 0; d--) out[d - 1] = out[d] * shape[d];
  return out;
}

/**
 * index(i) = offset + sum over the domain's dimensions of along[j] * c_j, where c are the coordinates of the i-th element of a
 * row-major domain. Neighbouring dimensions are merged where one stride serves both.
 */
export function affineMap(domain: readonly number[], along: readonly number[], offset = 0): IndexMap {
  const terms: { div: number; mod: number; stride: number }[] = [];
  const divs = rowMajor(domain);
  domain.forEach((extent, j) => {
    if (extent === 1 && j > 0) return; // the first may be a batch of one, whose text is that of a batch of many
    const [div, stride] = [divs[j], along[j]];
    const last = terms[terms.length - 1];
    if (last && last.stride === stride * extent) terms[terms.length - 1] = { div, mod: last.mod * extent, stride };
    else terms.push({ div, mod: terms.length === 0 ? 0 : extent, stride }); // the outermost needs no remainder
  });
  return { offset, terms: terms.filter((t) => t.stride !== 0) };
}
