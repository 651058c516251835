/**
 * The signs of life of a lock's holder, from a thread of its own: compiling and computing may hold up the main one for long.
 * They go to the open file, not to its path: once another process has put its own lock there, they reach nobody.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { holderText, type Holder } from './holder.js';

const { fd, holder, every } = workerData as { readonly fd: number; readonly holder: Holder; readonly every: number };
let beat = 0;

setInterval(() => {
  try {
    writeSync(fd, holderText(holder, ++beat), 0);
  } catch {
    // A lock that cannot be written is lost; who appends next finds out.
  }
}, every);
