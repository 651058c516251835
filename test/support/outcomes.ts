/** How a command, or a call, is expected to end. */
import * as assert from 'uvu/assert';
import type { Ended } from '../../reference/command.js';

/** Exit code 0. */
export async function ok(run: Promise<Ended>): Promise<Ended> {
  const ended = await run;
  assert.is(ended.code, 0, ended.err);
  return ended;
}

/** Exit code 1 and one line on standard error, which says `message`. */
export async function refused(run: Promise<Ended>, message: RegExp): Promise<void> {
  const { code, err } = await run;
  assert.is(code, 1, `code ${code}: ${err}`);
  assert.match(err, message, `${err.trim()} is not ${message}`);
  assert.is(err.trim().split('\n').length, 1, err);
}

/** An error that says `message`. */
export async function fails(work: () => Promise<unknown>, message: RegExp | string): Promise<void> {
  try {
    await work();
  } catch (error) {
    return assert.match((error as Error).message, message);
  }
  assert.unreachable(`no error, expected ${message}`);
}
