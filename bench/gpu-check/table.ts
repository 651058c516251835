/** A performance file as text that one reads in a terminal. */
import type { KernelTime, PassTime, Performance } from './form.js';

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

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** Rows with columns as wide as their widest cell; all but the first to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) => row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  ').trimEnd()).join(
    '\n'
  );
}

const FORMS = ['forward', 'inputGrad', 'weightGrad', 'saliency'];

/** Work over time of all of ResNet-50's convolutions of a form, as a share of what their rooflines allow together. */
export function overall(kernels: readonly KernelTime[], share: 'rateShare' | 'rooflineShare'): number {
  const sum = (of: (k: KernelTime) => number): number => kernels.reduce((n, k) => n + k.count * of(k), 0);
  return sum((k) => k.seconds * k[share]) / sum((k) => k.seconds);
}

function kernelTable(kernels: readonly KernelTime[]): string {
  const batches = [...new Set(kernels.map((k) => k.batch))];
  return batches.map((batch) => {
    const mine = kernels.filter((k) => k.batch === batch);
    const cell = (
      of: readonly KernelTime[]
    ): string => (of.length === 0 ? '' : `${percent(overall(of, 'rooflineShare'))} (${percent(overall(of, 'rateShare'))})`);
    const layers = [...new Set(mine.map((k) => k.layer))];
    const row = (name: string, of: (form: string) => readonly KernelTime[]): string[] => [name, ...FORMS.map((form) => cell(of(form)))];
    return `batch ${batch}: share of the roofline (of the multiply-add rate)\n${
      columns([
        ['layer', ...FORMS],
        ...layers.map((layer) => row(layer, (form) => mine.filter((k) => k.layer === layer && k.form === form))),
        row('together', (form) => mine.filter((k) => k.form === form)),
      ])
    }`;
  }).join('\n\n');
}

function passTable(passes: readonly PassTime[], rate: number | undefined): string {
  return columns([
    ['network, pass', 'how', 'batch', 'per picture', 'on the GPU', 'pictures/s', 'share of rate', 'memory', 'dispatches'],
    ...passes.map((p) => [
      `${p.network}, ${p.pass}`,
      `${p.how}${p.variant ? `, ${p.variant}` : ''}`,
      String(p.batch),
      duration(p.secondsPerPicture),
      p.gpuSecondsPerPicture === undefined ? '' : duration(p.gpuSecondsPerPicture),
      (1 / p.secondsPerPicture).toPrecision(3),
      p.multiplyAdds === undefined || rate === undefined ? '' : percent(idealWork(p) / p.secondsPerPicture / rate),
      p.bytes === undefined ? '' : `${magnitude(p.bytes)}B`,
      String(p.dispatches ?? ''),
    ]),
  ]);
}

/**
 * Multiply-adds a pass needs. A profile is a forward pass, input gradients and weight gradients; a map differentiates them
 * with respect to activations alone: one more pass for each of the first two, two for the weight gradients.
 */
export function idealWork(p: PassTime): number {
  return (p.multiplyAdds ?? NaN) * { forward: 1, profile: 3, map: 7 }[p.pass];
}

function switchTable(p: Performance): string {
  const names = [...new Set(p.switches.map((s) => s.switches))];
  const at = (what: string, name: string): number | undefined => p.switches.find((s) => s.what === what && s.switches === name)?.seconds;
  return columns([
    ['', ...names],
    ...[...new Set(p.switches.map((s) => s.what))].map((what) => [what, ...names.map((name) => {
      const [seconds, base] = [at(what, name), at(what, names[0])];
      return seconds === undefined
        ? ''
        : name === names[0] || base === undefined
        ? duration(seconds)
        : `${duration(seconds)} (x ${(base / seconds).toFixed(2)})`;
    })]),
  ]);
}

/** All of a performance file. */
export function report(p: Performance): string {
  const count = (outcome: string): number => p.checks.filter((c) => c.outcome === outcome).length;
  const value = (v: number | undefined): string => (v === undefined ? '' : v === 0 ? '0' : v.toExponential(1));
  const bad = p.checks.filter((c) => c.outcome !== 'passed');
  const c = p.ceilings;
  const parts = [
    `${p.adapter.description}${p.adapter.software ? ' (software)' : ''}, ${p.by}, ${p.made}${p.complete ? '' : ', NOT COMPLETE'}`,
    p.checks.length === 0 ? '' : [
      `correctness: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped, ${count('not run')} not run`,
      ...bad.map((b) =>
        `  ${b.outcome.toUpperCase()} ${b.name}${b.schedule ? ` (${b.schedule})` : ''}${
          b.value === undefined ? '' : `: ${value(b.value)}, allowed ${value(b.allowed)}`
        }${b.note ? `: ${b.note}` : ''}`
      ),
      ...p.checks.filter((k) => k.outcome === 'passed' && k.value !== undefined).map((k) =>
        `  ok ${k.name}${k.schedule ? ` (${k.schedule})` : ''}: ${value(k.value)}, allowed ${value(k.allowed)}`
      ),
    ].join('\n'),
    Object.keys(c).length === 0 ? '' : [
      'ceilings',
      ...[
        c.multiplyAddsPerSecond && `  multiply-adds in registers: ${magnitude(c.multiplyAddsPerSecond)} per second`,
        c.matmulMultiplyAddsPerSecond &&
        `  a large float32 matrix product: ${magnitude(c.matmulMultiplyAddsPerSecond)} multiply-adds per second`,
        c.copyBytesPerSecond && `  copy: ${magnitude(c.copyBytesPerSecond)}B/s read and written`,
        c.dispatchSeconds &&
        `  a dispatch in a chain: ${duration(c.dispatchSeconds)}; a submit: ${duration(c.submitSeconds!)}; a submit and its answer: ${
          duration(c.roundTripSeconds!)
        }`,
      ].filter(Boolean),
    ].join('\n'),
    p.passes.length === 0 ? '' : `whole passes\n${passTable(p.passes, c.multiplyAddsPerSecond)}`,
    p.kernels.length === 0 ? '' : `ResNet-50's convolutions, schedule '${p.kernels[0].schedule}'\n${kernelTable(p.kernels)}`,
    p.switches.length === 0 ? '' : `Dawn's checks (x: how much faster)\n${switchTable(p)}`,
    p.notes.length === 0 ? '' : `notes\n${p.notes.map((n) => `  ${n}`).join('\n')}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
