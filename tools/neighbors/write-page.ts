/** What a page of neighbours needs beside the neighbours: most salient filters and pictures, each read once. */
import type { Statistics } from '../../src/saliency/standardize.js';
import type { Row } from '../../src/store/format.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import { shownPictures } from '../experiment/page-context.js';
import { neighborsPage, shownQueries, TOP } from './page.js';
import type { Result } from './show.js';
import { storedTopFilters } from './top-filters.js';

/** The page's text. `among` are the filters compared. */
export async function writeNeighborsPage(result: Result, run: StoredRun, candidates: StoredRun, stats: Statistics, among: Int32Array,
  name: (label: number) => string): Promise<string> {
  const queries = shownQueries(result);
  const own = unique(queries.map(({ row }) => row));
  const near = unique(queries.flatMap(({ neighbors }) => neighbors.map((n) => n.row)));
  const top = (of: StoredRun, rows: readonly Row[]) => storedTopFilters(of, new Set(rows.map((r) => r.id)), stats, among, TOP);
  const pictures = async (of: StoredRun, rows: readonly Row[]) => {
    const uris = await shownPictures(of.meta, rows);
    return new Map(rows.map(({ id }, k) => [id, uris[k]]));
  };
  return neighborsPage(result, { name, among, queryTop: await top(run, own), neighborTop: await top(candidates, near),
    queryPictures: await pictures(run, own), neighborPictures: await pictures(candidates, near) });
}

const unique = (rows: readonly Row[]): Row[] => [...new Map(rows.map((row) => [row.id, row])).values()];
