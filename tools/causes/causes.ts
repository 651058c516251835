/** `misfire causes` at work: the mistakes of a run read, grouped, tried, and written. */
import { basename, join } from 'node:path';
import { findCauses, nearestMistakes, type Causes } from '../../src/causes/causes.js';
import { pairsOf } from '../../src/causes/pairs.js';
import { numbered } from '../../src/causes/graph.js';
import { planeOf } from '../../src/causes/projection.js';
import { tryGroup, type Trial } from '../../src/causes/trial.js';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { causesCsv, causesJson, causesText, membersCsv, sharedCsv, SMALLEST, type CausesResult } from '../../src/report/causes.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { layerShape } from '../../src/saliency/layer-shape.js';
import { livingFilters, writeUnitRow } from '../../src/saliency/neighbors.js';
import type { Subject } from '../../src/saliency/off.js';
import { Random } from '../../src/saliency/random.js';
import { topFilters } from '../../src/saliency/shared-filters.js';
import type { Row } from '../../src/store/format.js';
import type { PreparedPictures } from '../../src/store/sample.js';
import { openExperiment, type Experiment, type ExperimentOptions } from '../experiment/open.js';
import { announce, openComputer, type Computer, type ComputerOptions } from '../shared/computer.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { causesPage } from './page.js';

export interface CausesOptions extends ExperimentOptions, ComputerOptions {
  readonly k: number;
  readonly resolution: number;
  readonly mapLayers?: boolean;
  readonly pairs?: boolean;
  readonly try: number;
  readonly right: number;
  readonly out?: string;
  readonly json?: string;
  readonly seed: number;
  readonly batch?: number;
  readonly quiet?: boolean;
}

/** Of a mistake's filters, those that count as its most salient: one in twenty, but 10 at least and 500 at most. */
const topOf = (filters: number): number => Math.min(500, Math.max(10, Math.round(filters / 20)));

export async function causes(folder: string, options: CausesOptions): Promise<void> {
  const { out, json, quiet, k, resolution, seed } = options;
  if (options.mapLayers && options.pairs) throw new UsageError('--map-layers groups by profiles of layers, and --pairs by classes alone');
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, 'causes.html');
  const experiment = await openExperiment(folder, options);
  const { mistakes, rows, name } = experiment;
  if (mistakes.length < SMALLEST) {
    throw new Error(`${folder} has ${mistakes.length} mistakes, too few to be grouped; profile more pictures`);
  }
  const { unit, width, tops, top, filters } = await readMistakes(experiment, options.mapLayers ?? false);

  const computer = await openComputer(options);
  try {
    if (!quiet) announce(computer, options);
    const near = Math.min(k, mistakes.length - 1);
    const neighbors = await nearestMistakes(computer, unit, width, near);
    const grouping = { k: near, resolution, seed };
    const given = options.pairs ? numbered(pairsOf(mistakes)) : undefined;
    const found = findCauses({ mistakes, rows: unit, width, neighbors, tops, filters, layers: experiment.layers, given }, grouping);
    const trials = await tryGroups(experiment, found, computer, options);
    const result = resultOf();
    if (out !== undefined) {
      await writeFolderAtomic(out, new Map<string, string | Iterable<string>>([
        [join(out, 'causes.html'), await causesPage(result, experiment.meta, name)],
        [join(out, 'groups.csv'), causesCsv(result, name)],
        [join(out, 'members.csv'), membersCsv(result, name)],
        [join(out, 'filters.csv'), sharedCsv(result)],
      ]));
    }
    const page = out === undefined ? '' : `The page: ${join(out, 'causes.html')}\n`;
    await writeResult(() => [causesJson(result)], `${causesText(result, name)}${page}`, options);
    const [{ members: [typical] }] = found.causes;
    next('the most typical mistake of the largest group explained', ['explain', '--run', folder, '--sample', String(mistakes[typical].id),
      '--off', '--map'], options);

    function resultOf(): CausesResult<Row> {
      const plane = planeOf(neighbors, near, seed);
      return {
        run: folder,
        model: basename(experiment.meta.model.file),
        layers: experiment.layers,
        filters,
        top,
        samples: rows.length,
        mistakes: mistakes.length,
        settings: { by: options.pairs ? 'pairs' : options.mapLayers ? 'layers' : 'filters', k: near, resolution, seed },
        adjustedRand: found.adjustedRand,
        causes: found.causes.map((cause, g) => ({ ...cause, rows: cause.members.map((m) => mistakes[m]), trial: trials[g] ?? null })),
        plane: new Map(mistakes.map(({ id }, m) => [id, plane[m]])),
      };
    }
  } finally {
    computer.destroy();
  }
}

