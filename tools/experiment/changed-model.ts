/**
 * A changed model before it is written: what it says of the sample it was made for, and of every sample of a run. Both are asked of the
 * bytes that go into the file, loaded as a reader loads them.
 */
import { classifier } from '../../src/classifier.js';
import { checkWritable, writeAtomic } from '../../src/files/files.js';
import { annotated } from '../../src/onnx/annotate.js';
import { confidence, percent, plural, whole } from '../../src/report/numbers.js';
import { table, wrapped } from '../../src/report/text-table.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import type { Row } from '../../src/store/format.js';
import { PreparedPictures } from '../../src/store/sample.js';
import { openRun, type StoredRun } from '../../src/store/stored-run.js';
import { outputOf, parseModel } from '../shared/model-file.js';
import { Progress } from '../shared/progress.js';
import { writeResult, type ResultOptions } from '../shared/results.js';
import { announce, openComputer, type ComputerOptions } from '../shared/computer.js';
import { version } from '../shared/terminal.js';
import type { Experiment } from './open.js';
import { limited } from './options.js';

/** Pictures read at a time. */
const CHUNK = 64;
const KEY = 'misfire.change';

export interface SaveOptions extends ResultOptions, ComputerOptions {
  /** Another run of the same model that accuracy is measured over; the sample's own where absent. */
  readonly test?: string;
  /** Write it also where the sample is not repaired. */
  readonly force?: boolean;
  /** So many samples of the run, drawn at random. */
  readonly limit?: number;
  readonly seed: number;
  readonly batch?: number;
}

/** What was done, in words for a person ("the model with ...") and in fields for a program. */
export interface ModelChange {
  readonly command: 'prune' | 'finetune';
  /** Where the file goes. */
  readonly path: string;
  readonly what: string;
  /** More of it, for a person: which filters. */
  readonly details?: string;
  readonly how: Readonly<Record<string, unknown>>;
}

/** What an answer to the sample is: the class given, and softmax there and at the label. */
interface SampleAnswer {
  readonly predicted: number;
  readonly confidence: number;
  readonly labelConfidence: number;
}

/** Answers over a run, before and after. */
interface Accuracy {
  readonly run: string;
  readonly samples: number;
  /** Of how many; more where they were drawn. */
  readonly of: number;
  readonly before: number;
  readonly after: number;
  /** Samples that were wrong and are right, and the other way. */
  readonly fixed: number;
  readonly broken: number;
}

/**
 * Writes a change that was made for the sample `row`, with what was done in the file itself, and says what it is worth; `made` gives the
 * file's bytes, from the prepared picture where it needs that. Throws one sentence where the sample is not repaired and
 * `force` is not set, before any other sample is asked about; nothing is written then.
 */
export async function saveChanged(experiment: Experiment, row: Row, done: ModelChange, options: SaveOptions,
  made: (picture: Float32Array) => Promise<Uint8Array>): Promise<void> {
  const { path } = done;
  await checkWritable(path);
  const test = options.test === undefined ? experiment : await openTested(experiment, options.test);
  const device = await openComputer(options);
  const own = experiment.preparedPictures();
  const others = test === experiment ? own : new PreparedPictures(test.meta);
  try {
    const picture = await own.read(row);
    const bytes = await made(picture);
    const written = parseModel(bytes, path);
    const network = classifier(written, experiment.meta.model.pictureShape, { output: outputOf(experiment.meta.model, written) });
    const explainer = new Explainer(network, device, { batch: options.batch });
    const [logits] = await explainer.logits([picture]);
    const after = answerTo(logits, row);
    const repaired = after.predicted === row.label;
    if (!repaired && !options.force) throw notRepaired(experiment, row, done, after);
    if (!options.quiet) announce(device, options);
    const rows = limited(await test.readRows(), options.limit, options.seed);
    const accuracy = await measured(explainer, others, rows, test, options);
    explainer.destroy();
    const record = recordOf(experiment, row, done, after, accuracy);
    await writeAtomic(path, annotated(bytes, { sentence: `misfire ${version}: ${done.what}.`, key: KEY, value: JSON.stringify(record) }));
    await writeResult(() => [`${JSON.stringify({ file: path, ...record })}\n`], savedText(experiment, row, done, after, accuracy), options);
  } finally {
    own.close();
    if (others !== own) others.close();
    device.destroy();
  }
}

