/** The engine's own tests, compiled, that need no package of development but uvu and no file beside the project. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from './children.js';
import type { Check } from './form.js';
import { verdictOf } from './verdict.js';

const compiled = fileURLToPath(new URL('../../test/', import.meta.url));

/** Both schedules of the matrix kernels are tested inside each (test/support/device.ts). */
const FOLDERS = ['kernels', 'engine'] as const;
const SALIENCY = ['profile', 'input', 'explainer', 'attribution', 'finetune'] as const;

/** The test files, as paths under the compiled test/. */
export function testFiles(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(compiled, folder)).filter((f) => f.endsWith('.test.js')).sort().map((f) => `${folder}/${f}`)
  );
  return [...inFolders, ...SALIENCY.map((name) => `saliency/${name}.test.js`)];
}

/** Why no test can run here, or null: `npm ci --omit=dev` leaves out what they are written with. */
export function testsMissing(runner = 'uvu'): string | null {
  try {
    import.meta.resolve(runner);
    return null;
  } catch {
    return `the package ${runner}, which the tests are written with, is not installed; npm ci without --omit=dev installs it`;
  }
}

export interface Running {
  readonly folder?: string;
  /** Processes at once. */
  readonly atOnce: number;
  /** Seconds for one file. */
  readonly limit: number;
  /** Milliseconds of performance.now() after which no file is begun. */
  readonly deadline: number;
}

/** Runs files one process each; tells each check as it is known. What there was no time for is told as not run. */
export async function runTests(files: readonly string[], { folder = compiled, atOnce, limit, deadline }: Running,
  tell: (check: Check) => void): Promise<void> {
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const left = (deadline - performance.now()) / 1000;
      if (left < 1) tell({ name: `test/${file}`, outcome: 'not run', note: 'no time was left' });
      else tell(verdictOf(`test/${file}`, await runNode(join(folder, file), [], Math.min(limit, left))));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
