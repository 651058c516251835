/**
 * The signs of life of a lock's holder, from a thread of its own: compiling and computing may hold up the main one for long.
 * They go to the open file, not to its path: once another process has put its own lock there, they reach nobody. Nothing is
 * written once `turn` says that the holder has stopped: the file's number may be another file's by then.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { holderText, TURN, type Heart } from './holder.js';

const { fd, holder, every, turn } = workerData as Heart;
let beat = 0;
const timer = setInterval(() => {
  if (Atomics.compareExchange(turn, 0, TURN.resting, TURN.writing) !== TURN.resting) return;
  try {
    writeSync(fd, holderText(holder, ++beat), 0);
  } catch {
    // A lock that cannot be written is lost; who appends next finds out.
  } finally {
    Atomics.store(turn, 0, TURN.resting);
  }
}, every);
parentPort!.once('message', () => clearInterval(timer));
