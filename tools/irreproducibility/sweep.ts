/**
 * `misfire irreproducibility sweep`: every setting of a factorial with every seed, kept in the journal one by one, so that the same command
 * goes on after a kill; a shard has every N-th of them, and `misfire merge` joins shards.
 */
import { join } from 'node:path';
import type { Shard } from '../../src/dataset/dataset.js';
import { openDawnDevice } from '../../src/dawn.js';
import type { Device } from '../../src/engine/device.js';
import { writeAllAtomic } from '../../src/files/files.js';
import { TooLarge } from '../../src/kernels/writer.js';
import { cellName, cellsCsv, effectsCsv, refusals, seedsCsv, sweepJson, sweepText,
  type SweepReport } from '../../src/report/reproducibility/sweep.js';
import { sweepPage } from '../../src/report/reproducibility/sweep-page.js';
import { analyseSweep, type Outcome } from '../../src/reproducibility/effects.js';
import { runReplicates } from '../../src/reproducibility/experiment.js';
import type { Measures } from '../../src/reproducibility/measures.js';
import type { Setting } from '../../src/reproducibility/setting.js';
import { parseSweep, type Sweep } from '../../src/reproducibility/sweep.js';
import { workIn } from '../../src/store/folder.js';
import type { Lock } from '../../src/store/lock.js';
import type { Settings } from '../../src/store/settings.js';
import { checkBegun, damagedLines, EXPERIMENT, invocation, mended, readFinished, SampleJournal, type FoundSamples,
  type JournalHead } from '../experiment/journal.js';
import { announce } from '../shared/computer.js';
import { Interrupt } from '../shared/interrupt.js';
import { page } from '../shared/page.js';
import { Progress, type ProgressForm } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { goesOnElsewhere, goingOn, notice, stopped, version } from '../shared/terminal.js';
import { readJson } from './setting-file.js';

