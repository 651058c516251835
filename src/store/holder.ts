/** Who holds a lock, and what can be told of that from here. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What a lock's file says. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /**
   * Where the number `pid` means that process: on Linux one boot of one machine, and one space of process numbers there, which
   * a container has for itself. Null where that is not known; absent in locks of version 0.1.0 and before.
   */
  readonly place?: string | null;
  /** When the process began, as the system counts: a number is given to another process later. Null where that is not known. */
  readonly began: string | null;
  /** A random text, new for each lock. */
  readonly key: string;
  /** How long, in ms, this text must have stayed the same before another may take the lock. Absent where it never changes. */
  readonly lease?: number;
  /** How often the holder has said that it lives. */
  readonly beat?: string;
}

/** The name of this host, for locks alone: MISFIRE_HOST where it is set. */
export const hostName = (): string => process.env.MISFIRE_HOST || hostname();

export const self = (key: string, lease: number): Holder => ({ pid: process.pid, host: hostName(), place: place(),
  began: beganAt(process.pid), key, lease });

/** The file's text after so many signs of life; always of one length, since it is written over the one before. */
export const holderText = (holder: Holder, beat: number): string =>
  `${JSON.stringify({ ...holder, beat: String(beat).padStart(10, '0') })}\n`;

/** Null where the text is no lock's, as of one that was never written to its end. */
export function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder | null;
    return typeof holder?.key === 'string' ? holder : null;
  } catch {
    return null;
  }
}

/** Whether the process lives, where its number says so; 'unknown' where it is of another place and shows it by its signs of life. */
export function stateOf(holder: Holder): 'alive' | 'gone' | 'unknown' {
  const { host, began, lease } = holder;
  if (host !== hostName()) return 'unknown';
  // Locks of the earlier form know their host alone.
  if (lease !== undefined && (holder.place == null || holder.place !== place())) return 'unknown';
  return runs(holder) && (began !== null || holder.pid !== process.pid) ? 'alive' : 'gone';
}

function runs({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = beganAt(pid);
  return began === null || now === null || now === began;
}

function place(): string | null {
  if (process.platform !== 'linux') return process.platform;
  try {
    return `${bootId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** On Linux: which boot, and the clock ticks from it to the process's start; a process that has ended but was not waited for is none. */
function beganAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : `${bootId()} ${fields[19]}`;
  } catch {
    return null;
  }
}

/** What the thread that writes signs of life is given; `turn` is shared memory with one of the values of TURN. */
export interface Heart {
  readonly fd: number;
  readonly holder: Holder;
  readonly every: number;
  readonly turn: Int32Array;
}

/** Resting between two signs, writing one, or stopped for good. */
export const TURN = { resting: 0, writing: 1, stopped: 2 } as const;
