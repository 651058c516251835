/**
 * One process at a time on a run: a file `.lock` that says which.
 *
 * A process of this machine is looked up by its number, and its lock is taken over as soon as it has ended. Of any other, a
 * clock there says nothing here: it holds a lease. Its holder writes a fresh number into the lock every 30 s, and whoever
 * waits takes over after 90 s, by the waiting one's own clock, in which nothing has changed. A holder that was only
 * held up finds this out before it writes: it checks that the lock is still its own before each append and each rename.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { fileError } from '../files/files.js';
import { holderText, parseHolder, self, stateOf, TURN, type Heart, type Holder } from './holder.js';

export interface LockOptions {
  /** Milliseconds for a process that was just killed to go, or for one that holds the lock to let go of it. */
  readonly patience?: number;
  /** Milliseconds without a sign of life after which others may take the lock; MISFIRE_LEASE seconds, or 90. */
  readonly lease?: number;
  /** Told once, in a sentence, where this takes long. */
  readonly say?: (text: string) => void;
}

/** What a check needs to know, on any thread. */
export interface LockToken {
  readonly folder: string;
  readonly key: string;
}

const PATIENCE = 5000, LEASE = 90_000;
/** A holder says three times in its lease that it lives. */
const BEATS = 3;
/** A lock that was taken over at the same time by another process is theirs if it still is after so long, in ms. */
const SETTLE = 200;
/** A lock that says nothing is being written, or its writer was killed: taken over if it still says nothing after so long, in ms. */
const UNWRITTEN = 1000;

const pathOf = (folder: string): string => join(folder, '.lock');

export class Lock {
  private constructor(readonly token: LockToken, private readonly file: FileHandle, private readonly heart: Worker,
    private readonly turn: Int32Array) {
    held.add(this.token);
  }

  /** Throws one sentence that names the process that holds the run, once it has not let go of it for `patience` ms. */
  static async take(folder: string, { patience = PATIENCE, lease = leaseAsked(), say = () => undefined }: LockOptions = {}): Promise<Lock> {
    const path = pathOf(folder);
    const holder = self(randomUUID(), lease);
    const deadline = performance.now() + patience;
    let seen: string | null = null, since = 0;
    for (;;) {
      const file = await create(path, holder);
      if (file) return Lock.hold(folder, file, holder);
      const text = await read(path);
      if (text === null) continue; // it was let go of just now
      const other = parseHolder(text);
      const state = other ? stateOf(other) : 'unknown';
      const now = performance.now();
      if (state === 'unknown' && other && other.lease === undefined) throw inUse(folder, other);
      if (seen !== text) {
        const lives = seen !== null && parseHolder(seen)?.key === other?.key;
        if (lives && other && now > deadline) throw inUse(folder, other);
        if (seen === null && state === 'unknown' && other) say(waiting(folder, other));
        seen = text;
        since = now;
      }
      if (state === 'alive' && now > deadline) throw inUse(folder, other!);
      if (state === 'alive' || (state === 'unknown' && now - since < (other?.lease ?? UNWRITTEN))) {
        await sleep(Math.min(SETTLE, 1 + (other?.lease ?? SETTLE) / 10));
        continue;
      }
      const taken = await replace(path, holder, text);
      if (taken) return Lock.hold(folder, taken, holder);
    }
  }

  private static hold(folder: string, file: FileHandle, holder: Holder): Lock {
    const turn = new Int32Array(new SharedArrayBuffer(4));
    const workerData: Heart = { fd: file.fd, holder, every: holder.lease! / BEATS, turn };
    const heart = new Worker(new URL('./heartbeat.js', import.meta.url), { execArgv: [], workerData });
    heart.unref();
    heart.on('error', () => undefined); // without signs of life the lock is lost in time, which is found out
    return new Lock({ folder, key: holder.key }, file, heart, turn);
  }

  /** Throws one sentence where another process has taken the lock over. */
  check(): Promise<void> {
    return checkLock(this.token);
  }

