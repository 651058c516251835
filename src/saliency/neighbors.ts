/**
 * Nearest neighbours of samples by the cosine of their standardized profiles (Levin et al., arXiv 2108.01335, section
 * 3.2): a blocked matrix product of unit rows on the device, with the k best of each query kept on the host.
 *
 *   similarity(q, c) = sum over filters of u(q) u(c),    u(x) = s^(x) / |s^(x)|
 *
 * The device's float32 only sorts out: a sum of thousands of rounded terms is wrong in the seventh digit, enough to swap
 * close neighbours. Whatever may be among the k best by a margin far above that is computed again in float64.
 */
import * as b from '../engine/builder.js';
import type { Device } from '../engine/device.js';
import { asBackend, type Backend, type Compiled, type WeightValues } from '../engine/run/backend.js';
import type { Layer } from './network.js';
import { isDead, type Statistics } from './standardize.js';

/** Cosines of the device are trusted to this; at 26,560 filters the largest error measured is 7e-7. */
const MARGIN = 2e-5;
/** Rows of a block, of queries and of candidates: large enough for the product to be what takes time. */
const QUERY_ROWS = 256, CANDIDATE_ROWS = 512;
/** Bytes of a block at most: the smallest binding that WebGPU promises is 128 MiB. */
const BLOCK_BYTES = 64 << 20;
const CANDIDATES = 'candidates';

export interface Neighbor {
  /** The candidate's, as given to `add`. */
  readonly index: number;
  /** Cosine, -1 to 1; 0 where either profile lies at the mean. */
  readonly similarity: number;
}

/** The filters of the layers that can tell samples apart: dead ones are 0 in every standardized profile. Throws where there is none. */
export function livingFilters(layers: readonly Layer[], stats: Statistics): Int32Array {
  const living = layers.flatMap(({ offset, filters }) => Array.from({ length: filters }, (_, f) => offset + f)).filter((k) =>
    !isDead(stats, k)
  );
  if (living.length === 0) {
    throw new Error('every filter of these layers is dead, so that no profile differs from another; choose more layers');
  }
  return Int32Array.from(living);
}

/**
 * Writes u(x) of the profile [all filters] that begins at `from`, at the given filters only, to `out` at `at`. The norm
 * is taken in float64. Zeros where the profile is the mean itself. Throws where a value is not finite.
 */
export function writeUnitRow(profile: ArrayLike<number>, from: number, stats: Statistics, filters: Int32Array, out: Float32Array,
  at: number): void {
  const row = Float64Array.from(filters, (k) => (profile[from + k] - stats.mean[k]) / stats.std[k]);
  const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
  if (!Number.isFinite(norm)) throw new Error('a stored profile holds a value that is not finite');
  for (let k = 0; k < row.length; k++) out[at + k] = norm > 0 ? row[k] / norm : 0;
}

/** From this cosine with the profile of no gradient at all on, a profile says nothing of its own: `isBlank`. */
const BLANK = 0.9999;

/**
 * Whether the unit row u(x) [filters] of a sample is that of a sample without any gradient, u(0), to a cosine of at least 0.9999: the
 * network is so sure of it that all such samples have the same direction, and a similarity of 1 between them says no more than that.
 */
export function isBlank(row: Float32Array, at: number, stats: Statistics, filters: Int32Array): boolean {
  let along = 0, norm = 0;
  for (let k = 0; k < filters.length; k++) {
    const empty = -stats.mean[filters[k]] / stats.std[filters[k]];
    along += row[at + k] * empty;
    norm += empty * empty;
  }
  return norm > 0 && along >= BLANK * Math.sqrt(norm);
}

export interface SearchOptions {
  /** Neighbours of each query. */
  readonly k: number;
  /** Length of a row. */
  readonly filters: number;
  /** Rows of a block; by default what the sizes call for. */
  readonly queryRows?: number;
  readonly candidateRows?: number;
}

/** Finds the k nearest of any number of candidates, given block by block, to queries that fit in memory. */
export class NeighborSearch {
  private readonly best: Neighbor[][];

  private constructor(
    private readonly options: SearchOptions,
    private readonly queries: Float32Array,
    private readonly place: Backend,
    private readonly owns: boolean,
    /** One for each block of queries, which stay in its program. */
    private readonly blocks: readonly Compiled[],
    private readonly queryRows: number,
    private readonly weights: WeightValues,
    /** Candidates that `add` takes at once, at most. */
    readonly candidateRows: number
  ) {
    this.best = Array.from({ length: queries.length / options.filters }, () => []);
  }

