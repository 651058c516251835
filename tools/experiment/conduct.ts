/**
 * An experiment over samples of a run: each is computed once, kept in the journal, and everything is written when all are
 * there. The same command goes on after a kill, Ctrl-C or the end of a scheduler's time.
 */
import { Explainer } from '../../src/saliency/explainer.js';
import { workIn } from '../../src/store/folder.js';
import type { Row } from '../../src/store/format.js';
import type { Lock } from '../../src/store/lock.js';
import { PreparedPictures } from '../../src/store/sample.js';
import type { Settings } from '../../src/store/settings.js';
import type { StoredSample } from '../../src/store/stored-run.js';
import type { SampleResult } from '../../src/saliency/experiments/sample.js';
import { Interrupt } from '../shared/interrupt.js';
import { Progress } from '../shared/progress.js';
import { announce, openComputer, type Computer } from '../shared/computer.js';
import { goesOnElsewhere, goingOn, notice, stopped, version } from '../shared/terminal.js';
import { checkBegun, damagedLines, invocation, EXPERIMENT, mended, readFinished, SampleJournal, type Entry, type FoundSamples,
  type JournalHead } from './journal.js';
import type { Experiment } from './open.js';
import type { CommonOptions } from './options.js';
import { writeExperiment, type Forms } from './write.js';

/** What computing a sample may use; open as long as samples are computed. */
export interface Resources {
  readonly experiment: Experiment;
  readonly computer: Computer;
  readonly explainer: Explainer;
  readonly pictures: PreparedPictures;
}

/** R is what is found for a sample, T what comes of all of them. */
export interface Task<R, T> {
  readonly experiment: Experiment;
  /** The command's name. */
  readonly command: string;
  readonly out: string;
  /** What the results depend on beside the model and the run, by the names of its options. */
  readonly settings: Settings;
  /** The samples, in the order of their results. */
  readonly rows: readonly Row[];
  /** How many there are, those of other shards among them. */
  readonly total?: number;
  readonly options: CommonOptions;
  /** What `compute` needs once; called where some sample is not computed yet. */
  readonly prepare?: (resources: Resources) => Promise<void>;
  /** The result of one sample: something JSON can hold, with every number that is to be reported later. */
  readonly compute: (sample: StoredSample, resources: Resources) => Promise<R>;
  /** What comes of all samples, in the order of the rows. */
  readonly summarize: (samples: readonly SampleResult<R, Row>[], head: JournalHead) => T;
  /** How that is written, while no other process works on `out`. */
  readonly forms: Forms<T>;
}

/**
 * What came of all samples, written; null where it was stopped, or is a shard's. Throws one sentence where the folder holds something
 * else.
 */
export async function conduct<R, T>(task: Task<R, T>): Promise<T | null> {
  const { out, command, experiment: { meta }, options: { shard } } = task;
  const rows = shard ? task.rows.filter((_, k) => k % shard.count === shard.index) : task.rows;
  // The model and the data stand first: with others, the other settings do not matter.
  const settings: Settings = { model: meta.model.sha256, 'list of samples': meta.data.sha256, aggregation: meta.aggregation,
    preprocessing: meta.preprocessing, ...task.settings };
  const interrupt = new Interrupt('sample');
  const outcome = await workIn(out, EXPERIMENT, async (lock) => {
    interrupt.begin();
    const read = await readFinished<R>(out);
    if (read) checkBegun(out, read.head, command, settings, shard);
    if (read && read.damaged > 0 && !task.options.quiet) notice(damagedLines(out, read.damaged));
    const found = read && await mended(out, read, () => lock.check());
    const results = new Map((found?.entries ?? []).map((e) => [e.id, e]));
    const left = new Set(rows.filter(({ id }) => !results.has(id)).map(({ id }) => id));
    const head = found && left.size === 0
      ? found.head
      : await computeLeft({ ...task, rows, total: task.rows.length }, settings, found, results, left, { interrupt, lock });
    if (left.size > 0) {
      stopped(rows.length - left.size, rows.length);
      return null;
    }
    if (shard) {
      if (!task.options.quiet) {
        notice(`shard ${shard.index}/${shard.count} is complete, ${rows.length} samples in ${out}; misfire merge joins the shards.`);
      }
      return null;
    }
    const made = task.summarize(rows.map((sample) => ({ sample, result: results.get(sample.id)!.result })), head);
    await writeExperiment(out, made, task.forms, task.options, () => lock.check());
    return made;
  }, task.options.quiet ? undefined : notice);
  interrupt.end();
  return outcome;
}

/** Moves samples from `left` to `results` until none is left or it is stopped; returns the head of the journal. */
async function computeLeft<R, T>(task: Task<R, T>, settings: Settings, found: FoundSamples<R> | null, results: Map<number, Entry<R>>,
  left: Set<number>, { interrupt, lock }: { readonly interrupt: Interrupt; readonly lock: Lock }): Promise<JournalHead> {
  const { experiment, command, out, rows, total = 0, options: { batch, quiet, shard, progress: form } } = task;
  const computer = await openComputer(task.options);
  const { description, software } = computer.adapter;
  const explainer = new Explainer(experiment.network, computer, { batch, aggregation: experiment.meta.aggregation });
  const pictures = experiment.preparedPictures();
  const before = rows.length - left.size;
  const progress = new Progress(rows.length, before, { quiet, form });
  let journal: SampleJournal<R> | null = null;
  try {
    if (!quiet) announce(computer, task.options);
    const begun = found?.head ?? null;
    if (begun && !quiet) goesOnElsewhere(out, begun.adapter.description, description);
    const head = begun ??
      { journal: 2, version, command, settings, adapter: { description, software },
        ...(shard && { shard, samples: total, invocation: invocation() }) };
    journal = await SampleJournal.open(out, head, found, () => lock.check());
    if (before > 0 && !quiet) goingOn(before, rows.length);
    const resources: Resources = { experiment, computer, explainer, pictures };
    if (left.size > 0) await task.prepare?.(resources);
    progress.begin();
    for await (const sample of experiment.samples(new Set(left))) {
      if (interrupt.stopped) break;
      const entry: Entry<R> = { id: sample.row.id, result: await task.compute(sample, resources) };
      await journal.append(entry);
      results.set(entry.id, entry);
      left.delete(entry.id);
      progress.update(rows.length - left.size);
    }
    return head;
  } finally {
    progress.clear();
    await journal?.close();
    pictures.close();
    explainer.destroy();
    computer.destroy();
  }
}
