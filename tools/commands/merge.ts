/** `misfire merge`: the shards of one run become one run. */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { fileError, readText } from '../../src/files/files.js';
import { placeDurably, syncFolder } from '../../src/files/durable.js';
import { isComplete, readMeta, statisticsPath } from '../../src/store/run.js';
import { ERRORS, partName, SAMPLES } from '../../src/store/writer.js';
import { difference, type Meta, type SampleError } from '../../src/store/format.js';
import { parseStatistics } from '../../src/saliency/standardize.js';
import { GroupedMoments, Moments, statisticsText } from '../../src/saliency/statistics.js';
import { countsOf, showSummary, summarize } from '../profile/summary.js';

export function mergeCommand(): Command {
  return new Command('merge')
    .description('join the shards of a data set, each computed by `misfire profile --shard I/N`, into one run')
    .argument('<run...>', 'the folders of all N shards')
    .requiredOption('--out <folder>', 'the folder of the whole, which is made')
    .option('--json', 'write a summary as JSON to standard output')
    .action(merge);
}

async function merge(runs: string[], { out, json }: { out: string; json?: boolean }): Promise<void> {
  const shards = await openShards(runs);
  if (await stat(out).catch(() => null)) throw new Error(`${out} is there already; merge into a new folder`);
  const [{ meta: first }] = shards;
  const meta: Meta = { ...first, shard: null };
  const moments = (await Promise.all(shards.map(({ folder }) => readMoments(folder)))).reduce((a, b) => a.merged(b));

  // Everything is made beside its place and put there at once.
  const made = join(dirname(out), `.${basename(out)}.tmp`);
  try {
    await rm(made, { recursive: true, force: true });
    await mkdir(join(made, SAMPLES), { recursive: true });
    let part = 0;
    const errors: SampleError[] = [];
    for (const { folder } of shards) {
      for (const name of (await readdir(join(folder, SAMPLES))).filter((n) => /^part-\d+\.parquet$/.test(n)).sort()) {
        await copyFile(join(folder, SAMPLES, name), join(made, SAMPLES, partName(part++)));
      }
      errors.push(
        ...(await readFile(join(folder, ERRORS), 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as SampleError)
      );
    }
    await copyFile(join(shards[0].folder, 'list.jsonl'), join(made, 'list.jsonl'));
    await placeDurably(join(made, ERRORS), errors.sort((a, b) => a.id - b.id).map((e) => `${JSON.stringify(e)}\n`).join(''));
    await placeDurably(join(made, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`);
    await placeDurably(statisticsPath(made),
      statisticsText({ model: meta.model.sha256, aggregation: meta.aggregation, layers: meta.model.layers }, moments));
    await rename(made, out);
    await syncFolder(dirname(out));
  } catch (error) {
    await rm(made, { recursive: true, force: true }).catch(() => undefined);
    throw (error as NodeJS.ErrnoException).code ? fileError('write', out, error) : error;
  }
  const summary = summarize(out, meta, await countsOf(out), null);
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : showSummary(summary));
}

interface ShardRun {
  readonly folder: string;
  readonly meta: Meta;
}

/** In the order of their indices. Throws one sentence where they are not all the shards of one run, each complete. */
async function openShards(runs: readonly string[]): Promise<ShardRun[]> {
  const shards: ShardRun[] = [];
  for (const folder of runs) {
    const meta = await readMeta(folder);
    if (!meta) throw new Error(`${folder} is no run of misfire: it has no meta.json`);
    if (!meta.shard) throw new Error(`${folder} is a run over the whole data set; merge joins what --shard I/N made`);
    if (!(await isComplete(folder))) throw new Error(`${folder} is not complete; the same command that began it goes on with it`);
    const other = shards.find((s) => s.meta.shard!.index === meta.shard!.index);
    if (other) throw new Error(`${other.folder} and ${folder} are both shard ${meta.shard.index}/${meta.shard.count}; give each once`);
    const [first] = shards;
    if (first) {
      const alike: Meta = { ...meta, shard: { ...first.meta.shard!, count: meta.shard.count }, batch: first.meta.batch };
      const differs = first.meta.data.sha256 !== meta.data.sha256 ? 'data list' : difference(first.meta, alike);
      if (differs !== null) throw new Error(`${first.folder} and ${folder} are of another ${differs}; they cannot be joined`);
    }
    shards.push({ folder, meta });
  }
  const { count } = shards[0].meta.shard!;
  const missing = Array.from({ length: count }, (_, k) => k).filter((k) => !shards.some((s) => s.meta.shard!.index === k));
  // Shards beyond the last sample have nothing to compute and no run.
  const needed = missing.filter((k) => k < shards[0].meta.data.samples);
  if (needed.length > 0) {
    throw new Error(
      `the ${needed.length > 1 ? 'shards' : 'shard'} ${needed.map((k) => `${k}/${count}`).join(', ')} ${
        needed.length > 1 ? 'are' : 'is'
      } missing; give all ${count}`
    );
  }
  return shards.sort((a, b) => a.meta.shard!.index - b.meta.shard!.index);
}

async function readMoments(folder: string): Promise<GroupedMoments> {
  const path = statisticsPath(folder);
  const { groups, mean } = parseStatistics(await readText(path), path);
  if (!groups) throw new Error(`${path} has no groups; it was not written by misfire profile`);
  const of = (group: 'right' | 'wrong') => (groups[group].samples === 0 ? new Moments(mean.length) : Moments.fromStatistics(groups[group]));
  return new GroupedMoments(of('right'), of('wrong'));
}
