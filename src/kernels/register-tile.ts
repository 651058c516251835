/**
 * What the micro-kernels without shared memory (gemm-register.ts, gemm-nt-register.ts) have in common: the layout of a
 * workgroup, the rows that an invocation sums in registers, and their multiply-adds.
 */
import type { Target } from './kernel.js';
import { QUAD } from './summation.js';
import { range } from './writer.js';

/** Lanes per workgroup where there are no subgroups: few for a CPU, whose vectors are short. */
const LANES = { register: 16, tile: 64 } as const;

/** How a workgroup without shared memory is laid out: its lanes, whether they exchange values, and columns per lane. */
export function laneLayout(target: Target): { readonly broadcast: number | undefined; readonly lanes: number; readonly perLane: number } {
  const broadcast = target.schedule === 'register' ? target.subgroup : undefined;
  return { broadcast, lanes: broadcast ?? LANES[target.schedule], perLane: target.schedule === 'register' ? 2 : 1 };
}

/**
 * Rows of A that an invocation sums at once, a power of two: as many as there are, up to what pays. The more rows, the
 * longer a CPU adapter compiles, so short work gets fewer. `work` counts one image's multiply-adds, not the batch's.
 */
export function rowsPerInvocation(target: Target, rows: number, work: number): number {
  const most = target.schedule === 'tile' ? 8 : target.subgroup === undefined ? 4 : work < 1e6 ? 8 : work < 8e6 ? 16 : 32;
  let r = 1;
  while (r < most && r < rows) r *= 2;
  return r;
}

/**
 * How one vector of A is spread over the lanes: `span` rows times `step` terms. Without broadcasts there is no vector,
 * and a step is one quad.
 */
export function spread(broadcast: number | undefined, tileRows: number, terms: number): { readonly span: number; readonly step: number } {
  if (broadcast === undefined) return { span: 1, step: QUAD };
  const span = Math.max(1, Math.min(tileRows, Math.floor(broadcast / QUAD)));
  return { span, step: terms <= QUAD ? QUAD : broadcast / span };
}

/**
 * The multiply-adds of one step: s{row}_{column} += sums of QUAD products w{row}_{u} * v{column}_{u}. With the schedule
 * 'tile', one product after the other, as gemm-tile.ts adds them: a fully connected layer is narrow in a small batch and
 * tiled in a large one, and a sample's numbers must not depend on that.
 */
export function multiplyAdds(target: Target, row: number, perLane: number, step: number): string {
  if (target.schedule === 'tile') {
    return range(perLane).flatMap((c) => range(step).map((u) => `      s${row}_${c} = w${row}_${u} * v${c}_${u} + s${row}_${c};`)).join(
      '\n'
    );
  }
  return range(perLane).flatMap((c) =>
    range(step / QUAD).map((q) => {
      const products = range(QUAD).map((u) => `w${row}_${q * QUAD + u} * v${c}_${q * QUAD + u}`);
      return `      s${row}_${c} = s${row}_${c} + (${products.join(' + ')});`;
    })
  ).join('\n');
}
