/** ResNet-20 on a device against float64 numbers from PyTorch, which golden-pack.ts has put into one file. */
import { readFileSync } from 'node:fs';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { maskOf } from '../../src/saliency/off.js';
import type { Explainer, Explanation, InputMap } from '../../src/saliency/explainer.js';
import { profileErrors, quantile } from '../../test/support/golden.js';
import type { Check } from './form.js';
import { judge } from './verdict.js';

export const GOLDEN_FORM = 'misfire-golden-1';

/** The file: arrays of doubles or floats as base64 of their little-endian bytes. */
export interface GoldenFile {
  readonly form: typeof GOLDEN_FORM;
  readonly pictures: number;
  readonly labels: readonly number[];
  readonly loss: readonly number[];
  readonly layers: readonly { readonly filters: number; readonly offset: number }[];
  readonly top10: readonly (readonly number[])[];
  readonly maps: readonly { readonly sample: number; readonly boosted: readonly number[]; readonly distance: number;
    readonly gradient: string }[];
  readonly off: readonly { readonly sample: number; readonly mode: 'channel' | 'paper'; readonly k: number;
    readonly logits: readonly number[] }[];
  /** Float32, [pictures, C, H, W]. */
  readonly inputs: string;
  /** Float64: [pictures, classes], [pictures, filters], [pictures, filters], [filters], [filters]. */
  readonly logits: string;
  readonly profile: string;
  readonly standardized: string;
  readonly mean: string;
  readonly std: string;
}

export interface Golden extends Omit<GoldenFile, 'inputs' | 'logits' | 'profile' | 'standardized' | 'maps'> {
  readonly inputs: Float32Array[];
  readonly logits64: Float64Array[];
  readonly profiles: Float64Array[];
  readonly standardizedRows: Float64Array[];
  readonly stats: Statistics;
  readonly maps64: readonly { readonly sample: number; readonly boosted: readonly number[]; readonly distance: number;
    readonly gradient: Float32Array }[];
}

export function readGolden(path: string): Golden {
  const file = JSON.parse(readFileSync(path, 'utf8')) as GoldenFile;
  if (file.form !== GOLDEN_FORM) {
    throw new Error(`${path} has the form '${file.form}', not '${GOLDEN_FORM}'; write it with dist/bench/gpu-check/golden-pack.js`);
  }
  const bytes = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, 'base64')).buffer;
  const doubles = (text: string): Float64Array => new Float64Array(bytes(text));
  const rows = <A extends Float32Array | Float64Array>(all: A): A[] =>
    Array.from({ length: file.pictures }, (_, k) =>
      all.slice((k * all.length) / file.pictures, ((k + 1) * all.length) / file.pictures) as A);
  return {
    ...file,
    inputs: rows(new Float32Array(bytes(file.inputs))),
    logits64: rows(doubles(file.logits)),
    profiles: rows(doubles(file.profile)),
    standardizedRows: rows(doubles(file.standardized)),
    stats: { model: null, aggregation: 'mean-abs', samples: null, mean: doubles(file.mean), std: doubles(file.std) },
    maps64: file.maps.map((m) => ({ ...m, gradient: new Float32Array(bytes(m.gradient)) })),
  };
}

/** What a device answers to all that a golden file asks. */
export interface Answers {
  readonly explained: readonly Explanation[];
  readonly again: readonly Explanation[];
  /** One picture at a time, of the first `alone.length`. */
  readonly alone: readonly Explanation[];
  readonly maps: readonly InputMap[];
  /** Logits with filters turned off, in the order of `off`. */
  readonly off: readonly Float32Array[];
}

/** Asks an explainer of batches and one of single pictures. */
export async function askAll(g: Golden, batched: Explainer, single: Explainer): Promise<Answers> {
  const explained = await batched.explain(g.inputs, g.labels);
  const again = await batched.explain(g.inputs, g.labels);
  const alone = await single.explain(g.inputs, g.labels);
  const samples = g.maps64.map((m) => m.sample);
  const boosted = samples.map((s) => topTen(explained[s], g.stats));
  const maps = await batched.inputMaps(samples.map((s) => g.inputs[s]), samples.map((s) => g.labels[s]), boosted, g.stats);
  const off: Float32Array[] = [];
  for (const mode of ['channel', 'paper'] as const) {
    const at = g.off.flatMap((r, k) => (r.mode === mode ? [k] : []));
    const masks = at.map((k) =>
      maskOf(rankFilters(g.standardizedRows[g.off[k].sample], g.stats).slice(0, g.off[k].k), g.stats.mean.length)
    );
    const logits = await batched.logits(at.map((k) => g.inputs[g.off[k].sample]), masks, mode);
    at.forEach((k, n) => {
      off[k] = logits[n];
    });
  }
  return { explained, again, alone, maps, off };
}