  async release(): Promise<void> {
    held.delete(this.token);
    // The thread ends by itself: to wait for its end is to wait for its start, which can be long, and it holds up nobody.
    while (Atomics.compareExchange(this.turn, 0, TURN.resting, TURN.stopped) === TURN.writing) await sleep(1);
    this.heart.postMessage('stop');
    const { folder, key } = this.token;
    if (parseHolder(await read(pathOf(folder)) ?? '')?.key === key) await rm(pathOf(folder), { force: true });
    await this.file.close();
  }
}

/** Throws one sentence where the lock is not its holder's any more: nothing may be written then. */
export async function checkLock({ folder, key }: LockToken): Promise<void> {
  let holder: Holder | null = null;
  for (let tries = 0; tries < 2 && holder === null; tries++) {
    const text = await read(pathOf(folder));
    if (text === null) break;
    holder = parseHolder(text); // null where a sign of life is being written
  }
  if (holder?.key === key) return;
  const why = holder
    ? `process ${holder.pid} on the host ${holder.host} took it over, after this one had shown no sign of life`
    : 'its .lock was removed';
  throw new Error(`${folder} is not this process's any more: ${why}; it writes nothing more there, and the same command goes on ` +
    'once no other process does');
}

const held = new Set<LockToken>();

/** Lets go of every lock at once, for a process that is about to end by a signal. */
export function releaseLocks(): void {
  for (const { folder, key } of held) {
    try {
      if (parseHolder(readFileSync(pathOf(folder), 'utf8'))?.key === key) rmSync(pathOf(folder), { force: true });
    } catch {
      // It is gone.
    }
  }
  held.clear();
}
process.on('exit', releaseLocks);

function leaseAsked(): number {
  const given = process.env.MISFIRE_LEASE;
  if (!given) return LEASE;
  const seconds = Number(given);
  if (!(seconds > 0 && seconds < 1e6)) throw new Error(`MISFIRE_LEASE is "${given}"; it takes a number of seconds above 0`);
  return 1000 * seconds;
}

const inUse = (folder: string, { pid, host, lease }: Holder): Error =>
  new Error(host === self('', 0).host
    ? `${folder} is in use by process ${pid}; wait for it to end, or choose another --out`
    : `${folder} is in use by process ${pid} on the host ${host}; ${
      lease === undefined ? `if that process has ended, remove ${pathOf(folder)}` : 'wait for it to end, or choose another --out'
    }`);

const waiting = (folder: string, { pid, host, lease }: Holder): string =>
  `${folder} was last in use by process ${pid} on the host ${host}; it is taken over after ${lease! / 1000} s without a sign of life.`;

/** The new lock, opened; null where there is one. */
async function create(path: string, holder: Holder): Promise<FileHandle | null> {
  try {
    const file = await open(path, 'wx');
    await write(file, holder).catch(async (error) => {
      await file.close();
      await rm(path, { force: true });
      throw error;
    });
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw fileError('write', path, error);
  }
}

/**
 * Puts a lock in the place of the one that says `text`, and opens it; null where another process was faster. Replaced, never
 * absent: of several processes that do this at once, the last one to write holds the lock.
 */
async function replace(path: string, holder: Holder, text: string): Promise<FileHandle | null> {
  const own = `${path}.${holder.key}.tmp`;
  const file = await open(own, 'w');
  try {
    await write(file, holder);
    if (await read(path) === text) {
      await rename(own, path);
      await sleep(SETTLE);
      if (parseHolder(await read(path) ?? '')?.key === holder.key) return file;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      await file.close();
      throw fileError('write', path, error);
    }
  }
  await file.close();
  await rm(own, { force: true });
  return null;
}

async function write(file: FileHandle, holder: Holder): Promise<void> {
  await file.write(holderText(holder, 0), 0);
  await file.sync();
}

/** The file's text; null where there is none. */
async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESTALE') return null;
    throw fileError('read', path, error);
  });
}
