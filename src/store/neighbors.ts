/** Neighbours of stored samples, the profiles read part by part and never all in memory. */
import type { Device } from '../engine/device.js';
import type { Backend } from '../engine/run/backend.js';
import { isBlank, NeighborSearch, writeUnitRow, type Neighbor } from '../saliency/neighbors.js';
import { fingerprint, samePicture, type Fingerprint } from '../saliency/same-picture.js';
import type { Statistics } from '../saliency/standardize.js';
import type { Row } from './format.js';
import type { StoredRun } from './stored-run.js';

/** Bytes of query rows held at once; more queries take more passes over the candidates. */
const QUERY_BYTES = 512 << 20;

export interface Search {
  readonly run: StoredRun;
  readonly candidates: StoredRun;
  readonly stats: Statistics;
  /** The filters compared. */
  readonly filters: Int32Array;
  readonly queries: readonly Row[];
  readonly k: number;
  readonly admits: (candidate: Row) => boolean;
  /** Called with how many queries are done. */
  readonly progress: (done: number) => void;
  /** Queries of a pass; by default what QUERY_BYTES holds. */
  readonly perPass?: number;
}

/** What was found for a query. */
export interface FoundNeighbors {
  /** The k nearest, called by their ids. */
  readonly nearest: readonly Neighbor[];
  /** Candidates that are the query's own picture under another name: they are no neighbours. */
  readonly same: readonly number[];
  /** Whether its profile is that of no gradient at all, so that its neighbours say nothing (`isBlank`). */
  readonly blank: boolean;
}

/** For each query, in their order. */
export async function findNeighbors(computer: Device | Backend, search: Search): Promise<readonly FoundNeighbors[]> {
  const perPass = search.perPass ?? Math.max(1, Math.floor(QUERY_BYTES / (4 * search.filters.length)));
  const found: FoundNeighbors[] = [];
  search.progress(0);
  for (let from = 0; from < search.queries.length; from += perPass) {
    found.push(...(await pass(computer, search, search.queries.slice(from, from + perPass))));
    search.progress(found.length);
  }
  return found;
}

async function pass(computer: Device | Backend, wanted: Search, queries: readonly Row[]): Promise<readonly FoundNeighbors[]> {
  const { run, candidates, stats, filters, k } = wanted;
  const width = filters.length;
  const all = run.meta.model.filters;
  const places = new Map(queries.map((row, q) => [row.id, q]));
  const rows = new Float32Array(queries.length * width);
  const own: Fingerprint[] = [];
  for await (const part of run.parts()) {
    part.rows.forEach(({ id }, r) => {
      const q = places.get(id);
      if (q === undefined) return;
      writeUnitRow(part.profiles, r * all, stats, filters, rows, q * width);
      own[q] = fingerprint(part.rows[r], part.profiles, r * all, all);
    });
  }
  const sameList = run.meta.data.sha256 === candidates.meta.data.sha256;
  const stored = [run, candidates].some(({ meta }) => meta.profiles === 'float16') ? 'float16' : 'float32';
  const same: Set<number>[] = queries.map(() => new Set());
  const admits = (q: number, id: number): boolean => {
    if (sameList && queries[q].id === id) return false;
    if (!samePicture(own[q], prints.get(id)!, stored)) return true;
    same[q].add(id);
    return false;
  };
  // Of the candidates in the block.
  const prints = new Map<number, Fingerprint>();
  const search = await NeighborSearch.open(computer, rows, { k, filters: width });
  try {
    const block = new Float32Array(search.candidateRows * width);
    let ids: number[] = [];
    for await (const part of candidates.parts()) {
      for (const [r, row] of part.rows.entries()) {
        if (!wanted.admits(row)) continue;
        writeUnitRow(part.profiles, r * all, stats, filters, block, ids.length * width);
        ids.push(row.id);
        prints.set(row.id, fingerprint(row, part.profiles, r * all, all));
        if (ids.length < search.candidateRows) continue;
        await search.add(block, ids, admits);
        ids = [];
        prints.clear();
      }
    }
    if (ids.length > 0) await search.add(block, ids, admits);
    return search.results().map((nearest, q) => ({ nearest, same: [...same[q]], blank: isBlank(rows, q * width, stats, filters) }));
  } finally {
    search.destroy();
  }
}
