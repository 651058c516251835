/**
 * Loaded into a command with --import (`slowed` of command.ts): as long as the file that SLOW names is there, each record of a journal
 * takes SLOW_MS longer, so that a test finds the command at work for as long as it needs.
 */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const file = await open(process.execPath);
const handle = Object.getPrototypeOf(file) as { writev: (...args: unknown[]) => Promise<unknown> };
await file.close();
const { writev } = handle;
handle.writev = async function(this: unknown, ...args) {
  const written = await writev.apply(this, args);
  for (let left = Number(process.env.SLOW_MS); left > 0 && existsSync(process.env.SLOW!); left -= 20) await sleep(Math.min(20, left));
  return written;
};
