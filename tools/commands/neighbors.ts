/** `misfire neighbors`: which samples a network gets wrong for the same reason. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { parseClasses } from '../../src/data/classes.js';
import { shown } from '../../src/dataset/dataset.js';
import { checkWritable, fileError, readText, writeAtomic } from '../../src/files/files.js';
import type { Row } from '../../src/store/format.js';
import { openDawnDevice } from '../../src/dawn.js';
import { livingFilters, type Neighbor } from '../../src/saliency/neighbors.js';
import { announce, positive, progress } from '../shared/terminal.js';
import { checkComparable, openRun, selectLayers, statisticsOf } from '../neighbors/options.js';
import { pairShares } from '../neighbors/pairs.js';
import { findNeighbors, readRows, type Search } from '../neighbors/search.js';
import { checkPictures, drawSheet } from '../neighbors/sheet.js';
import { csvOf, jsonOf, textOf, type Result } from '../neighbors/show.js';

interface Options {
  readonly query?: readonly number[];
  readonly against?: string;
  readonly k: number;
  readonly wrongOnly?: boolean;
  readonly layers?: string;
  readonly pairs?: boolean;
  readonly json?: string;
  readonly csv?: string;
  readonly sheet?: string;
  readonly classes?: string;
  readonly adapter?: string;
}

export function neighborsCommand(): Command {
  return new Command('neighbors')
    .description('find, for each mistake of a run of `misfire profile`, the samples with the most similar standardized profiles')
    .argument('<run>', 'the folder of the run')
    .option('--query <id...>', 'the samples whose neighbours are sought, by id; by default all that the network gets wrong', ids)
    .option('--against <run2>', 'look among the samples of another run of the same model, standardized with the statistics of the first')
    .option('-k <count>', 'neighbours of each', positive, 10)
    .option('--wrong-only', 'look only among samples that the network gets wrong')
    .option('--layers <A..B>', 'compare only these layers, by index from 0 or by name of a node or weight')
    .option('--pairs', 'how often neighbours have the same or the reversed label and prediction, against chance')
    .option('--json <file>', 'write the neighbours as JSON; - for standard output')
    .option('--csv <file>', 'write the neighbours as CSV')
    .option('--sheet <folder>', 'draw a picture of each query with its neighbours, as PNG')
    .option('--classes <file>', 'names of the classes, line k for class k')
    .option('--adapter <which>', "hardware, software, or part of an adapter's name")
    .action(neighbors);
}

function ids(text: string, before: readonly number[] = []): number[] {
  return [...before, ...text.split(',').map((part) => {
    if (!/^\d+$/.test(part)) throw new InvalidArgumentError('It must be the id of a sample, a whole number.');
    return Number(part);
  })];
}

async function neighbors(folder: string, options: Options): Promise<void> {
  for (const path of [options.json, options.csv]) if (path !== undefined && path !== '-') await checkWritable(path);
  const run = await openRun(folder);
  const candidates = options.against === undefined ? run : await openRun(options.against);
  checkComparable(run, candidates);
  if (options.sheet !== undefined) [run, candidates].forEach(({ meta }) => checkPictures(meta.data));
  const names = options.classes === undefined
    ? run.meta.data.classNames
    : shown(parseClasses(await readText(options.classes), options.classes));
  const name = (label: number): string => names?.[label] ?? `class ${label}`;
  const stats = await statisticsOf(run);
  const layers = options.layers === undefined ? run.meta.model.layers : selectLayers(run.meta.model.layers, options.layers);

  const own = await readRows(run);
  const queries = chooseQueries(own, options.query, folder);
  const wanted = (row: Row) => !options.wrongOnly || row.label !== row.predicted;
  const others = (candidates === run ? own : await readRows(candidates)).filter(wanted);
  if (others.length === 0) throw new Error(`${candidates.folder} has no sample that the network gets wrong; leave out --wrong-only`);

  const device = await openDawnDevice({ adapter: options.adapter });
  try {
    announce(device);
    const search: Search = { run, candidates, stats, filters: livingFilters(layers, stats), queries, k: options.k, admits: wanted,
      progress };
    const byId = new Map(others.map((row) => [row.id, row]));
    const found = (await findNeighbors(device, search)).map((list) =>
      list.map(({ index, similarity }: Neighbor) => ({ row: byId.get(index)!, similarity }))
    );
    const sameList = run.meta.data.sha256 === candidates.meta.data.sha256;
    const { description, software } = device.adapter;
    await say({
      run: folder,
      against: options.against ?? null,
      meta: run.meta,
      adapter: { description, software },
      k: options.k,
      wrongOnly: options.wrongOnly ?? false,
      layers: [layers[0].weight, layers[layers.length - 1].weight],
      filters: search.filters.length,
      candidates: others.length,
      queries: queries.map((row, q) => ({ row, neighbors: found[q] })),
      pairs: options.pairs
        ? pairShares(queries, found.map((list) => list.map((n) => n.row)), others, ({ id }) => sameList && byId.has(id))
        : null,
    }, options, name);
    if (options.sheet !== undefined) {
      await mkdir(options.sheet, { recursive: true }).catch((error) => {
        throw fileError('write', options.sheet!, error);
      });
      for (const [q, row] of queries.entries()) {
        const cells = found[q].map((n) => ({ ...n, data: candidates.meta.data }));
        await writeAtomic(join(options.sheet, `query-${String(row.id).padStart(6, '0')}.png`),
          await drawSheet({ row, data: run.meta.data, similarity: null }, cells, name));
      }
    }
  } finally {
    device.destroy();
  }
}

/** The samples asked for, each once, in the order asked; else every mistake. Throws one sentence where there is none. */
function chooseQueries(rows: readonly Row[], asked: readonly number[] | undefined, folder: string): Row[] {
  if (asked === undefined) {
    const wrong = rows.filter((row) => row.label !== row.predicted);
    if (wrong.length === 0) throw new Error(`the network gets every sample of ${folder} right; say with --query whose neighbours to seek`);
    return wrong;
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...new Set(asked)].map((id) => {
    const row = byId.get(id);
    if (!row) throw new Error(`${folder} has no sample ${id}; its errors.jsonl lists those that could not be computed`);
    return row;
  });
}

/** Files first; what is written to none goes to standard output. */
async function say(result: Result, { json, csv, sheet }: Options, name: (label: number) => string): Promise<void> {
  if (csv !== undefined) await writeAtomic(csv, csvOf(result));
  if (json === '-') {
    process.stdout.write(jsonOf(result));
    return;
  }
  if (json !== undefined) await writeAtomic(json, jsonOf(result));
  process.stdout.write(textOf(result, name, [json, csv, sheet].every((v) => v === undefined)));
}