/** Throws one sentence where the folder is no run of this model with pictures of this size; profiles it need not have. */
async function openTested({ folder, meta: { model } }: Experiment, test: string): Promise<StoredRun> {
  const run = await openRun(test);
  const theirs = run.meta.model;
  if (theirs.sha256 !== model.sha256) {
    throw new Error(`${test} is a run of another model than ${folder} (sha256 ${theirs.sha256.slice(0, 12)}... instead of ` +
      `${model.sha256.slice(0, 12)}...); profile the pictures of --test with the same one`);
  }
  if (theirs.pictureShape.join() !== model.pictureShape.join()) {
    throw new Error(`${test} was made with pictures of ${theirs.pictureShape.join(' x ')} and ${folder} with ` +
      `${model.pictureShape.join(' x ')}; profile both with one size`);
  }
  return run;
}

const answerTo = (logits: Float32Array, { label }: Row): SampleAnswer => {
  const predicted = argmax(logits);
  return { predicted, confidence: probability(logits, predicted), labelConfidence: probability(logits, label) };
};

function notRepaired({ name }: Experiment, row: Row, { what, path }: ModelChange, after: SampleAnswer): Error {
  const right = row.label === row.predicted;
  const change = `${confidence(row.labelConfidence)} before, ${confidence(after.labelConfidence)} now`;
  return new Error(`${what}: sample ${row.id}, a ${name(row.label)}, is ${right ? 'no longer right' : 'not repaired'}, ` +
    `the answer is ${name(after.predicted)} (${name(row.label)} ${change}), so ${path} is not written; ` +
    'try another number of filters, or write it all the same with --force');
}

async function measured(explainer: Explainer, pictures: PreparedPictures, rows: readonly Row[], run: StoredRun,
  { quiet }: SaveOptions): Promise<Accuracy> {
  const counts = { before: 0, after: 0, fixed: 0, broken: 0 };
  const progress = new Progress(rows.length, 0, { quiet });
  try {
    for (let from = 0; from < rows.length; from += CHUNK) {
      const some = rows.slice(from, from + CHUNK);
      const answers = await explainer.logits(await Promise.all(some.map((r) => pictures.read(r))));
      some.forEach(({ label, predicted }, k) => {
        const [was, is] = [predicted === label, argmax(answers[k]) === label];
        counts.before += Number(was);
        counts.after += Number(is);
        counts.fixed += Number(is && !was);
        counts.broken += Number(was && !is);
      });
      progress.update(from + some.length);
    }
  } finally {
    progress.clear();
  }
  return { run: run.folder, samples: rows.length, of: run.meta.data.samples, ...counts };
}

/** What stands in the file. */
function recordOf({ meta, name }: Experiment, row: Row, { command, how }: ModelChange, after: SampleAnswer, accuracy: Accuracy) {
  const { id, path, label, predicted } = row;
  const { samples, before, after: right, fixed, broken } = accuracy;
  return { tool: 'misfire', version, command, source: { sha256: meta.model.sha256 }, ...how,
    sample: { id, path, label, labelName: name(label),
      before: { predicted, name: name(predicted), confidence: row.confidence, labelConfidence: row.labelConfidence },
      after: { ...after, name: name(after.predicted) }, repaired: after.predicted === label },
    accuracy: { samples, before: before / samples, after: right / samples, fixed, broken } };
}

function savedText({ name }: Experiment, row: Row, { what, details, path }: ModelChange, after: SampleAnswer, accuracy: Accuracy): string {
  const { samples, of, before, after: right, fixed, broken, run } = accuracy;
  const state = after.predicted !== row.label ? 'not repaired' : row.label === row.predicted ? 'still right' : 'repaired';
  const answers = [row, after].map((a,
    k) => [k === 0 ? 'before' : 'after', name(a.predicted), confidence(a.confidence), name(row.label), confidence(a.labelConfidence)]
  );
  const over = samples < of
    ? `${whole(samples)} of the ${whole(of)} samples of ${run}, drawn at random`
    : `the ${plural(samples, 'sample')} of ${run}`;
  return [
    `${path}: ${what}`,
    ...(details === undefined ? [] : wrapped(details, '  ')),
    `  sample ${row.id}, a ${name(row.label)}: ${state}`,
    ...table([['', 'answer', '', 'label', ''], ...answers], [2, 4], '    '),
    `  accuracy over ${over}: ${percent(before / samples, 2)} before, ${percent(right / samples, 2)} after, ` +
    `${plural(fixed, 'sample')} fixed and ${whole(broken)} broken`,
    '',
  ].join('\n');
}
