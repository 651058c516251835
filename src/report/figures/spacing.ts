/** How an axis is spaced: evenly, or by powers of ten where a few outliers would flatten all else. */

/** An even axis that gives the middle half of the values less than this share of its length flattens them. */
const FLAT = 0.02;

export interface Spacing {
  readonly scale?: { readonly type: 'symlog'; readonly constant: number; readonly nice: false };
  readonly axis?: { readonly values: readonly number[]; readonly format: string };
}

/** Of an axis of Vega-Lite that shows these values; empty where an even one serves. Zero and negative values keep their places. */
export function spacing(values: readonly number[]): Spacing {
  const sizes = values.filter((v) => v !== 0 && Number.isFinite(v)).map(Math.abs).sort((a, b) => a - b);
  if (sizes.length < 2) return {};
  const at = (share: number): number => sizes[Math.floor(share * (sizes.length - 1))];
  const largest = sizes[sizes.length - 1];
  if (at(0.75) / largest >= FLAT) return {};
  const constant = at(0.25);
  const powers = Array.from({ length: Math.floor(Math.log10(largest)) - Math.ceil(Math.log10(constant)) + 1 },
    (_, k) => 10 ** (Math.ceil(Math.log10(constant)) + k));
  const negative = values.some((v) => v < 0) ? powers.map((v) => -v).reverse() : [];
  return { scale: { type: 'symlog', constant, nice: false }, axis: { values: [...negative, 0, ...powers], format: '~g' } };
}
