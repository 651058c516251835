/**
 * `npm run performance`: docs/performance.md, which is docs/performance.head.md, written by hand, and what the files in
 * bench/results/ come to: one folder per machine, which holds performance files (gpu-check/form.ts) of misfire and of peers.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parsePerformance, type KernelTime, type Pass, type PassTime, type Performance } from './gpu-check/form.js';
import { duration, idealWork, magnitude, overall, percent } from './gpu-check/table.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const HEAD = join(root, 'docs/performance.head.md');
export const PAGE = join(root, 'docs/performance.md');

/** A machine: its folder's name, and the files in it. */
export interface Machine {
  readonly name: string;
  readonly files: readonly Performance[];
}

/** The machines measured, by name. Files directly in bench/results/ are those of other measurements. */
export function readMachines(folder = join(root, 'bench/results')): Machine[] {
  return readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name).sort().map((name) => ({
    name,
    files: readdirSync(join(folder, name)).filter((f) => f.endsWith('.json')).sort()
      .map((f) => parsePerformance(readFileSync(join(folder, name, f), 'utf8'), `${name}/${f}`)),
  }));
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const fastest = (passes: readonly PassTime[]): PassTime | undefined =>
  passes.reduce<PassTime | undefined>((best, p) => (best === undefined || p.secondsPerPicture < best.secondsPerPicture ? p : best),
    undefined);

const LABEL: Record<Pass, string> = { profile: 'profile of every filter', map: 'input-space map', forward: 'forward' };

/** How often as fast, to two digits. */
const times = (slow: PassTime | undefined, fast:
  | PassTime
  | undefined): string => (slow === undefined || fast === undefined
    ? ''
    : `**${Number((slow.secondsPerPicture / fast.secondsPerPicture).toPrecision(2))} x**`);

const took = (
  p: PassTime | undefined
): string => (p === undefined ? '' : `${duration(p.secondsPerPicture)} (batch ${p.batch}${p.variant ? `, ${p.variant}` : ''})`);

function ratios(ours: readonly PassTime[], peers: readonly PassTime[], ceiling: number): string {
  const rows: string[][] = [];
  for (const network of [...new Set(ours.map((p) => p.network))]) {
    for (const pass of ['profile', 'map', 'forward'] as const) {
      const of = (all: readonly PassTime[], how?: string): PassTime[] =>
        all.filter((p) => p.network === network && p.pass === pass && (how === undefined || p.how === how));
      const mine = fastest(of(ours));
      if (mine === undefined) continue;
      const [loop, best, alone] = [fastest(of(peers, 'loop')), fastest(of(peers)), fastest(of(ours).filter((p) => p.batch === 1))];
      const share = (p: PassTime): string => (Number.isFinite(ceiling) ? percent(idealWork(p) / p.secondsPerPicture / ceiling) : '');
      rows.push([network, LABEL[pass], times(loop, mine), times(best, mine), times(loop, alone), share(mine), took(mine), took(loop),
        took(best)]);
    }
  }
  return table(['network', 'pass', "misfire / the authors' loop", "misfire / PyTorch's best", "batch 1 / the authors' loop",
    'of the ceiling', 'misfire', "the authors' loop", "PyTorch's best"], rows);
}

const FORM_LABELS = { forward: 'forward', inputGrad: 'input gradient', weightGrad: 'weight gradient', saliency: 'filter saliency' };

function kernelShares(kernels: readonly KernelTime[]): string {
  const forms = Object.keys(FORM_LABELS) as (keyof typeof FORM_LABELS)[];
  const batches = [...new Set(kernels.map((k) => k.batch))].sort((a, b) => a - b);
  return table(['batch', ...forms.map((f) => FORM_LABELS[f])], batches.map((batch) => [String(batch), ...forms.map((form) => {
    const mine = kernels.filter((k) => k.batch === batch && k.form === form);
    return mine.length === 0 ? '' : `${percent(overall(mine, 'rooflineShare'))} (${percent(overall(mine, 'rateShare'))})`;
  })]));
}

function switchCosts(p: Performance): string {
  const names = [...new Set(p.switches.map((s) => s.switches))];
  const at = (what: string, name: string): number | undefined => p.switches.find((s) => s.what === what && s.switches === name)?.seconds;
  return table(['', ...names], [...new Set(p.switches.map((s) => s.what))].map((what) => [what, ...names.map((name) => {
    const [seconds, base] = [at(what, name), at(what, names[0])];
    return seconds === undefined ? '' : name === names[0] || base === undefined ? duration(seconds) : `x ${(base / seconds).toFixed(2)}`;
  })]));
}

