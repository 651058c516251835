/** What `misfire merge` joins: all shards of one data set, computed alike. */
import { shardSize, type Shard } from '../../src/dataset/dataset.js';
import { settingsOf, type Meta } from '../../src/store/format.js';
import { difference } from '../../src/store/settings.js';
import { openRun, type StoredRun } from '../../src/store/stored-run.js';

/** A folder as one of the shards of something. */
export interface FoundShard {
  readonly shard: Shard;
  /** How many samples all shards have. */
  readonly samples: number;
  /** Of what: 'misfire profile', 'misfire prune'. */
  readonly of: string;
  /** Whether everything is there. */
  readonly whole: boolean;
}

/** In the order of their indices. Throws one sentence where they are not all the shards of one run, each complete. */
export async function openShards(folders: readonly string[]): Promise<StoredRun[]> {
  const shards: StoredRun[] = [];
  for (const folder of folders) {
    const run = await openRun(folder, ({ shard }) =>
      shard ? null : `${folder} is a run over the whole data set; merge joins what --shard I/N made`);
    const { meta } = run;
    const { index, count } = meta.shard!;
    const other = shards.find((s) => s.meta.shard!.index === index);
    if (other) throw new Error(`${other.folder} and ${folder} are both shard ${index}/${count}; give each once`);
    if (shards.length > 0) checkAlike(shards[0], run);
    shards.push(run);
  }
  checkAll(shards);
  return shards.sort((a, b) => a.meta.shard!.index - b.meta.shard!.index);
}

/** Which shard it is and how many samples are computed at once may differ. */
function checkAlike({ folder, meta: first }: StoredRun, other: StoredRun): void {
  const { meta } = other;
  const alike: Meta = { ...meta, shard: { ...first.shard!, count: meta.shard!.count }, batch: first.batch };
  const differs = first.data.sha256 !== meta.data.sha256 ? 'data list' : difference(settingsOf(first), settingsOf(alike));
  if (differs !== null) throw new Error(`${folder} and ${other.folder} are of another ${differs}; they cannot be joined`);
}

function checkAll(shards: readonly StoredRun[]): void {
  const { shard, data } = shards[0].meta;
  const { count } = shard!;
  const missing = Array.from({ length: count }, (_, k) => k).filter((k) => !shards.some((s) => s.meta.shard!.index === k));
  // Shards beyond the last sample have nothing to compute and no run.
  const needed = missing.filter((k) => k < data.samples);
  if (needed.length === 0) return;
  const [what, are] = needed.length > 1 ? ['shards', 'are'] : ['shard', 'is'];
  throw new Error(`the ${what} ${needed.map((k) => `${k}/${count}`).join(', ')} ${are} missing; give all ${count}`);
}

/**
 * Counts the rows and errors of a run, all of one or of a shard, against what it has to have. Throws one sentence that names what is
 * missing or does not belong there.
 */
export async function checkRows(run: StoredRun, shard: Shard | null): Promise<void> {
  const { folder, meta: { data } } = run;
  const { index, count } = shard ?? { index: 0, count: 1 };
  const ids = new Set<number>();
  let rows = 0;
  for await (const part of run.parts()) {
    rows += part.rows.length;
    for (const { id } of part.rows) ids.add(id);
  }
  const errors = await run.readErrors();
  for (const { id } of errors) ids.add(id);
  const wanted = shardSize(data.samples, { index, count });
  const what = `${folder} has ${rows} rows and ${errors.length} errors, and ${shard ? `shard ${index}/${count}` : 'the whole'} of ` +
    `${data.samples} samples is ${wanted}`;
  const again = 'remove that folder and compute it again';
  if (rows + errors.length !== wanted) throw new Error(`${what}: a part file is missing or is another run's; ${again}`);
  const stranger = [...ids].find((id) => !(id % count === index && id < data.samples));
  if (ids.size !== wanted || stranger !== undefined) {
    throw new Error(`${what}, but ${stranger === undefined ? 'some are there twice' : `sample ${stranger} is none of its own`}; ${again}`);
  }
  const counts = await run.readCounts();
  const counted = counts ? counts.right + counts.wrong : rows;
  if (counted !== rows) throw new Error(`${folder} has ${rows} rows, but statistics of ${counted}; ${again}`);
}
