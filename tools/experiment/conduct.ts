/**
 * An experiment over samples of a run: each is computed once, kept in the journal, and everything is written when all are
 * there. The same command goes on after a kill, Ctrl-C or the end of a scheduler's time.
 */
import { openDawnDevice } from '../../src/dawn.js';
import { Lock } from '../../src/store/lock.js';
import type { Row } from '../../src/store/format.js';
import type { Device } from '../../src/engine/device.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { announce, notice, version } from '../shared/terminal.js';
import { Interrupt } from '../shared/interrupt.js';
import { Progress } from '../shared/progress.js';
import { checkSettings, Journal, makeOut, readJournal, type Entry, type JournalHead, type Settings } from './journal.js';
import { PreparedPictures, storedSamples, type Experiment, type StoredSample } from './open.js';

/** What computing a sample may use; open as long as samples are computed. */
export interface Lab {
  readonly experiment: Experiment;
  readonly device: Device;
  readonly explainer: Explainer;
  readonly pictures: PreparedPictures;
}

export interface Task<R> {
  readonly experiment: Experiment;
  /** The command's name. */
  readonly command: string;
  readonly out: string;
  /** What the results depend on beside the model and the run, by the names of its options. */
  readonly settings: Settings;
  /** The samples, in the order of their results. */
  readonly rows: readonly Row[];
  readonly adapter?: string;
  readonly batch?: number;
  readonly quiet?: boolean;
  /** What `compute` needs once; called where some sample is not computed yet. */
  readonly prepare?: (lab: Lab) => Promise<void>;
  /** The result of one sample: something JSON can hold, with every number that is to be reported later. */
  readonly compute: (sample: StoredSample, lab: Lab) => Promise<R>;
  /** Called with all results, while no other process works on `out`. */
  readonly write: (outcome: Outcome<R>) => Promise<void>;
}

export interface Outcome<R> {
  /** One for each of the task's rows, in their order. */
  readonly results: readonly Entry<R>[];
  readonly head: JournalHead;
  /** How many samples this command computed; the others were there already. */
  readonly computed: number;
}

/** True where all is done and written, false where it was stopped. Throws one sentence where the folder holds something else. */
export async function conduct<R>(task: Task<R>): Promise<boolean> {
  const { out, command, rows, experiment: { meta } } = task;
  // The model and the data stand first: with others, the other settings do not matter.
  const settings: Settings = { model: meta.model.sha256, 'list of samples': meta.data.sha256, aggregation: meta.aggregation,
    preprocessing: meta.preprocessing, ...task.settings };
  await makeOut(out);
  const interrupt = new Interrupt('sample');
  const lock = await Lock.take(out);
  let done: boolean;
  try {
    const found = await readJournal<R>(out);
    if (found) checkSettings(out, found.head, command, settings);
    const results = new Map((found?.entries ?? []).map((e) => [e.id, e]));
    const left = new Set(rows.filter(({ id }) => !results.has(id)).map(({ id }) => id));
    let head = found?.head ?? null;
    const computed = left.size;
    if (computed > 0 || !head) {
      const device = await openDawnDevice({ adapter: task.adapter });
      const { description, software } = device.adapter;
      const explainer = new Explainer(task.experiment.network, device, { batch: task.batch, aggregation: meta.aggregation });
      const pictures = new PreparedPictures(meta);
      let journal: Journal<R> | null = null;
      try {
        if (!task.quiet) announce(device);
        if (head && head.adapter.description !== description && !task.quiet) {
          notice(`${out} was begun on '${head.adapter.description}' and goes on on '${description}'; their last digits may differ.`);
        }
        head ??= { journal: 1, version, command, settings, adapter: { description, software } };
        journal = await Journal.open(out, head, found);
        const before = rows.length - left.size;
        if (before > 0 && !task.quiet) notice(`going on after ${before} of ${rows.length} samples.`);
        const lab: Lab = { experiment: task.experiment, device, explainer, pictures };
        const progress = new Progress(rows.length, before, task.quiet);
        if (left.size > 0) await task.prepare?.(lab);
        for await (const sample of storedSamples(task.experiment, new Set(left))) {
          if (interrupt.stopped) break;
          const entry: Entry<R> = { id: sample.row.id, result: await task.compute(sample, lab) };
          await journal.append(entry);
          results.set(entry.id, entry);
          left.delete(entry.id);
          progress.update(rows.length - left.size);
        }
        progress.end();
      } finally {
        await journal?.close();
        pictures.close();
        explainer.destroy();
        device.destroy();
      }
    }
    done = left.size === 0;
    if (done) await task.write({ results: rows.map(({ id }) => results.get(id)!), head, computed });
    else notice(`stopped after ${rows.length - left.size} of ${rows.length} samples; the same command goes on from there.`);
  } finally {
    await lock.release();
  }
  interrupt.end();
  return done;
}