  /** `queries` [queries, filters] are unit rows; they are uploaded once. Throws OutOfMemory where they do not fit. */
  static async open(computer: Device | Backend, queries: Float32Array, options: SearchOptions): Promise<NeighborSearch> {
    const { filters } = options;
    const count = queries.length / filters;
    const room = Math.max(1, Math.floor(BLOCK_BYTES / (4 * filters)));
    const queryRows = options.queryRows ?? Math.min(QUERY_ROWS, room, count);
    const candidateRows = options.candidateRows ?? Math.min(CANDIDATE_ROWS, room);
    const place = asBackend(computer), owns = place !== computer;
    const candidates = b.weight(CANDIDATES, [candidateRows, filters]);
    const similarity = b.matmul(b.input('queries', [queryRows, filters]), candidates, { transA: false, transB: true });
    const weights = new Map([[CANDIDATES, new Float32Array(candidateRows * filters)]]);
    const blocks: Compiled[] = [];
    const search = new NeighborSearch(options, queries, place, owns, blocks, queryRows, weights, candidateRows);
    try {
      for (let from = 0; from < count; from += queryRows) {
        const block = await place.compile({ similarity }, weights, { rows: queryRows, changing: new Set([CANDIDATES]) });
        blocks.push(block);
        const rows = new Float32Array(queryRows * filters);
        rows.set(queries.subarray(from * filters, Math.min(count, from + queryRows) * filters));
        await block.run({ queries: rows });
      }
      return search;
    } catch (error) {
      search.destroy();
      throw error;
    }
  }

  /**
   * Compares candidates, unit rows [indices.length, filters], with every query. `indices` say what the candidates are
   * called; `admits` leaves out pairs, as a sample and itself. Throws where there are more than `candidateRows`.
   */
  async add(rows: Float32Array, indices: readonly number[], admits: (query: number, index: number) => boolean): Promise<void> {
    const { filters } = this.options;
    if (indices.length > this.candidateRows || rows.length < indices.length * filters) {
      throw new Error(
        `${indices.length} candidates do not fit in a block of ${this.candidateRows} with ${rows.length} values of ${filters} filters each`
      );
    }
    const { queryRows } = this;
    // What lies beyond is not looked at.
    this.place.patch([{ weight: CANDIDATES, offset: 0, values: rows.subarray(0, indices.length * filters) }], this.weights);
    for (const [k, block] of this.blocks.entries()) {
      const { similarity } = await block.run({}); // its queries are there
      const from = k * queryRows;
      for (let q = from; q < Math.min(from + queryRows, this.best.length); q++) {
        for (let c = 0; c < indices.length; c++) {
          if (similarity[(q - from) * this.candidateRows + c] < this.least(q) - MARGIN || !admits(q, indices[c])) continue;
          this.insert(q, { index: indices[c], similarity: dot(this.queries, q * filters, rows, c * filters, filters) });
        }
      }
    }
  }

  /** The neighbours of each query, nearest first; of equals the smaller index first. Fewer than k where there were fewer. */
  results(): readonly (readonly Neighbor[])[] {
    return this.best;
  }

  /** Frees what it holds; the device or backend itself stays open. */
  destroy(): void {
    for (const block of this.blocks) block.destroy();
    if (this.owns) this.place.destroy();
  }

  private least(q: number): number {
    const best = this.best[q];
    return best.length < this.options.k ? -Infinity : best[best.length - 1].similarity;
  }

  private insert(q: number, found: Neighbor): void {
    const best = this.best[q];
    let at = best.length;
    while (at > 0 &&
      (best[at - 1].similarity < found.similarity || (best[at - 1].similarity === found.similarity && best[at - 1].index > found.index))) {
      at--;
    }
    best.splice(at, 0, found);
    if (best.length > this.options.k) best.pop();
  }
}

/** Each row's k nearest among the others, by their places: `rows` [rows, width] are unit rows. Throws OutOfMemory where they do not fit. */
export async function nearestOfEach(computer: Device | Backend, rows: Float32Array, width: number, k: number): Promise<
  readonly (readonly Neighbor[])[]
> {
  const count = rows.length / width;
  const search = await NeighborSearch.open(computer, rows, { k, filters: width });
  try {
    for (let from = 0; from < count; from += search.candidateRows) {
      const end = Math.min(count, from + search.candidateRows);
      const indices = Array.from({ length: end - from }, (_, c) => from + c);
      await search.add(rows.subarray(from * width, end * width), indices, (query, index) => query !== index);
    }
    return search.results();
  } finally {
    search.destroy();
  }
}

function dot(x: Float32Array, xAt: number, y: Float32Array, yAt: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += x[xAt + k] * y[yAt + k];
  return sum;
}
