/** The tables of a performance file, for a terminal (report.ts) and for docs/performance.md (../performance.ts). */
import { percent } from '../../src/report/numbers.js';
import { table } from '../../src/report/text-table.js';
import type { KernelTime, Pass, PassTime, Performance } from './form.js';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const markdown = ({ head, rows }: Table): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Columns as wide as their widest cell; all but the first to the right. */
export const columns = ({ head, rows }: Table): string => table([head, ...rows], head.map((_, k) => k).slice(1)).join('\n');

// ---------------------------------------------------------------- numbers

/** '1.23 ms', '4.5 µs': three digits. */
export function duration(seconds: number): string {
  const [value, unit] = seconds >= 1 ? [seconds, 's'] : seconds >= 1e-3 ? [seconds * 1e3, 'ms'] : [seconds * 1e6, 'µs'];
  return `${value.toPrecision(3)} ${unit}`;
}

/** '12.3 G', '4.56 T'. */
export function magnitude(value: number): string {
  for (const [unit, size] of [['T', 1e12], ['G', 1e9], ['M', 1e6]] as const) {
    if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  }
  return value.toPrecision(3);
}

/** Two digits: 0.0312 as '3.1 %', 0.312 as '31 %'. */
export const twoDigitPercent = (share: number): string => percent(share, share < 0.0995 ? 1 : 0);

/** '' where a value was not measured. */
const known = (value: number | undefined, text: (v: number) => string): string => (value === undefined ? '' : text(value));

// ---------------------------------------------------------------- tables

/**
 * Multiply-adds a pass needs. A profile is a forward pass, input gradients and weight gradients; a map differentiates them
 * with respect to activations alone: one more pass for each of the first two, two for the weight gradients.
 */
export const idealWork = (p: PassTime): number => (p.multiplyAdds ?? NaN) * { forward: 1, profile: 3, map: 7 }[p.pass];

/** Work over time of all of ResNet-50's convolutions of a form, as a share of what their rooflines allow together. */
function overall(kernels: readonly KernelTime[], share: 'rateShare' | 'rooflineShare'): number {
  const sum = (value: (k: KernelTime) => number): number => kernels.reduce((n, k) => n + k.count * value(k), 0);
  return sum((k) => k.seconds * k[share]) / sum((k) => k.seconds);
}

const FORM_LABELS = { forward: 'forward', inputGrad: 'input gradient', weightGrad: 'weight gradient', saliency: 'filter saliency' };

/** Shares of the roofline and, in brackets, of the multiply-add rate: of all layers together, and of each one where it is asked for. */
export function kernelShares(kernels: readonly KernelTime[], eachLayer: boolean): Table {
  const forms = Object.keys(FORM_LABELS) as (keyof typeof FORM_LABELS)[];
  const shares = (some: readonly KernelTime[]): string[] =>
    forms.map((form) => {
      const times = some.filter((k) => k.form === form);
      if (times.length === 0) return '';
      return `${twoDigitPercent(overall(times, 'rooflineShare'))} (${twoDigitPercent(overall(times, 'rateShare'))})`;
    });
  const batches = [...new Set(kernels.map((k) => k.batch))].sort((a, b) => a - b);
  return {
    head: ['batch', ...forms.map((form) => FORM_LABELS[form])],
    rows: batches.flatMap((batch) => {
      const times = kernels.filter((k) => k.batch === batch);
      const layers = eachLayer ? [...new Set(times.map((k) => k.layer))] : [];
      return [[String(batch), ...shares(times)], ...layers.map((name) => [`  ${name}`, ...shares(times.filter((k) => k.layer === name))])];
    }),
  };
}

/** Times without Dawn's checks, as multiples of how fast it is with them. */
export function switchCosts(p: Performance): Table {
  const names = [...new Set(p.switches.map((s) => s.switches))];
  const at = (what: string, name: string): number | undefined => p.switches.find((s) => s.what === what && s.switches === name)?.seconds;
  const cell = (what: string, name: string): string => {
    const [seconds, base] = [at(what, name), at(what, names[0])];
    return known(seconds, (s) => (name === names[0] || base === undefined ? duration(s) : `x ${(base / s).toFixed(2)}`));
  };
  return { head: ['', ...names],
    rows: [...new Set(p.switches.map((s) => s.what))].map((what) => [what, ...names.map((n) => cell(what, n))]) };
}

export function ceilingTable(files: readonly Performance[]): Table {
  const rows: [string, (c: Performance['ceilings']) => string][] = [
    ['multiply-adds in registers per second', (c) => known(c.multiplyAddsPerSecond, magnitude)],
    ['multiply-adds of a large float32 matrix product per second', (c) => known(c.matmulMultiplyAddsPerSecond, magnitude)],
    ['bytes copied per second, read and written', (c) => known(c.copyBytesPerSecond, (v) => `${magnitude(v)}B`)],
    ['a dispatch, a submit, a submit and its answer',
      (c) => [c.dispatchSeconds, c.submitSeconds, c.roundTripSeconds].filter((s) => s !== undefined).map(duration).join(', ')],
  ];
  return { head: ['', ...files.map((f) => f.by)], rows: rows.map(([what, cell]) => [what, ...files.map((f) => cell(f.ceilings))]) };
}

export const PASS_LABELS: Record<Pass, string> = { profile: 'profile of every filter', map: 'input-space map', forward: 'forward' };

export function passTable(files: readonly Performance[]): Table {
  const rows = files.flatMap((f) =>
    f.passes.map((p) => [
      `${p.network}, ${PASS_LABELS[p.pass]}`,
      `${f.by}, ${p.how}${p.variant ? `, ${p.variant}` : ''}`,
      String(p.batch),
      duration(p.secondsPerPicture),
      known(p.gpuSecondsPerPicture, duration),
      known(f.ceilings.multiplyAddsPerSecond, (rate) => (p.multiplyAdds ? twoDigitPercent(idealWork(p) / p.secondsPerPicture / rate) : '')),
      known(p.bytes, (v) => `${magnitude(v)}B`),
      known(p.dispatches, String),
    ])
  );
  return { head: ['network, pass', 'by', 'batch', 'per picture', "of it the GPU's", 'of the rate', 'memory', 'dispatches'], rows };
}
