/** `misfire filter` at work: the network is asked what each picture of a run does to the filter; the run says how salient it was. */
import { basename, join } from 'node:path';
import { classifier, type Classifier } from '../../src/classifier.js';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { filterCsv, filterGroupsCsv, filterJson, filterText, type FilterPicture, type FilterResult } from '../../src/report/filter.js';
import { patchOf } from '../../src/report/patch.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { locate } from '../../src/saliency/network.js';
import { Random } from '../../src/saliency/random.js';
import { describeFilter } from '../../src/saliency/responses.js';
import { isDead } from '../../src/saliency/standardize.js';
import type { Row } from '../../src/store/format.js';
import { runPeaks, type RunPeaks } from '../../src/store/peaks.js';
import { openRun, type StoredRun } from '../../src/store/stored-run.js';
import { findModel } from '../experiment/open.js';
import { parseFilters } from '../explain/maps.js';
import { checkClasses, classNamer, readClasses } from '../shared/classes.js';
import { announce, openComputer, type ComputerOptions } from '../shared/computer.js';
import { hasOpenSize } from '../shared/model-file.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { filterPage } from './page.js';

export interface FilterOptions extends ComputerOptions {
  readonly out?: string;
  readonly pictures?: number;
  readonly json?: string;
  readonly model?: string;
  readonly classes?: string;
  readonly batch?: number;
  readonly quiet?: boolean;
}

const SEED = 0;

export async function filter(folder: string, text: string, options: FilterOptions): Promise<void> {
  const { out, json, quiet } = options;
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, 'filter.html');
  const run = await openRun(folder);
  const { meta } = run;
  const chosen = parseFilters(text, run.layers, 'the filter');
  if (chosen.length !== 1) throw new UsageError(`misfire filter shows one filter at a time, got ${chosen.length}: "${text}"`);
  const [index] = chosen;
  const classes = await readClasses(options.classes);
  checkClasses(classes, meta);
  const name = classNamer(meta, classes);
  const file = await findModel(folder, meta.model, options.model);
  const shape = hasOpenSize(file.model.inputs[0]) ? meta.model.pictureShape : undefined;
  const network = classifier(file.model, shape, { output: meta.model.output });
  const all = await run.readRows();
  const rows = drawn(all, options.pictures);

  const device = await openComputer(options);
  const progress = new Progress(rows.length, 0, { quiet });
  let peaks: RunPeaks[];
  try {
    if (!quiet) announce(device, options);
    const explainer = new Explainer(network, device, { batch: options.batch, onNotice: (said) => quiet || notice(`${said}.`) });
    peaks = await runPeaks(run, explainer, [index], rows, (done) => progress.update(done));
  } finally {
    progress.clear();
    device.destroy();
  }
  const pictures = await picturesOf(run, network, index, peaks);
  const { layer, filter: channel } = locate(run.layers, index);
  const result: FilterResult = { run: folder, model: basename(meta.model.file), filter: { index, layer: layer.node, channel }, pictures,
    of: all.length, response: describeFilter(pictures) };
  if (out !== undefined) {
    await writeFolderAtomic(out, new Map<string, string | Iterable<string>>([
      [join(out, 'filter.html'), await filterPage(result, run, name)],
      [join(out, 'pictures.csv'), filterCsv(result, name)],
      [join(out, 'classes.csv'), filterGroupsCsv(result, name)],
    ]));
  }
  if (!quiet && meta.profiles === 'none') notice(`${folder} stores no profiles, so the saliency of the filter is left out.`);
  const page = out === undefined ? '' : `\nThe page: ${join(out, 'filter.html')}\n`;
  await writeResult(() => filterJson(result, name), `${filterText(result, name)}${page}`, options);
}

/** So many rows at random, in their order; all where there are no more. */
function drawn(rows: readonly Row[], count = Infinity): readonly Row[] {
  if (count >= rows.length) return rows;
  return new Random(SEED, 0).choose(count, rows.length).sort((a, b) => a - b).map((k) => rows[k]);
}

/** With each picture's patch, and with its saliency where the run has it. */
async function picturesOf(run: StoredRun, network: Classifier, index: number, peaks: readonly RunPeaks[]): Promise<FilterPicture[]> {
  const graph = network.build(1);
  const layer = run.layers.indexOf(locate(run.layers, index).layer);
  const patches = new Map<number, ReturnType<typeof patchOf>>();
  const patch = (place: number) => {
    if (!patches.has(place)) patches.set(place, patchOf(graph, layer, place));
    return patches.get(place)!;
  };
  const saliency = new Map<number, number>();
  const { profiles: kind, model: { filters } } = run.meta;
  if (kind !== 'none') {
    for await (const { rows, profiles } of run.parts()) rows.forEach(({ id }, k) => saliency.set(id, profiles[k * filters + index]));
  }
  const stats = kind === 'none' ? null : await run.readStatistics();
  return peaks.map(({ row: { id, path, label, predicted }, value: [activation], place: [place] }) => {
    const raw = saliency.get(id) ?? null;
    const standardized = raw === null || !stats || isDead(stats, index) ? null : (raw - stats.mean[index]) / stats.std[index];
    return { id, path, label, predicted, activation, patch: patch(place), raw, standardized };
  });
}
