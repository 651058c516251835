#!/usr/bin/env node
/**
 * The command line's outer process. Dawn and the graphics drivers write warnings to standard error, and may crash: the
 * work is done in a process of its own (main.ts), whose standard error is kept and whose messages come through a
 * separate stream, so that a person sees sentences only. The channel between the two tells the inner one when this one
 * is gone.
 */
import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const MESSAGES = 3;
const KEPT = 10_000;

const child = spawn(process.execPath, [fileURLToPath(new URL('./main.js', import.meta.url)), ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'pipe', process.stderr, 'ipc'],
  // Pictures are decoded on libuv's threads, four of them unless told.
  env: { UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())), ...process.env, MISFIRE_MESSAGES: String(MESSAGES) },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
// Schedulers warn with these; at a SIGUSR1 that nobody listens to, Node opens its debugger.
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => child.kill('SIGTERM'));

let native = '';
child.stderr!.setEncoding('utf8').on('data', (text: string) => (native = (native + text).slice(-KEPT)));
child.on('error', (error) => end(`Node.js cannot be started: ${error.message}.`));
child.on('close', (code, signal) => {
  if (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP') process.exitCode = 128 + constants.signals[signal];
  else if (signal !== null) {
    end(`the process was ended by ${signal}, probably by the graphics driver or for want of memory; `
      + 'try a smaller --batch or another --adapter.');
  } else if (code === null || code > 2) end(`the process ended with code ${code}: ${native.trim().split('\n').pop()}`);
  else process.exitCode = code;
});

function end(text: string): void {
  process.stderr.write(`misfire: ${text}\n`);
  process.exitCode = 1;
}
