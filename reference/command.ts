/** The command line as a user starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../tools/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [cli, ...args], { cwd, env: { ...process.env, ...env } });
  let out = '', err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return { child, ended: new Promise((done) => child.on('close', (code) => done({ code, out, err }))) };
}

export const misfire = (args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  start(args, cwd, env).ended;

/**
 * For `start`: each record that the command adds to a journal takes so many milliseconds longer while the file is there. What a test
 * does to a command at work then never comes too late.
 */
export const slowed = (file: string, milliseconds = 1000): Record<string, string> => ({
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${new URL('./slow.js', import.meta.url)}`,
  SLOW: file,
  SLOW_MS: String(milliseconds),
});
