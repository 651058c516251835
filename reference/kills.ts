/** Commands killed at random moments, and gone on with on this host or under another host's name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './command.js';

/** Seconds without a sign of life: short, so that a kill costs little. A holder that is held up longer stops with a sentence. */
const LEASE = '3';

export interface Killed {
  /** How often the process that works was killed. */
  readonly kills: number;
  /** How often it was started under another host's name than the one that was killed before. */
  readonly elsewhere: number;
}

/**
 * Starts the command again and again, each time under one of two host names in turn of two, and kills the process that works within
 * `longest` ms of the moment at which it holds the lock of `out`, until it has been killed so often or has ended; then lets it end.
 * Throws where it then fails.
 */
export async function killAnywhere(args: readonly string[], folder: string, lock: string, kills: number, longest: number,
  draw: () => number): Promise<Killed> {
  let done = 0, elsewhere = 0, host = 0;
  const next = () => {
    // Half of all resumptions are under the other name.
    if (done % 2 === 1) {
      host = 1 - host;
      elsewhere++;
    }
    return { MISFIRE_HOST: `host${host}`, MISFIRE_LEASE: LEASE };
  };
  for (let tries = 0; done < kills && tries < 3 * kills; tries++) {
    const { child, ended } = start(args, folder, next());
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const name = `host${host}`;
    while (!over && holder(join(folder, lock), name) === null) await sleep(5);
    await sleep(draw() * longest);
    const pid = holder(join(folder, lock), name);
    if (!over && pid !== null) {
      try {
        process.kill(pid, 'SIGKILL');
        done++;
      } catch {
        // It has just ended by itself.
      }
    }
    await ended;
    if (child.exitCode === 0) break;
  }
  const { code, err } = await start(args, folder, next()).ended;
  if (code !== 0) throw new Error(`${args.join(' ')}, killed ${done} times, does not go on: ${err}`);
  return { kills: done, elsewhere };
}

/** The process that holds a lock under that host's name; null where there is none, or it is about to be taken over. */
function holder(path: string, host: string): number | null {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; host: string };
    return found.host === host ? found.pid : null;
  } catch {
    return null;
  }
}