/** What mistakes are compared by, each profile read once and let go. */
async function readMistakes(experiment: Experiment, byLayers: boolean) {
  const { mistakes, stats, layers, meta } = experiment;
  const among = livingFilters(layers, stats);
  const width = byLayers ? layers.length : among.length, all = meta.model.filters, top = topOf(among.length);
  const places = new Map(mistakes.map(({ id }, m) => [id, m]));
  const unit = new Float32Array(mistakes.length * width);
  const tops: number[][] = [];
  for await (const { rows, profiles } of experiment.parts()) {
    rows.forEach(({ id }, r) => {
      const m = places.get(id);
      if (m === undefined) return;
      if (byLayers) unit.set(layerShape(profiles.subarray(r * all, (r + 1) * all), layers, stats), m * width);
      else writeUnitRow(profiles, r * all, stats, among, unit, m * width);
      tops[m] = topFilters(profiles, r * all, stats, among, top);
    });
  }
  return { unit, width, tops, top, filters: among.length };
}

/** The trial of each of the largest groups; null for one that is too small. */
async function tryGroups(experiment: Experiment, { causes: found }: Causes, computer: Computer,
  options: CausesOptions): Promise<(Trial | null)[]> {
  const { mistakes, rows, stats, layers, lastStage } = experiment;
  const wanted = found.slice(0, options.try).filter((c) => c.members.length > SMALLEST);
  if (wanted.length === 0) return [];
  const right = rows.filter((r) => r.label === r.predicted);
  const drawn = new Random(options.seed, right.length).choose(Math.min(options.right, right.length), right.length).map((k) => right[k]);
  const pictures = experiment.preparedPictures();
  const explainer = new Explainer(experiment.network, computer, { batch: options.batch, aggregation: experiment.meta.aggregation,
    onNotice: (said) => options.quiet || notice(`${said}.`) });
  const trials: (Trial | null)[] = [];
  const progress = new Progress(wanted.reduce((n, c) => n + c.members.length, 0), 0, { quiet: options.quiet });
  let done = 0;
  progress.begin();
  try {
    const bystanders = await subjects(pictures, drawn);
    for (const cause of found.slice(0, options.try)) {
      if (cause.members.length <= SMALLEST) {
        trials.push(null);
        continue;
      }
      const own = cause.members.map((m) => mistakes[m]);
      const profiles = new Map<number, Float32Array>();
      for await (const { row, profile } of experiment.samples(new Set(own.map((r) => r.id)))) profiles.set(row.id, profile);
      const members = (await subjects(pictures, own)).map((s, k) => ({ ...s, profile: profiles.get(own[k].id)! }));
      trials.push(await tryGroup(explainer, members, bystanders, { stats, layers, lastStage, mode: 'channel', seed: options.seed }));
      progress.update(done += members.length);
    }
    return trials;
  } finally {
    progress.clear();
    pictures.close();
    explainer.destroy();
  }
}

async function subjects(pictures: PreparedPictures, rows: readonly Row[]): Promise<Subject[]> {
  return Promise.all(rows.map(async (row) => ({ picture: await pictures.read(row), label: row.label, predicted: row.predicted })));
}