/** The tolerances are those of the project's tests of the same numbers. */
export function compareGolden(g: Golden, a: Answers): Check[] {
  const largest = (values: readonly number[]): number => values.reduce((m, v) => (v > m || Number.isNaN(v) ? v : m), -Infinity);
  const differences = (got: ArrayLike<number>, want: ArrayLike<number>): number[] =>
    got.length === want.length ? Array.from(want, (v, k) => Math.abs(got[k] - v)) : [NaN];
  const errors = a.explained.flatMap((e, k) => profileErrors(e.profile, g.profiles[k], g.layers).relative);
  const wrongTop = a.explained.filter((e, k) => topTen(e, g.stats).join() !== g.top10[k].join()).length;
  const bits = (x: Float32Array, y: Float32Array): number => {
    const [p, q] = [x, y].map((v) => new Uint32Array(v.buffer, v.byteOffset, v.length));
    return p.length === q.length ? p.reduce((n, v, k) => n + (v === q[k] ? 0 : 1), 0) : NaN;
  };
  const relative = (got: ArrayLike<number>, want: ArrayLike<number>): number =>
    largest(Array.from(want, (v, k) => (got[k] === v ? 0 : Math.abs(got[k] - v) / Math.abs(v))));
  const maps = a.maps.map(({ gradient, distance }, k) => {
    const want = g.maps64[k];
    const product = (x: ArrayLike<number>, y: ArrayLike<number>): number => want.gradient.reduce((sum, _, j) => sum + x[j] * y[j], 0);
    const [gg, gw, ww] = [product(gradient, gradient), product(gradient, want.gradient), product(want.gradient, want.gradient)];
    return { off: 1 - gw / Math.sqrt(gg * ww), length: Math.abs(Math.sqrt(gg / ww) - 1), distance: Math.abs(distance / want.distance - 1) };
  });
  const complete = a.explained.length === g.pictures && a.again.length === g.pictures && a.alone.length === g.pictures &&
    a.maps.length === g.maps64.length && a.off.length === g.off.length;
  return [
    judge('golden: answers that are missing', complete ? 0 : 1, 0),
    judge('golden: logits, largest difference', largest(a.explained.flatMap((e, k) => differences(e.logits, g.logits64[k]))), 1e-4),
    judge('golden: loss, largest relative error', relative(a.explained.map((e) => e.loss), g.loss), 1e-4),
    judge('golden: profile, median relative error', errors.length > 0 ? quantile(errors, 0.5) : NaN, 1e-5),
    judge('golden: profile, largest relative error', largest(errors), 1e-3),
    judge('golden: pictures whose ten most salient filters differ', wrongTop, 0),
    judge('golden: values of profiles that a rerun changes',
      a.explained.reduce((n, e, k) => n + bits(e.profile, a.again[k]?.profile ?? new Float32Array()), 0), 0),
    judge('golden: profile alone against in a batch, largest relative difference',
      largest(a.alone.map((e, k) => relative(a.explained[k].profile, e.profile))), 1e-6),
    judge('golden: input map, 1 - cosine similarity', largest(maps.map((m) => m.off)), 1e-6),
    judge('golden: input map, relative error of its length', largest(maps.map((m) => m.length)), 1e-3),
    judge('golden: input map, relative error of the distance', largest(maps.map((m) => m.distance)), 1e-3),
    judge('golden: logits with filters turned off, largest difference',
      largest(a.off.flatMap((logits, k) => differences(logits, g.off[k].logits))), 1e-3),
  ];
}

const topTen = (e: Explanation, stats: Statistics): number[] => rankFilters(standardize(e.profile, stats), stats).slice(0, 10);
