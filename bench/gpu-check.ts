/**
 * `npm run gpu-check -- --out DIR`: what must hold and how fast it is on a real GPU, from compiled code alone.
 *
 * Correctness first (the engine's tests, ResNet-20 against float64 PyTorch, and ResNet-50's kernels, all in both
 * schedules), then ceilings, whole
 * passes, kernels and Dawn's switches. Every part is a process of its own with a time limit; DIR/gpu-check.json
 * (form.ts) and DIR/gpu-check.txt are written as results come, so that a run that is ended early leaves what it has.
 * Ends with code 0 only where every check passed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { listAdapters, openDawnDevice } from '../src/dawn.js';
import { adapterMatches } from '../src/engine/device.js';
import type { Target } from '../src/kernels/kernel.js';
import { endChildren, runNode } from './gpu-check/children.js';
import { emptyPerformance, type Check, type Performance } from './gpu-check/form.js';
import { report } from './gpu-check/report.js';
import { sizesOf } from './gpu-check/sizes.js';
import { SWITCHES } from './gpu-check/switches.js';
import { addFinding, GOLDEN_FILE, MODEL_FILE, parseFinding, type Finding, type Task } from './gpu-check/task.js';
import { runTests, testFiles } from './gpu-check/tests.js';
import { allWell } from './gpu-check/verdict.js';

interface Options {
  readonly out: string;
  readonly files?: string;
  readonly adapter: string;
  readonly minutes: string;
  readonly quick?: boolean;
  readonly schedule?: Target['schedule'];
  readonly only?: string[];
}

const PART = fileURLToPath(new URL('./gpu-check/part.js', import.meta.url));
const PARTS = ['tests', 'golden', 'agreement', 'ceilings', 'passes', 'kernels', 'switches'] as const;
/** The share of the time that may have passed when a part ends; what a part leaves, the next ones have. */
const UNTIL: Record<typeof PARTS[number], number> = { tests: 0.4, golden: 0.48, agreement: 0.53, ceilings: 0.56, passes: 0.75, kernels: 0.9,
  switches: 1 };

/**
 * The adapter that Dawn takes by itself, which the tests take too. Throws a sentence where it is not the wanted kind.
 */
async function describe(wanted: string): Promise<Performance['adapter']> {
  const device = await openDawnDevice();
  const { adapter, target, gpu } = device;
  const { limits } = gpu;
  device.destroy();
  if (!adapterMatches(adapter, wanted)) {
    const others = (await listAdapters()).map(({ name }) => `'${name}'`).join(', ');
    const mend = wanted === 'hardware' && adapter.software
      ? "give --adapter software to check that, or name the GPU's driver file in VK_DRIVER_FILES"
      : 'VK_DRIVER_FILES chooses the driver';
    const kind = adapter.software ? 'software' : 'hardware';
    throw new Error(`the adapter that Dawn takes is '${adapter.description}' (${kind}), not '${wanted}' (found: ${others}); ${mend}.`);
  }
  return {
    ...adapter,
    schedule: target.schedule,
    subgroup: target.subgroup ?? null,
    timestamps: gpu.features.has('timestamp-query'),
    maxBufferSize: limits.maxBufferSize,
    maxBinding: target.maxBinding,
    maxBuffers: target.maxBuffers,
    maxInvocations: target.maxInvocations,
    maxWorkgroupMemory: target.maxWorkgroupMemory,
  };
}

/** Writes both files, each whole or not at all. */
function writer(folder: string, result: Performance): () => void {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, text: string): void => {
    writeFileSync(join(folder, `${name}.part`), text);
    renameSync(join(folder, `${name}.part`), join(folder, name));
  };
  return () => {
    put('gpu-check.json', `${JSON.stringify(result, null, 1)}\n`);
    put('gpu-check.txt', report(result));
  };
}

