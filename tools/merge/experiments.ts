/**
 * The shards of an experiment become one: their journals are joined, in the order in which one run would have written them, and the
 * command that made them ends the work, as it does where every sample is there.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shardSize, type Shard } from '../../src/dataset/dataset.js';
import { placeDurably } from '../../src/files/durable.js';
import { makeFolder } from '../../src/files/folder.js';
import { workIn } from '../../src/store/folder.js';
import { difference } from '../../src/store/settings.js';
import { damagedLines, EXPERIMENT, FILE, journalText, readFinished, type Entry, type FoundSamples,
  type JournalHead } from '../experiment/journal.js';
import { notice } from '../shared/terminal.js';
import type { FoundShard } from './shards.js';

/** Starts the program with these arguments, in this process. */
export type Rerun = (args: readonly string[]) => Promise<void>;

const PARTS = ['prune', 'finetune', 'mask'];

/** Whether the folder holds an experiment, or those of a study. */
export async function isExperiment(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.includes(FILE) || (!names.includes('meta.json') && PARTS.some((part) => names.includes(part)));
}

/** Throws one sentence where they are not all the shards of one experiment, each complete. */
export async function mergeExperiments(folders: readonly string[], out: string, json: boolean, rerun: Rerun): Promise<void> {
  const study = !(await readdir(folders[0])).includes(FILE);
  if (study) await makeFolder(out);
  let invocation: readonly string[] = [];
  for (const part of study ? PARTS : ['']) {
    const { head, entries } = await joined(folders.map((folder) => join(folder, part)));
    invocation = head.invocation!;
    const { shard, samples, invocation: _, ...whole } = head;
    const text = journalText({ ...whole, journal: 2 }, entries);
    const to = join(out, part);
    await workIn(to, EXPERIMENT, async (lock) => {
      const there = await readFinished(to);
      if (!there) return placeDurably(join(to, FILE), text, () => lock.check());
      if (journalText(there.head, there.entries) !== text) {
        throw new Error(`${to} is there already, and not what these shards give; merge into a new folder`);
      }
      notice(`these shards are joined in ${to} already.`);
    }, notice);
  }
  await rerun([...invocation, '--out', out, ...(json ? ['--json'] : [])]);
}

interface Shards {
  readonly head: JournalHead;
  readonly entries: readonly Entry<unknown>[];
}

/**
 * A folder as a shard of an experiment, or of a study, whose three experiments all have to be there. Null where nothing was begun. Throws
 * one sentence where it is a whole experiment, or damaged.
 */
export async function shardOfExperiment(folder: string): Promise<FoundShard | null> {
  const study = !(await readdir(folder)).includes(FILE);
  const parts: FoundShard[] = [];
  for (const part of study ? PARTS : ['']) {
    const path = join(folder, part);
    const found = await readFinished<unknown>(path);
    if (!found) continue;
    const { command, samples } = found.head;
    const shard = shardOf(path, found.head);
    if (found.damaged > 0) notice(damagedLines(path, found.damaged));
    parts.push({ shard, samples: samples!, of: `misfire ${study ? 'study' : command}`,
      whole: found.entries.length >= shardSize(samples!, shard) });
  }
  const [first] = parts;
  return first ? { ...first, whole: parts.length === (study ? PARTS.length : 1) && parts.every(({ whole }) => whole) } : null;
}

/** Throws one sentence where it is none. */
function shardOf(folder: string, { shard }: JournalHead): Shard {
  if (!shard) throw new Error(`${folder} holds a whole experiment; merge joins what --shard I/N made`);
  return shard;
}

async function joined(folders: readonly string[]): Promise<Shards> {
  const found: (FoundSamples<unknown> & { readonly folder: string })[] = [];
  for (const folder of folders) {
    const shard = await readFinished<unknown>(folder);
    if (!shard) throw new Error(`${folder} holds no experiment`);
    shardOf(folder, shard.head);
    found.push({ ...shard, folder });
  }
  found.sort((a, b) => a.head.shard!.index - b.head.shard!.index);
  const [first] = found;
  const { count } = first.head.shard!;
  const total = first.head.samples!;
  for (const [k, { folder, head, entries }] of found.entries()) {
    const { index } = head.shard!;
    if (head.command !== first.head.command) {
      throw new Error(`${folder} is of misfire ${head.command}, and ${first.folder} of ${first.head.command}`);
    }
    const differs = difference({ ...first.head.settings, shards: count, samples: total }, { ...head.settings, shards: head.shard!.count,
      samples: head.samples });
    if (differs !== null) throw new Error(`${first.folder} and ${folder} are of another ${differs}; they cannot be joined`);
    if (k > 0 && index === found[k - 1].head.shard!.index) {
      throw new Error(`${found[k - 1].folder} and ${folder} are both shard ${index}/${count}; give each once`);
    }
    const wanted = shardSize(total, { index, count });
    if (entries.length !== wanted) {
      throw new Error(
        `${folder} has ${entries.length} samples, and shard ${index}/${count} of ${total} is ${wanted}; the same command goes on with it`
      );
    }
  }
  const indices = new Set(found.map((f) => f.head.shard!.index));
  const missing = Array.from({ length: Math.min(count, total) }, (_, k) => k).filter((k) => !indices.has(k));
  if (missing.length > 0) throw new Error(`of the ${count} shards, ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`);
  const entries = found.flatMap((f) => f.entries).sort((a, b) => a.id - b.id);
  if (new Set(entries.map((e) => e.id)).size !== entries.length) {
    throw new Error('the shards have samples in common; they are not of one experiment');
  }
  for (const what of ['version', 'adapter'] as const) {
    const all = [...new Set(found.map(({ head }) => (what === 'version' ? head.version : head.adapter.description)))];
    if (all.length > 1) notice(`the shards are of more than one ${what}: ${all.join(', ')}; their last digits may differ.`);
  }
  return { head: first.head, entries };
}
