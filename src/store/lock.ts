/**
 * One process at a time on a run: a file `.lock` that says which. The lock of a process that has ended, killed or not,
 * is taken over; that of a process on another host cannot be judged from here and is respected.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError } from '../files/files.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts: a number is given to another process later. Null where that is not known. */
  readonly began: string | null;
  readonly key: string;
}

/** A process that was just killed needs a moment to go. */
const PATIENCE = 5000;
/** A lock that was taken over at the same time by another process is theirs if it still is after so long, in ms. */
const SETTLE = 200;

export class Lock {
  private constructor(private readonly path: string, private readonly key: string) {}

  /** Throws one sentence that names the process that holds the run, once it has not let go of it for `patience` ms. */
  static async take(folder: string, patience = PATIENCE): Promise<Lock> {
    const path = join(folder, '.lock');
    const self: Holder = { pid: process.pid, host: hostname(), began: beganAt(process.pid), key: randomUUID() };
    const text = `${JSON.stringify(self)}\n`;
    for (const deadline = Date.now() + patience;;) {
      try {
        await writeFile(path, text, { flag: 'wx' });
        return new Lock(path, self.key);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError('write', path, error);
      }
      const holder = await read(path);
      if (holder && alive(holder)) {
        if (holder.host === self.host && Date.now() < deadline) {
          await sleep(SETTLE);
          continue;
        }
        throw new Error(holder.host === self.host
          ? `${folder} is in use by process ${holder.pid}; wait for it to end, or choose another --out`
          : `${folder} is in use by process ${holder.pid} on the host ${holder.host}; if that process has ended, remove ${path}`);
      }
      // Replaced, never absent: of several processes that do this at once, the last one to write holds the lock.
      const own = `${path}.${self.key}`;
      await writeFile(own, text);
      if ((await read(path))?.key !== holder?.key) {
        await rm(own, { force: true });
        continue;
      }
      await rename(own, path);
      await sleep(SETTLE);
      if ((await read(path))?.key === self.key) return new Lock(path, self.key);
    }
  }

  async release(): Promise<void> {
    if ((await read(this.path))?.key === this.key) await rm(this.path, { force: true });
  }
}

/** Null where there is no lock, or one that was never written to its end. */
async function read(path: string): Promise<Holder | null> {
  const parse = async (): Promise<Holder | null> => JSON.parse(await readFile(path, 'utf8').catch(() => 'null'));
  try {
    return await parse();
  } catch {
    await sleep(SETTLE); // it may be being written
    return parse().catch(() => null);
  }
}

function alive({ pid, host, began }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return began !== null && began === beganAt(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' && sameStart(pid, began);
  }
  return sameStart(pid, began);
}

function sameStart(pid: number, began: string | null): boolean {
  const now = beganAt(pid);
  return began === null || now === null || now === began;
}

/** On Linux: which boot, and the clock ticks from it to the process's start; a process that has ended but was not waited for is none. */
function beganAt(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}