export interface SweepOptions {
  readonly out: string;
  readonly shard?: Shard;
  readonly resamples: number;
  readonly adapter?: string;
  readonly progress?: ProgressForm;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

const COMMAND = 'irreproducibility sweep';

/** JSON has no NaN: null is what it becomes, and is taken back for. */
type Kept = Outcome;

export async function sweepIrreproducibility(file: string, options: SweepOptions): Promise<void> {
  const { out, shard, quiet } = options;
  const sweep = parseSweep(await readJson(file), file);
  await checkJson(options.json);
  const runnable = sweep.cells.filter(({ setting }) => setting !== null);
  if (!quiet) {
    for (const { levels, refusal } of sweep.cells) if (refusal !== null) notice(`${cellName(levels)}: ${refusal}; it is left out.`);
  }
  if (runnable.length === 0) throw new Error(`none of the settings of ${file} can be run; the first: ${sweep.cells[0].refusal}`);
  const settings: Settings = { settings: sweep.cells.map(({ setting }) => setting && { ...setting, seed: 0 }), seeds: sweep.seeds };
  const total = sweep.cells.length * sweep.seeds.length;
  const mine = Array.from({ length: total }, (_, id) => id).filter((id) => !shard || id % shard.count === shard.index);
  const interrupt = new Interrupt('setting');
  await workIn(out, EXPERIMENT, async (lock) => {
    interrupt.begin();
    const read = await readFinished<Kept>(out);
    if (read) checkBegun(out, read.head, COMMAND, settings, shard);
    if (read && read.damaged > 0 && !quiet) notice(damagedLines(out, read.damaged));
    const found = read && await mended(out, read, () => lock.check());
    const results = new Map((found?.entries ?? []).map(({ id, result }) => [id, revived(result)]));
    const left = new Set(mine.filter((id) => !results.has(id)));
    const head = found && left.size === 0
      ? found.head
      : await computeLeft(sweep, settings, mine.length, total, found, results, left, { options, interrupt, lock });
    if (left.size > 0) return stopped(mine.length - left.size, mine.length);
    if (shard) {
      if (!quiet) notice(`shard ${shard.index}/${shard.count} is complete, ${mine.length} runs in ${out}; misfire merge joins the shards.`);
      return;
    }
    const outcomes = sweep.cells.map((_, c) => sweep.seeds.map((_, k) => results.get(c * sweep.seeds.length + k)!));
    const report: SweepReport = { name: file, sweep, result: analyseSweep(sweep, outcomes, options.resamples), version,
      adapter: head.adapter.description, resamples: options.resamples };
    await writeAllAtomic(new Map<string, string | Iterable<string>>([
      [join(out, 'result.json'), sweepJson(report)],
      [join(out, 'cells.csv'), cellsCsv(report)],
      [join(out, 'seeds.csv'), seedsCsv(report)],
      [join(out, 'effects.csv'), effectsCsv(report)],
      [join(out, 'page.html'), await page(await sweepPage(report))],
    ]), () => lock.check());
    if (!quiet) { for (const text of refusals(report.result)) notice(`${text}.`); }
    await writeResult(() => sweepJson(report), `${sweepText(report)}\nThe page: ${join(out, 'page.html')}\n`, options);
  }, quiet ? undefined : notice);
  interrupt.end();
}

/** Moves runs from `left` to `results`, a setting with all its seeds at a time, until none is left or it is stopped. */
async function computeLeft(sweep: Sweep, settings: Settings, mine: number, samples: number, found: FoundSamples<Kept> | null,
  results: Map<number, Outcome>, left: Set<number>,
  { options, interrupt, lock }: { readonly options: SweepOptions; readonly interrupt: Interrupt; readonly lock: Lock }
): Promise<JournalHead> {
  const { out, shard, adapter, quiet, progress: form } = options;
  const device = await openDawnDevice({ adapter });
  const progress = new Progress(mine, mine - left.size, { quiet, form });
  let journal: SampleJournal<Kept> | null = null;
  try {
    const { description, software } = device.adapter;
    if (!quiet) announce(device);
    if (found && !quiet) goesOnElsewhere(out, found.head.adapter.description, description);
    const head: JournalHead = found?.head ??
      { journal: 2, version, command: COMMAND, settings, adapter: { description, software },
        ...(shard && { shard, samples, invocation: invocation() }) };
    journal = await SampleJournal.open(out, head, found, () => lock.check());
    if (mine > left.size && !quiet) goingOn(mine - left.size, mine);
    progress.begin();
    for (const [c, { setting, refusal }] of sweep.cells.entries()) {
      if (interrupt.stopped) break;
      const ids = sweep.seeds.map((_, k) => c * sweep.seeds.length + k).filter((id) => left.has(id));
      if (ids.length === 0) continue;
      const seeds = ids.map((id) => sweep.seeds[id % sweep.seeds.length]);
      const outcomes = setting ? await outcomesOf(device, setting, seeds) : seeds.map((): Outcome => ({ failed: refusal! }));
      for (const [k, id] of ids.entries()) {
        await journal.append({ id, result: outcomes[k] });
        results.set(id, outcomes[k]);
        left.delete(id);
      }
      progress.update(mine - left.size);
    }
    return head;
  } finally {
    progress.clear();
    await journal?.close();
    device.destroy();
  }
}

/** All seeds at once; where there is no room for them, half of them at a time, and where there is none for one, why. */
async function outcomesOf(device: Device, setting: Setting, seeds: readonly number[]): Promise<Outcome[]> {
  try {
    const found = await runReplicates(device, setting, seeds);
    return found.map(({ measures, diverged }) => ({ measures, diverged: diverged.length }));
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    if (seeds.length === 1) return [{ failed: error.message }];
    const half = seeds.length >> 1;
    const first = await outcomesOf(device, setting, seeds.slice(0, half));
    // What is too large for one seed is so for all.
    if (first.every((o) => 'failed' in o)) return seeds.map(() => first[0]);
    return [...first, ...await outcomesOf(device, setting, seeds.slice(half))];
  }
}

function revived(outcome: Kept): Outcome {
  if ('failed' in outcome) return outcome;
  const measures = Object.fromEntries(Object.entries(outcome.measures).map(([name, value]) => [name, value ?? NaN])) as unknown as Measures;
  return { ...outcome, measures };
}
