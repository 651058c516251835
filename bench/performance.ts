/**
 * `npm run performance`: the part of docs/performance.md between two markers, which is what the files in bench/results/ come to:
 * one folder per machine, which holds performance files (gpu-check/form.ts) of misfire and of peers. The rest is written by hand.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parsePerformance, type PassTime, type Performance } from './gpu-check/form.js';
import { outcomes } from './gpu-check/report.js';
import { ceilingTable, duration, idealWork, kernelShares, magnitude, markdown, PASS_LABELS, passTable, twoDigitPercent,
  switchCosts } from './gpu-check/tables.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
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

const fastest = (passes: readonly PassTime[]): PassTime | undefined =>
  passes.reduce<PassTime | undefined>((best, p) => (best === undefined || p.secondsPerPicture < best.secondsPerPicture ? p : best),
    undefined);

/** How often as fast, to two digits. */
const times = (slow: PassTime | undefined, fast: PassTime | undefined): string =>
  slow && fast ? `**${Number((slow.secondsPerPicture / fast.secondsPerPicture).toPrecision(2))} x**` : '';

const took = (p: PassTime | undefined): string =>
  p ? `${duration(p.secondsPerPicture)} (batch ${p.batch}${p.variant ? `, ${p.variant}` : ''})` : '';

function ratios(ours: readonly PassTime[], peers: readonly PassTime[], ceiling: number): string {
  const rows: string[][] = [];
  for (const network of [...new Set(ours.map((p) => p.network))]) {
    for (const pass of ['profile', 'map', 'forward'] as const) {
      const [own, others] = [ours, peers].map((all) => all.filter((p) => p.network === network && p.pass === pass));
      const fastestOwn = fastest(own);
      if (fastestOwn === undefined) continue;
      const loop = fastest(others.filter((p) => p.how === 'loop'));
      const [best, alone] = [fastest(others), fastest(own.filter((p) => p.batch === 1))];
      const share = idealWork(fastestOwn) / fastestOwn.secondsPerPicture / ceiling;
      rows.push([network, PASS_LABELS[pass], times(loop, fastestOwn), times(best, fastestOwn), times(loop, alone),
        Number.isFinite(ceiling) ? twoDigitPercent(share) : '', took(fastestOwn), took(loop), took(best)]);
    }
  }
  return markdown({
    head: ['network', 'pass', "misfire / the authors' loop", "misfire / PyTorch's best", "batch 1 / the authors' loop", 'of the ceiling',
      'misfire', "the authors' loop", "PyTorch's best"],
    rows,
  });
}

function correctness({ checks }: Performance): string {
  const tests = checks.reduce((n, c) => n + (c.passed ?? 0), 0);
  const bad = checks.filter((c) => c.outcome === 'failed' || c.outcome === 'not run');
  return [
    `Correctness: ${outcomes(checks).replace('passed', `checks passed (${tests} tests in them)`)}.`,
    ...bad.map((c) => `- ${c.outcome}: ${c.name}${c.schedule ? `, schedule \`${c.schedule}\`` : ''}${c.note ? `: ${c.note}` : ''}`),
  ].join('\n');
}

const aboutRatios = (ceiling: number): string =>
  'The ceiling is the highest rate of multiply-adds that either program reached, ' +
  `${Number.isFinite(ceiling) ? magnitude(ceiling) : 'not measured'} per second; a profile counts as 3 forward passes of work, ` +
  'a map as 7. 2 x: twice as many pictures per second. Where PyTorch ran a '
  + 'network with batch norm and with it folded away, the faster one is shown.';

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
    `${f.by}: ${f.adapter.description}, ` +
    `${f.made.slice(0, 10)}${f.complete ? '' : ', not complete'}${f.settings.quick ? ', small sizes only' : ''}`
  );
  return [
    `### ${name}`,
    `${about.join('; ')}.`,
    ...own.filter((f) => f.checks.length > 0).map(correctness),
    ours.length > 0 && `${ratios(ours, peerPasses, ceiling)}\n\n${aboutRatios(ceiling)}`,
    kernels.length > 0 && "ResNet-50's convolutions, share of the roofline (of the multiply-add rate), all layers together:\n\n"
      + markdown(kernelShares(kernels, false)),
    files.some((f) => Object.keys(f.ceilings).length > 0) && markdown(ceilingTable(files)),
    files.some((f) => f.passes.length > 0) && markdown(passTable(files)),
    ...own.filter((f) => f.switches.length > 0).map((f) => `Without Dawn's checks, how much faster:\n\n${markdown(switchCosts(f))}`),
    files.some((f) => f.notes.length > 0) && files.flatMap((f) => f.notes.map((n) => `- ${f.by}: ${n}`)).join('\n'),
  ].filter(Boolean).join('\n\n');
}

/** Between these lines of docs/performance.md stands what is generated. */
const BEGIN = '<!-- from here on made by `npm run performance` from bench/results/ -->';
const END = '<!-- up to here -->';

/** The page with the part between the markers made anew. Throws where the markers are not there. */
export function performancePage(page: string, machines: readonly Machine[]): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page does not hold the lines '${BEGIN}' and '${END}', one after the other`);
  const measured = machines.length === 0 ? 'No GPU has been measured yet.' : machines.map(machineSection).join('\n\n');
  return `${page.slice(0, begin)}${BEGIN}\n\n${measured}\n\n${page.slice(end)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(PAGE, performancePage(readFileSync(PAGE, 'utf8'), readMachines()));
}