async function main(options: Options): Promise<void> {
  const minutes = Number(options.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, got '${options.minutes}'.`);
  const wanted = options.only ?? [...PARTS];
  const unknown = wanted.find((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown !== undefined) throw new Error(`there is no part '${unknown}'; the parts are ${PARTS.join(', ')}.`);
  const began = performance.now();
  const adapter = await describe(options.adapter);
  const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')) as { version: string };
  const result = emptyPerformance('misfire', adapter, { version: manifest.version, node: process.version, minutes,
    quick: options.quick ?? false, schedule: options.schedule ?? adapter.schedule, parts: wanted });
  const write = writer(options.out, result);
  let written = 0;
  const tell = (found: Finding): void => {
    addFinding(result, found);
    if (performance.now() - written < 500) return;
    written = performance.now();
    write();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      endChildren();
      result.notes.push(`ended early by ${signal}`);
      write();
      process.exit(1);
    });
  }
  write();

  const stamp = (): string => `${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s`;
  const left = (part: typeof PARTS[number]): number => UNTIL[part] * minutes * 60 - (performance.now() - began) / 1000;
  /** One process of a part. What it told stands; an end that was not well is a failed check. */
  const run = async (task: Omit<Task, 'limit' | 'quick'>, name: string, limit = left(task.part)): Promise<void> => {
    const ends = (outcome: Check['outcome'], note: string): void => tell({ check: { name, schedule: task.schedule, outcome, note } });
    if (limit < 2) return ends('not run', 'no time was left');
    console.log(`${stamp()}  ${name}`);
    const onLine = (line: string): void => {
      const found = parseFinding(line);
      if (found) tell(found);
    };
    const ending = await runNode(PART, [JSON.stringify({ schedule: options.schedule, ...task, limit, quick: options.quick ?? false })],
      limit, onLine);
    const complaint = /^\w*Error: (.*)$/m.exec(ending.output)?.[1] ?? ending.output.trim().split('\n').pop();
    if (ending.timedOut) ends('failed', `no end within ${limit.toFixed(0)} s`);
    else if (ending.code !== 0) ends('failed', `ended with ${ending.signal ?? `code ${ending.code}`}: ${complaint}`);
  };

  const parts: Record<typeof PARTS[number], () => Promise<void>> = {
    tests: async () => {
      // Alone on a GPU a test file takes seconds; a software adapter shares the processor with its own tests.
      const atOnce = adapter.software ? 1 : Math.max(1, Math.min(4, availableParallelism() >> 1));
      const files = options.quick ? testFiles().filter((f) => /^kernels\/(loss|nan|reduce)/.test(f)) : testFiles();
      await runTests(files, { atOnce, limit: left('tests'), deadline: began + UNTIL.tests * minutes * 60_000 }, (check) => {
        console.log(
          `${stamp()}  ${check.outcome === 'passed' ? 'ok' : check.outcome.toUpperCase()} ` +
            `${check.name}${check.note ? `: ${check.note}` : ''}`
        );
        tell({ check });
      });
    },
    golden: async () => {
      const { files } = options;
      const missing = files === undefined
        ? 'no --files were given'
        : [GOLDEN_FILE, MODEL_FILE].filter((f) => !existsSync(join(files, f))).map((f) => `${f} is not in ${files}`).join('; ');
      if (missing) return tell({ check: { name: 'golden', outcome: 'skipped', note: missing } });
      await run({ part: 'golden', schedule: 'tile', files }, "golden, schedule 'tile'", left('golden') / 2);
      await run({ part: 'golden', schedule: 'register', files }, "golden, schedule 'register'");
    },
    agreement: () => run({ part: 'agreement' }, "both schedules on ResNet-50's shapes"),
    ceilings: () => run({ part: 'ceilings' }, 'ceilings'),
    passes: async () => {
      const { networks } = sizesOf(options.quick ?? false);
      for (const which of networks.keys()) {
        await run({ part: 'passes', which }, `passes of ${networks[which]().name}`, left('passes') / (networks.length - which));
      }
    },
    kernels: async () => {
      const { multiplyAddsPerSecond: rate, copyBytesPerSecond: bandwidth } = result.ceilings;
      if (rate === undefined || bandwidth === undefined) return tell({ note: 'kernels: not measured, since the ceilings are not known' });
      await run({ part: 'kernels', rate, bandwidth }, 'kernels');
    },
    switches: async () => {
      for (const which of SWITCHES.keys()) {
        await run({ part: 'switches', which }, `switches: ${SWITCHES[which].name}`, left('switches') / (SWITCHES.length - which));
      }
    },
  };
  for (const part of PARTS) if (wanted.includes(part)) await parts[part]();

  result.complete = true;
  write();
  console.log(
    `\n${report(result)}\nwritten to ${join(options.out, 'gpu-check.json')} and .txt, ${((performance.now() - began) / 1000).toFixed(0)} s`
  );
  if (result.checks.length > 0 && !allWell(result.checks)) process.exitCode = 1;
}

const options = new Command('gpu-check')
  .requiredOption('--out <folder>', 'where gpu-check.json and gpu-check.txt go')
  .option('--files <folder>', `holds ${MODEL_FILE} and ${GOLDEN_FILE} (golden-pack.ts makes it): real weights against float64`)
  .option('--adapter <name>', 'what Dawn must have taken: hardware, software, or part of its name', 'hardware')
  .option('--minutes <n>', 'for all of it', '9')
  .addOption(new Option('--schedule <name>', 'of what is measured, if not the one that suits the adapter').choices(['tile', 'register']))
  .option('--quick', 'small sizes and few tests: shows that everything runs')
  .option('--only <part...>', PARTS.join(', '))
  .parse().opts<Options>();

try {
  await main(options);
} catch (error) {
  console.error(`gpu-check: ${(error as Error).message}`);
  process.exitCode = 1;
}
