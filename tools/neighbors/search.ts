/** Neighbours of stored samples, the profiles read part by part and never all in memory. */
import { readParts } from '../../src/store/run.js';
import type { Row } from '../../src/store/format.js';
import type { Device } from '../../src/engine/device.js';
import { NeighborSearch, writeUnitRow, type Neighbor } from '../../src/saliency/neighbors.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import type { OpenRun } from './options.js';

/** Bytes of query rows held at once; more queries take more passes over the candidates. */
const QUERY_BYTES = 512 << 20;

export interface Search {
  readonly run: OpenRun;
  readonly candidates: OpenRun;
  readonly stats: Statistics;
  /** The filters compared. */
  readonly filters: Int32Array;
  readonly queries: readonly Row[];
  readonly k: number;
  readonly admits: (candidate: Row) => boolean;
  readonly progress: (done: number, total: number) => void;
  /** Queries of a pass; by default what QUERY_BYTES holds. */
  readonly perPass?: number;
}

/** Every sample of a run but for its profile. */
export async function readRows({ folder, meta }: OpenRun): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const part of readParts(folder, meta)) rows.push(...part.rows);
  return rows;
}

/** The k nearest of each query, called by their ids. */
export async function findNeighbors(device: Device, search: Search): Promise<readonly (readonly Neighbor[])[]> {
  const perPass = search.perPass ?? Math.max(1, Math.floor(QUERY_BYTES / (4 * search.filters.length)));
  const found: (readonly Neighbor[])[] = [];
  search.progress(0, search.queries.length);
  for (let from = 0; from < search.queries.length; from += perPass) {
    found.push(...(await pass(device, search, search.queries.slice(from, from + perPass))));
    search.progress(found.length, search.queries.length);
  }
  return found;
}

async function pass(device: Device, of: Search, queries: readonly Row[]): Promise<readonly (readonly Neighbor[])[]> {
  const { run, candidates, stats, filters, k } = of;
  const width = filters.length;
  const all = run.meta.model.filters;
  const places = new Map(queries.map((row, q) => [row.id, q]));
  const rows = new Float32Array(queries.length * width);
  for await (const part of readParts(run.folder, run.meta)) {
    part.rows.forEach(({ id }, r) => {
      const q = places.get(id);
      if (q !== undefined) writeUnitRow(part.profiles, r * all, stats, filters, rows, q * width);
    });
  }
  const sameList = run.meta.data.sha256 === candidates.meta.data.sha256;
  const admits = (q: number, id: number): boolean => !(sameList && queries[q].id === id);
  const search = await NeighborSearch.open(device, rows, { k, filters: width });
  try {
    const block = new Float32Array(search.candidateRows * width);
    let ids: number[] = [];
    for await (const part of readParts(candidates.folder, candidates.meta)) {
      for (const [r, row] of part.rows.entries()) {
        if (!of.admits(row)) continue;
        writeUnitRow(part.profiles, r * all, stats, filters, block, ids.length * width);
        ids.push(row.id);
        if (ids.length < search.candidateRows) continue;
        await search.add(block, ids, admits);
        ids = [];
      }
    }
    if (ids.length > 0) await search.add(block, ids, admits);
    return search.results();
  } finally {
    search.destroy();
  }
}
