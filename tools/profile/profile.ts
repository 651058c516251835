/** `misfire profile` at work: a run is begun, gone on with, or found complete, and what it came to is said. */
import { rmdir } from 'node:fs/promises';
import { shardSize } from '../../src/dataset/dataset.js';
import { workIn } from '../../src/store/folder.js';
import type { Meta } from '../../src/store/format.js';
import type { Lock } from '../../src/store/lock.js';
import { checkSame, isComplete, readMeta, RUN } from '../../src/store/run.js';
import { StoredRun } from '../../src/store/stored-run.js';
import { readClasses } from '../shared/classes.js';
import { Interrupt } from '../shared/interrupt.js';
import { openModel, outputOf, type ModelFile } from '../shared/model-file.js';
import { again, commandLine, next, nextMistakes } from '../shared/next.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { compute, type Computed } from './compute.js';
import { describe, WHOLE, type ProfileOptions } from './describe.js';
import { openSet, type Opened } from './open.js';
import { countsOf, doubtOf, showSummary, summarize, type Summary } from './summary.js';

export async function profile(data: readonly string[], options: ProfileOptions): Promise<void> {
  await checkJson(options.json);
  const names = await readClasses(options.classes);
  const file = await openModel(options.model, { output: options.output, classes: names?.count });
  const opened = await openSet(data, file, names, options.preprocess);
  if (!options.quiet) {
    for (const text of [...opened.network.notices, ...opened.set.notices, ...opened.notices]) notice(`${text}.`);
  }
  const meta = describe(file, opened, options);
  if (shardSize(opened.set.count, options.shard ?? WHOLE) === 0) {
    throw new Error(`shard ${meta.shard!.index}/${meta.shard!.count} of ${opened.set.count} samples is empty; take fewer shards`);
  }

  const interrupt = new Interrupt();
  const { summary, sureness } = await workIn(options.out, RUN, (lock) => {
    interrupt.begin();
    return beginOrGoOn(file, opened, meta, options, { interrupt, lock });
  }, options.quiet ? undefined : notice)
    .finally(() => rmdir(options.out).catch(() => undefined)); // where it was made for nothing
  const doubt = doubtOf(summary, meta.model.classes, sureness, doctorCommand(data, options));
  await writeResult(() => [`${JSON.stringify(summary)}\n`], showSummary(summary), options);
  if (doubt !== null && !options.quiet) notice(doubt);
  interrupt.end();
  nextOf(summary, options);
}

function nextOf({ complete, wrong }: Summary, options: ProfileOptions): void {
  const { out, shard, statsOnly } = options;
  if (!complete) next('the same command, which goes on', again(), options);
  else if (shard) next('which shards are still to be run', ['merge', out, '--missing'], options);
  else if (statsOnly) next('what the run shows as a whole', ['summary', out], options);
  else nextMistakes(out, wrong, options);
}

async function beginOrGoOn({ model }: ModelFile, opened: Opened, meta: Meta, options: ProfileOptions,
  held: { readonly interrupt: Interrupt; readonly lock: Lock }): Promise<Computed> {
  const begun = await readMeta(options.out);
  if (begun) {
    await checkSame(options.out, begun, { ...meta,
      batch: meta.batchAsked === null || meta.batchAsked === begun.batchAsked ? begun.batch : meta.batchAsked }, opened.set,
      outputOf(begun.model, model));
  }
  return begun && await isComplete(options.out)
    ? { summary: summarize(options.out, begun, await countsOf(new StoredRun(options.out, begun)), null), sureness: null }
    : compute(opened, begun, meta, options, held);
}

/** What finds out how this model's pictures are prepared, ready to be pasted. */
function doctorCommand(data: readonly string[], { model, classes, output }: ProfileOptions): string {
  const named = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  return commandLine('doctor', '--model', model, '--data', ...data, ...named('--classes', classes), ...named('--output', output));
}
