/** `misfire irreproducibility models`: trained networks of one task over the same pictures, and how far answers and explanations agree. */
import { join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import type { FilterAnswer } from '../../src/report/data.js';
import { reportPictures, shownPicture } from '../../src/report/pictures.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { modelsJson, modelsText, picturesCsv, type ModelsPicture, type ModelsReport, type PairAgreement,
  type ShownDifference } from '../../src/report/reproducibility/models.js';
import { MODELS_STYLE, modelsPage } from '../../src/report/reproducibility/models-page.js';
import { classesOf, classMeasures, softmaxRows } from '../../src/reproducibility/classes.js';
import { explanationAgreement, statisticsOf, type Profiles } from '../../src/reproducibility/explanations.js';
import { SampleReader } from '../../src/dataset/sample.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { BOOSTED, pixelMap } from '../../src/saliency/input.js';
import { filterCount, locate } from '../../src/saliency/network.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import { namesInModel, readClasses } from '../shared/classes.js';
import { announce, openComputer, type Computer, type ComputerOptions } from '../shared/computer.js';
import { next } from '../shared/next.js';
import { page } from '../shared/page.js';
import { Progress, type ProgressForm } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice, version } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { answersOf, explainersOf, openModels, samplesOf, type Answered, type OpenedModel } from './profiled.js';

