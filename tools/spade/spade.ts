/** `misfire spade` at work: a trace for each picture, kept in a folder that the same command goes on with. */
import { join } from 'node:path';
import type { Classifier } from '../../src/classifier.js';
import { openDawnDevice } from '../../src/dawn.js';
import { writeAllAtomic } from '../../src/files/files.js';
import { readTraceFolder, readTraceRecord, TRACE_MARK, writeTrace, writeTraceFolder,
  type TraceFolder } from '../../src/local/trace-folder.js';
import { saveModel } from '../../src/local/model.js';
import { faithfulnessSentence, traceLayersCsv, tracesCsv, tracesText } from '../../src/report/trace.js';
import { recordOf, type TraceRecord } from '../../src/spade/record.js';
import { Tracer, traceWeights } from '../../src/spade/trace.js';
import { workIn } from '../../src/store/folder.js';
import { difference, refuseDifference } from '../../src/store/settings.js';
import { openNetwork, type Opened } from '../explain/open.js';
import { namesInModel, readClasses } from '../shared/classes.js';
import { announce } from '../shared/computer.js';
import { openModel, type ModelFile } from '../shared/model-file.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { spadeCase } from './case.js';
import type { SpadeOptions } from './options.js';
import { givenPicture, readViews, spadePicture, type ViewsFile } from './pictures.js';
import { layersOf, sparsitiesOf, type Sparsities } from './sparsities.js';

const KIND = {
  mark: TRACE_MARK,
  refusal: (folder: string, stranger: string): string =>
    `${folder} holds ${stranger} and no traces of misfire spade; choose another --out, which may be new`,
};

/** All that is read before anything is computed. */
interface Work {
  readonly file: ModelFile;
  readonly opened: Opened;
  readonly sparsities: Sparsities;
  readonly viewsFile: ViewsFile | null;
  readonly name: (k: number) => string;
}

export async function spade(images: readonly string[], options: SpadeOptions): Promise<void> {
  if (options.out === undefined) throw new UsageError("required option '--out <folder>' not specified");
  if (options.case !== undefined) {
    if (images.length > 0) throw new UsageError('give pictures, or a folder of them with --case, and not both');
    return spadeCase(options.case, options);
  }
  if (images.length === 0) throw new UsageError('name the pictures whose traces are to be made');
  if (options.model === undefined) throw new UsageError("required option '--model <file>' not specified");
  const work = await openWork(images, options);
  const records = await workIn(options.out, KIND, () => traces(work, options), (text) => notice(text));
  process.stdout.write(tracesText(records, work.name));
  const [first] = images;
  next('the explanation by a trace', ['explain', first, '--model', options.model, '--label', 'predicted', '--trace',
    records.length > 1 ? `${options.out}:0` : options.out], options);
}

async function openWork(images: readonly string[], options: SpadeOptions): Promise<Work> {
  const classes = await readClasses(options.classes);
  const opened = await openModel(options.model!);
  const file = { ...opened, choice: { output: options.output, classes: classes?.count } };
  const network = await openNetwork(file, images, options.preprocess);
  const names = classes ?? namesInModel(file.model, network.network.classes)?.classes ?? null;
  const viewsFile = options.viewsFile === undefined ? null : await readViews(options.viewsFile, network.network);
  if (viewsFile && network.samples.length > 1) {
    throw new UsageError(`--views-file has the views of one picture; ${network.samples.length} were given`);
  }
  const sparsities = await sparsitiesOf(options.sparsity, network.network);
  if (![...sparsities.of.values()].some((s) => s > 0) && options.solver !== 'released') {
    throw new Error('no layer is to be pruned: every sparsity is 0; say with --sparsity which are');
  }
  if (!options.quiet) { for (const text of [...network.notices, ...network.network.notices, ...sparsities.notices]) notice(`${text}.`); }
  return { file, opened: network, sparsities, viewsFile, name: (k) => names?.show(k) ?? `class ${k}` };
}

/** What determines the traces; the pictures are held to their places one by one. */
function settingsOf({ file, opened, sparsities, viewsFile }: Work, options: SpadeOptions): TraceFolder {
  const { views, viewPreset, seed, solver, damping } = options;
  const layers = layersOf(opened.network).flatMap(({ uses: _, stem: __, ...layer }) => {
    const sparsity = sparsities.of.get(layer.weight);
    return sparsity === undefined ? [] : [{ ...layer, sparsity }];
  });
  const drawn = viewsFile ? { viewsFile: viewsFile.sha256 } : { views, 'view preset': viewPreset, seed, preprocessing: opened.how };
  return { format: 1, model: { path: file.path, sha256: file.sha256 },
    settings: { ...drawn, solver, damping: damping ?? null, sparsities: Object.fromEntries(sparsities.of) }, layers };
}

async function traces(work: Work, options: SpadeOptions): Promise<TraceRecord[]> {
  const out = options.out!;
  const now = settingsOf(work, options);
  const begun = await readTraceFolder(out).catch(() => null);
  if (begun) {
    const all = (of: TraceFolder) => ({ model: of.model.sha256, ...of.settings });
    refuseDifference(out, difference(all(begun), all(now)));
  } else await writeTraceFolder(out, now);
  const { opened: { samples, network, how }, viewsFile, sparsities, name } = work;
  const progress = new Progress(samples.length, 0, { quiet: options.quiet, parts: true });
  const records: TraceRecord[] = [];
  let tracer: Tracer | null = null, device = null;
  try {
    for (const [k, sample] of samples.entries()) {
      const picture = await spadePicture(await givenPicture(sample), k, network, how, viewsFile, options);
      const known = await readTraceRecord(out, k);
      if (known && known.sha256 !== picture.sha256) {
        throw new Error(`trace ${k} in ${out} is of another picture (${known.picture}); give the same pictures in the same order`);
      }
      if (known) {
        records.push(known);
        continue;
      }
      if (!device) {
        device = await openDawnDevice({ adapter: options.adapter });
        if (!options.quiet) {
          announce(device);
          notice(`sparsities: ${sparsities.what}.`);
        }
      }
      tracer ??= new Tracer(device, network, { sparsities: sparsities.of, solver: options.solver, damping: options.damping,
        batch: options.batch, onProgress: (share) => progress.update(records.length + share, sample.name) });
      const trace = await tracer.trace(picture.input, picture.views, picture.view);
      const record = recordOf(trace, picture.name, picture.sha256);
      await writeTrace(out, k, record, trace, picture.input, network.pictureShape);
      if (options.saveOnnx) await saveTrace(join(out, `trace_${k}.onnx`), work.file.path, network, traceWeights(trace));
      records.push(record);
      progress.clear();
      if (!options.quiet) notice(`${sample.name}: ${faithfulnessSentence(record, name)}.`);
    }
    await writeAllAtomic(new Map([
      [join(out, 'traces.csv'), tracesCsv(records)],
      [join(out, 'layers.csv'), traceLayersCsv(records)],
      [join(out, 'errors.json'), `${JSON.stringify(records.map((r) => r.layers.map((l) => l.error)))}\n`],
    ]));
    return records;
  } finally {
    progress.clear();
    tracer?.destroy();
    device?.destroy();
  }
}

const saveTrace = (path: string, from: string, network: Classifier, weights: ReadonlyMap<string, Float32Array>): Promise<void> =>
  saveModel(path, from, network.stored(weights));
