/** Processes of their own: a hang, a crash or a lost device in one ends nothing else. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Ending } from './verdict.js';

const running = new Set<ChildProcess>();

/** Runs a compiled file to its end, or until `limit` seconds have passed; `onLine` sees standard output line by line. */
export function runNode(file: string, args: readonly string[], limit: number, onLine?: (line: string) => void): Promise<Ending> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, limit * 1000);
  let output = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (onLine) lines.forEach(onLine);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((done) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      if (onLine && rest) onLine(rest);
      done({ output, code, signal, timedOut, seconds: (performance.now() - started) / 1000 });
    })
  );
}

/** Ends every process that is still under way. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}
