/** `misfire neighbors` at work: two runs opened, the queries chosen, their neighbours found and written. */
import { join } from 'node:path';
import { checkWritable, writeAtomic } from '../../src/files/files.js';
import { makeFolder } from '../../src/files/folder.js';
import { livingFilters } from '../../src/saliency/neighbors.js';
import type { Row } from '../../src/store/format.js';
import { openProfiles, rowsOf } from '../../src/store/stored-run.js';
import { classNamer, readClasses } from '../shared/classes.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { writeResult } from '../shared/results.js';
import { announce, openComputer, type ComputerOptions } from '../shared/computer.js';
import { checkComparable, selectLayers } from './options.js';
import { pairShares } from './pairs.js';
import { findNeighbors } from '../../src/store/neighbors.js';
import { checkPictures, drawSheet } from './sheet.js';
import { csvOf, jsonOf, textOf, type Result } from './show.js';
import { writeNeighborsPage } from './write-page.js';

export interface NeighborsOptions extends ComputerOptions {
  readonly query?: readonly number[];
  readonly against?: string;
  readonly k: number;
  readonly wrongOnly?: boolean;
  readonly layers?: string;
  readonly pairs?: boolean;
  readonly json?: string;
  readonly csv?: string;
  readonly page?: string;
  readonly sheet?: string;
  readonly classes?: string;
}

export async function neighbors(folder: string, options: NeighborsOptions): Promise<void> {
  for (const path of [options.json, options.csv, options.page]) if (path !== undefined && path !== '-') await checkWritable(path);
  const run = await openProfiles(folder);
  const candidates = options.against === undefined ? run : await openProfiles(options.against);
  checkComparable(run, candidates);
  if (options.sheet !== undefined) [run, candidates].forEach(({ meta }) => checkPictures(meta.data));
  const name = classNamer(run.meta, await readClasses(options.classes));
  const stats = await run.readStatistics();
  const layers = options.layers === undefined ? run.layers : selectLayers(run.layers, options.layers);

  const own = await run.readRows();
  const queries = chooseQueries(own, options.query, folder);
  const admits = (row: Row) => !options.wrongOnly || row.label !== row.predicted;
  const others = (candidates === run ? own : await candidates.readRows()).filter(admits);
  if (others.length === 0) throw new Error(`${candidates.folder} has no sample that the network gets wrong; leave out --wrong-only`);

  const computer = await openComputer(options);
  const progress = new Progress(queries.length, 0);
  try {
    announce(computer, options);
    progress.begin();
    const filters = livingFilters(layers, stats);
    const searched = await findNeighbors(computer, { run, candidates, stats, filters, queries, k: options.k, admits, progress: (done) =>
      progress.update(done) });
    progress.clear();
    const byId = new Map(others.map((row) => [row.id, row]));
    const found = searched.map(({ nearest }) => nearest.map(({ index, similarity }) => ({ row: byId.get(index)!, similarity })));
    const sameList = run.meta.data.sha256 === candidates.meta.data.sha256;
    const { description, software } = computer.adapter;
    const result: Result = {
      run: folder,
      against: options.against ?? null,
      meta: run.meta,
      adapter: { description, software },
      k: options.k,
      wrongOnly: options.wrongOnly ?? false,
      layers: [layers[0].name, layers[layers.length - 1].name],
      filters: filters.length,
      candidates: others.length,
      queries: queries.map((row, q) => ({ row, neighbors: found[q], same: searched[q].same.map((id) => byId.get(id)!),
        blank: searched[q].blank })
      ),
      pairs: options.pairs
        ? pairShares(queries, found.map((list) => list.map((n) => n.row)), others, ({ id }) => sameList && byId.has(id))
        : null,
    };
    if (options.csv !== undefined) await writeAtomic(options.csv, csvOf(result, name));
    const listed = [options.json, options.csv, options.page, options.sheet].every((v) => v === undefined);
    await writeResult(() => [jsonOf(result)], textOf(result, name, listed), options);
    if (options.page !== undefined) {
      await writeAtomic(options.page, await writeNeighborsPage(result, run, candidates, stats, filters, name));
    }
    if (options.sheet !== undefined) {
      await makeFolder(options.sheet);
      for (const [q, row] of queries.entries()) {
        const cells = found[q].map((n) => ({ ...n, data: candidates.meta.data }));
        await writeAtomic(join(options.sheet, `query-${String(row.id).padStart(6, '0')}.png`),
          await drawSheet({ row, data: run.meta.data, similarity: null, blank: searched[q].blank }, cells, name));
      }
    }
    const [{ id }] = queries;
    next('one of them explained on a page, beside its neighbours', ['explain', '--run', folder, '--sample', String(id), '--report',
      `sample-${id}.html`], options);
  } finally {
    progress.clear();
    computer.destroy();
  }
}

/** The samples asked for, each once, in the order asked; else every mistake. Throws one sentence where there is none. */
function chooseQueries(rows: readonly Row[], asked: readonly number[] | undefined, folder: string): Row[] {
  if (asked === undefined) {
    const wrong = rows.filter((row) => row.label !== row.predicted);
    if (wrong.length === 0) throw new Error(`the network gets every sample of ${folder} right; say with --query whose neighbours to seek`);
    return wrong;
  }
  return rowsOf(rows, asked, folder);
}