export interface ModelsOptions extends ComputerOptions {
  readonly data: readonly string[];
  readonly out?: string;
  readonly classes?: string;
  readonly preprocess?: string;
  readonly limit?: number;
  readonly seed: number;
  readonly k: number;
  readonly shown: number;
  readonly maps: boolean;
  readonly batch?: number;
  readonly progress?: ProgressForm;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

export async function compareModels(paths: readonly string[], options: ModelsOptions): Promise<void> {
  if (paths.length < 2) throw new UsageError('name at least two networks of one task, as A.onnx B.onnx');
  await checkJson(options.json);
  if (options.out !== undefined) await checkFolderWritable(options.out, 'models.html');
  const given = await readClasses(options.classes);
  const models = await openModels(paths, options.data, given, options.preprocess);
  const [{ file, network }] = models;
  const names = given ?? namesInModel(file.model, network.classes)?.classes ?? null;
  const name = (label: number): string => names?.show(label) ?? `class ${label}`;
  if (!options.quiet) {
    for (const text of new Set(models.flatMap((m) => [...m.network.notices, ...m.set.notices, ...m.notices]))) notice(`${text}.`);
  }
  const computer = await openComputer(options);
  const explainers = explainersOf(models, computer, options.batch);
  try {
    if (!options.quiet) announce(computer, options);
    const report = await reportOf(models, explainers, computer, options);
    if (options.out !== undefined) {
      const made = modelsPage(report, name);
      await writeFolderAtomic(options.out, new Map<string, string | Iterable<string>>([
        [join(options.out, 'models.html'), await page({ ...made, charts: [], style: REPORT_STYLE + MODELS_STYLE })],
        [join(options.out, 'result.json'), modelsJson(report)],
        [join(options.out, 'pictures.csv'), picturesCsv(report, name)],
      ]));
    }
    const where = options.out === undefined ? '' : `\nThe page: ${join(options.out, 'models.html')}\n`;
    await writeResult(() => modelsJson(report), `${modelsText(report)}${where}`, options);
    next('whether others make a mistake too, beside its explanation', ['explain', 'PICTURE', '--model', paths[0], '--label', 'LABEL',
      '--also', paths.slice(1).join(',')], options);
  } finally {
    for (const explainer of explainers) explainer.destroy();
    computer.destroy();
  }
}

async function reportOf(models: readonly OpenedModel[], explainers: readonly Explainer[], computer: Computer,
  options: ModelsOptions): Promise<ModelsReport> {
  const [{ network: { classes }, set }] = models;
  const samples = samplesOf(set, options.limit, options.seed);
  const progress = new Progress(models.length * samples.length, 0, { quiet: options.quiet, form: options.progress });
  progress.begin();
  const answered: Answered[] = [];
  try {
    for (const [m, model] of models.entries()) {
      answered.push(await answersOf(model, explainers[m], samples, (done) => progress.update(m * samples.length + done)));
    }
  } finally {
    progress.clear();
  }
  const kept = samples.map((_, k) => k).filter((k) => answered.every(({ failed }) => !failed.has(k)));
  const lost = new Map(answered.flatMap(({ failed }) => [...failed]));
  if (kept.length === 0) throw new Error(`none of ${samples.length} samples could be read; the first: ${[...lost.values()][0]}`);
  if (lost.size > 0 && !options.quiet) {
    notice(`${lost.size} samples could not be read and are left out; the first: ${[...lost.values()][0]}`);
  }
  const found = kept.map((k) => set.sample(samples[k]));
  const labels = found.map(({ label }) => label);
  const logits = answered.map((a) => rowsOf(a.logits, classes, kept));
  refuseNotFinite(models, logits);
  const profiles = models.map(({ network: { layers } }, m): Profiles => {
    const values = rowsOf(answered[m].profiles, filterCount(layers), kept);
    return { layers, values, stats: statisticsOf(values, filterCount(layers), 'mean-abs') };
  });
  const measures = classMeasures({ logits, classes, labels });
  const pictures = picturesOf(logits, classes, kept.map((k) => samples[k]), found);
  const agreement: PairAgreement[] = [];
  for (const { models: [a, b] } of measures.pairs) {
    const both = pictures.flatMap((p, n) => ([a, b].every((m) => p.answers[m].predicted !== p.label) ? [n] : []));
    const of = (some: readonly number[]) =>
      explanationAgreement(computer, [models[a].network, models[b].network], [profiles[a], profiles[b]], some, options.k);
    agreement.push({ models: [a, b], all: await of(pictures.map((_, n) => n)), shared: await of(both) });
  }
  const shown: ShownDifference[] = [];
  for (const n of mostDifferent(pictures, options.shown)) {
    shown.push(await difference(pictures[n], n, models, explainers, profiles, options.maps));
  }
  return {
    models: models.map(({ file, network: { layers } }) => ({ path: file.path, filters: filterCount(layers), layers: layers.length })),
    data: options.data,
    classes,
    measures,
    agreement,
    k: options.k,
    pictures,
    shown,
    adapter: computer.adapter.description,
    version,
  };
}

function rowsOf(values: Float32Array, each: number, rows: readonly number[]): Float32Array {
  if (rows.length * each === values.length) return values;
  const out = new Float32Array(rows.length * each);
  rows.forEach((from, to) => out.set(values.subarray(from * each, (from + 1) * each), to * each));
  return out;
}

function refuseNotFinite(models: readonly OpenedModel[], logits: readonly Float32Array[]): void {
  const m = logits.findIndex((rows) => !rows.every(Number.isFinite));
  if (m >= 0) throw new Error(`${models[m].file.path} gives answers that are not finite, by which nothing can be compared`);
}

function picturesOf(logits: readonly Float32Array[], classes: number, ids: readonly number[],
  found: readonly { readonly path: string; readonly label: number }[]): ModelsPicture[] {
  const p = logits.map((rows) => softmaxRows(rows, classes)), given = logits.map((rows) => classesOf(rows, classes));
  return found.map(({ path, label }, n) => {
    let variation = 0;
    for (let i = 0; i < p.length; i++) {
      for (let j = i + 1; j < p.length; j++) {
        let apart = 0;
        for (let c = 0; c < classes; c++) apart += Math.abs(p[i][n * classes + c] - p[j][n * classes + c]);
        variation = Math.max(variation, apart / 2);
      }
    }
    const answers = p.map((rows, m) => ({ predicted: given[m][n], confidence: rows[n * classes + given[m][n]],
      labelConfidence: rows[n * classes + label] })
    );
    return { id: ids[n], path, label, variation, answers };
  });
}

/** Places of pictures that networks call differently, those first whose confidences are furthest apart. */
function mostDifferent(pictures: readonly ModelsPicture[], count: number): number[] {
  return pictures.flatMap(({ answers }, n) => (answers.some((a) => a.predicted !== answers[0].predicted) ? [n] : []))
    .sort((a, b) => pictures[b].variation - pictures[a].variation || a - b).slice(0, count);
}

async function difference(picture: ModelsPicture, n: number, models: readonly OpenedModel[], explainers: readonly Explainer[],
  profiles: readonly Profiles[], maps: boolean): Promise<ShownDifference> {
  const blamed: { top: readonly FilterAnswer[]; map: string | null }[] = [];
  let uri: string | null = null;
  for (const [m, { network, set, how }] of models.entries()) {
    const { layers, pictureShape: shape } = network;
    const { values, stats } = profiles[m];
    const filters = filterCount(layers);
    const standardized = standardize(values.subarray(n * filters, (n + 1) * filters), stats);
    const ranked = rankFilters(standardized, stats).slice(0, BOOSTED);
    const top = ranked.map((index): FilterAnswer => {
      const { layer, filter } = locate(layers, index);
      return { index, layer: layer.name, filter, saliency: standardized[index] };
    });
    const reader = new SampleReader(how, network.channelsLast);
    const prepared = await reader.read(set.sample(picture.id).source).then(({ data }) => data, () => null);
    reader.close();
    if (!prepared) {
      blamed.push({ top, map: null });
      continue;
    }
    const map = maps && ranked.length > 0
      ? pixelMap((await explainers[m].inputMaps([prepared], [picture.label], [ranked], stats))[0].gradient, shape)
      : null;
    const drawn = await reportPictures({ shown: shownPicture(prepared, shape, how), map, comparisons: new Map() }, encodePicture);
    uri ??= drawn.picture;
    blamed.push({ top, map: drawn.maps[0]?.uri ?? null });
  }
  return { ...picture, uri, blamed };
}
