/** All that `misfire explain` reads before anything is computed: the model, pictures or samples of a run, labels, statistics. */
import type { Classifier } from '../../src/classifier.js';
import { Classes } from '../../src/data/classes.js';
import { parseLabels, type Label } from '../../src/data/labels.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { filterCount } from '../../src/saliency/network.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import { checkStatistics, type Statistics } from '../../src/saliency/standardize.js';
import type { Row } from '../../src/store/format.js';
import { openProfiles, rowsOf, worstMistakes, type StoredRun } from '../../src/store/stored-run.js';
import { findModel } from '../experiment/open.js';
import { namesInModel, readClasses } from '../shared/classes.js';
import { classifierOf, hasOpenSize, openModel, outputOf, type ModelFile } from '../shared/model-file.js';
import { runSamples, type Sample } from '../shared/samples.js';
import { notice } from '../shared/terminal.js';
import { openTraced, tracedLabels, tracedNetwork, type Traced } from '../shared/trace.js';
import { openNetwork, readStatistics } from './open.js';
import type { ExplainOptions } from './options.js';

export interface Inputs {
  readonly file: ModelFile;
  readonly network: Classifier;
  readonly samples: readonly Sample[];
  readonly labels: readonly Label[];
  readonly classes: Classes | null;
  readonly how: Preprocessing | null;
  readonly run: StoredRun | null;
  readonly statsName: string | null;
  readonly stats: Statistics | null;
  readonly aggregation: Aggregation;
  /** What stands in place of the network, which is then `network`. */
  readonly trace: Traced | null;
  /** The network itself, also on a trace. */
  readonly untraced: Classifier;
  /** Closes the files of samples. */
  close(): void;
}

/** The samples, the network that takes them, and how they are prepared; of a run's samples the rows too. */
type Source = Pick<Inputs, 'network' | 'samples' | 'how' | 'close'> & { readonly rows: readonly Row[] | null;
  readonly notices: readonly string[] };

/** Throws one sentence where a file is missing, or files do not belong together. */
export async function openInputs(images: readonly string[], options: ExplainOptions): Promise<Inputs> {
  const given = await readClasses(options.classes);
  const run = options.run === undefined ? null : await openProfiles(options.run);
  const opened = run ? await findModel(run.folder, run.meta.model, options.model) : await openModel(options.model!);
  const file = { ...opened,
    choice: { output: options.output ?? (run ? outputOf(run.meta.model, opened.model) : undefined), classes: given?.count } };
  const { network, samples, how, rows, notices, close } = rowsAsked(options) && run
    ? await fromRun(run, file, options)
    : await fromFiles(file, images, run, options.preprocess);
  const { classes, notices: more } = classNames(given, run, file, network);
  if (!options.quiet) { for (const text of [...notices, ...more]) notice(`${text}.`); }
  const aggregation = options.aggregation ?? run?.meta.aggregation ?? 'mean-abs';
  const statsName = options.stats ?? (run ? run.statisticsPath : null);
  const stats = statsName === null ? null : await readStatistics(statsName, aggregation);
  if (stats) checkStatistics(stats, statsName!, { sha256: file.sha256, filters: filterCount(network.layers), aggregation });
  const asked = options.label === undefined && rows
    ? rows.map((row) => row.label)
    : parseLabels(options.label!, samples.length, network.classes, classes, (text) => options.quiet || notice(`${text}.`));
  const all = { file, network, untraced: network, samples, labels: asked, classes, how, run, statsName, stats, aggregation, close };
  return options.trace === undefined ? { ...all, trace: null } : onTrace(all, options);
}

/** The same on the trace that --trace names. */
async function onTrace(inputs: Omit<Inputs, 'trace'>, { trace: option, quiet }: ExplainOptions): Promise<Inputs> {
  const trace = await openTraced(option!, inputs.file.sha256, inputs.classes);
  const { labels, notices } = await tracedLabels(inputs.samples, inputs.labels, trace);
  if (!quiet) { for (const text of [`on ${trace.name}: ${trace.says}`, ...notices]) notice(`${text}.`); }
  return { ...inputs, network: tracedNetwork(inputs.network, trace), labels, trace };
}

const rowsAsked = ({ sample, worst }: ExplainOptions): boolean => sample !== undefined || worst !== undefined;

async function fromRun(run: StoredRun, file: ModelFile, { sample, worst, quiet }: ExplainOptions): Promise<Source> {
  const all = await run.readRows();
  const rows = sample ? rowsOf(all, sample, run.folder) : worstMistakes(all, worst!);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${run.folder} right; name samples with --sample`);
  if (worst !== undefined && rows.length < worst && !quiet) notice(`${run.folder} has only ${rows.length} mistakes.`);
  const { model: { pictureShape }, preprocessing: how } = run.meta;
  const network = classifierOf(file, hasOpenSize(file.model.inputs[0]) ? pictureShape : undefined);
  return { network, ...runSamples(run, rows), how, rows, notices: [] };
}

/** Files are prepared as --preprocess says, else as a run's pictures were. */
async function fromFiles(file: ModelFile, images: readonly string[], run: StoredRun | null,
  preprocess: string | undefined): Promise<Source> {
  const opened = await openNetwork(file, images, preprocess, run?.meta.preprocessing ?? null);
  return { ...opened, rows: null, close: () => undefined };
}

/** Names given, else those of the run, else those in the model's file. Throws one sentence where they are not as many as the classes. */
function classNames(given: Classes | null, run: StoredRun | null, file: ModelFile,
  network: Classifier): { classes: Classes | null; notices: string[] } {
  if (given && given.count !== network.classes) {
    throw new Error(`${given.source} names ${given.count} classes, but ${file.path} has ${network.classes}`);
  }
  const names = run?.meta.data.classNames;
  const classes = given ?? (names?.length === network.classes ? new Classes(names, run!.folder) : null);
  if (classes) return { classes, notices: [] };
  const found = namesInModel(file.model, network.classes);
  return { classes: found?.classes ?? null, notices: found ? [found.notice] : [] };
}
