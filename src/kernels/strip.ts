/**
 * What the depthwise micro-kernels (gemm-depthwise.ts, gemm-nt-depthwise.ts) have in common: strips of neighbouring
 * outputs of one line, and the loads that their taps share.
 */

/** Neighbouring outputs of one strip. */
export const STRIP = 4;

/** Loads of a row at constant offsets from a start, each offset once; what lies outside the row is 0 and not read. */
export function overlapping(offsets: readonly number[]): {
  readonly load: (start: string, inside: string, extent: string, at: (ix: string) => string) => string;
  readonly name: (offset: number) => string;
} {
  const distinct = [...new Set(offsets)].sort((p, q) => p - q);
  const name = (offset: number): string => `v${distinct.indexOf(offset)}`;
  return {
    name,
    load: (start, inside, extent, at) =>
      distinct.map((d) => {
        const v = name(d);
        const value = at(`select(0u, i${v}, in${v})`);
        return `    let i${v} = u32(${start} + ${d}); let in${v} = ${inside} && i${v} < ${extent};`
          + ` let ${v} = select(0.0, ${value}, in${v});`;
      }).join('\n'),
  };
}