function ceilingTable(files: readonly Performance[]): string {
  const rate = (v: number | undefined, unit: string): string => (v === undefined ? '' : `${magnitude(v)}${unit}`);
  return table(['', ...files.map((f) => f.by)], ([
    ['multiply-adds in registers per second', (f) => rate(f.ceilings.multiplyAddsPerSecond, '')],
    ['multiply-adds of a large float32 matrix product per second', (f) => rate(f.ceilings.matmulMultiplyAddsPerSecond, '')],
    ['bytes copied per second, read and written', (f) => rate(f.ceilings.copyBytesPerSecond, 'B')],
    ['a dispatch, a submit, a submit and its answer',
      (f) =>
        [f.ceilings.dispatchSeconds, f.ceilings.submitSeconds, f.ceilings.roundTripSeconds].filter((s) => s !== undefined).map(duration)
          .join(', ')],
  ] as [string, (f: Performance) => string][]).map(([what, of]) => [what, ...files.map(of)]));
}

function passTable(files: readonly Performance[]): string {
  return table(['network', 'pass', 'by', 'batch', 'per picture', "of it the GPU's", 'memory'], files.flatMap((f) =>
    f.passes.map((p) => [
      p.network,
      LABEL[p.pass],
      `${f.by}, ${p.how}${p.variant ? `, ${p.variant}` : ''}`,
      String(p.batch),
      duration(p.secondsPerPicture),
      p.gpuSecondsPerPicture === undefined ? '' : duration(p.gpuSecondsPerPicture),
      p.bytes === undefined ? '' : `${magnitude(p.bytes)}B`,
    ])
  ));
}

function correctness(p: Performance): string {
  const count = (outcome: string): number => p.checks.filter((c) => c.outcome === outcome).length;
  const tests = p.checks.reduce((n, c) => n + (c.passed ?? 0), 0);
  const bad = p.checks.filter((c) => c.outcome === 'failed' || c.outcome === 'not run');
  return [
    `Correctness: ${count('passed')} checks passed (${tests} tests in them), ${count('failed')} failed, ${count('skipped')} skipped, ${
      count('not run')
    } not run.`,
    ...bad.map((c) => `- ${c.outcome}: ${c.name}${c.schedule ? `, schedule \`${c.schedule}\`` : ''}${c.note ? `: ${c.note}` : ''}`),
  ].join('\n');
}

function machineSection({ name, files }: Machine): string {
  const own = files.filter((f) => f.by === 'misfire');
  const peers = files.filter((f) => f.by !== 'misfire');
  const [ours, peerPasses] = [own, peers].map((some) => some.flatMap((f) => f.passes));
  const rates = files.flatMap((f) => [f.ceilings.multiplyAddsPerSecond, f.ceilings.matmulMultiplyAddsPerSecond]).filter((r) =>
    r !== undefined
  );
  const ceiling = rates.length > 0 ? Math.max(...rates) : NaN;
  const kernels = own.flatMap((f) => f.kernels);
  const about = files.map((f) =>
    `${f.by}: ${f.adapter.description}, ${f.made.slice(0, 10)}${f.complete ? '' : ', not complete'}${
      f.settings.quick ? ', small sizes only' : ''
    }`
  );
  return [
    `### ${name}`,
    `${about.join('; ')}.`,
    ...own.filter((f) => f.checks.length > 0).map(correctness),
    ours.length > 0 &&
    `${ratios(ours, peerPasses, ceiling)}\n\nThe ceiling is the highest rate of multiply-adds that either program reached, ${
        Number.isFinite(ceiling) ? magnitude(ceiling) : 'not measured'
      } per second; `
      + 'a profile counts as 3 forward passes of work, a map as 7. 2 x: twice as many pictures per second. Where PyTorch ran a network with batch norm and with it folded away, the faster one is shown.',
    kernels.length > 0 &&
    `ResNet-50's convolutions, share of the roofline (of the multiply-add rate), all layers together:\n\n${kernelShares(kernels)}`,
    files.some((f) => Object.keys(f.ceilings).length > 0) && ceilingTable(files),
    files.some((f) => f.passes.length > 0) && passTable(files),
    ...own.filter((f) => f.switches.length > 0).map((f) => `Without Dawn's checks, how much faster:\n\n${switchCosts(f)}`),
    files.some((f) => f.notes.length > 0) && files.flatMap((f) => f.notes.map((n) => `- ${f.by}: ${n}`)).join('\n'),
  ].filter(Boolean).join('\n\n');
}

/** docs/performance.md as a text. */
export function performancePage(head: string, machines: readonly Machine[]): string {
  const body = machines.length === 0 ? 'No GPU has been measured yet.' : machines.map(machineSection).join('\n\n');
  return `${head.trimEnd()}\n\n## Measured on GPUs\n\n<!-- From here on made by \`npm run performance\` from bench/results/; what stands above is docs/performance.head.md. -->\n\n${body}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(PAGE, performancePage(readFileSync(HEAD, 'utf8'), readMachines()));
}
