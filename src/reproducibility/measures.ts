/**
 * How far M models of one task disagree at N held-out points, in float64 on the host: p_mn the probability of class 1, s_mn the logit,
 * pairs i < j of models. Definitions and sources: docs/irreproducibility.md. Where a prediction is not finite every measure is NaN, never
 * 0; where there is a single model, and so no pair, what counts differences is 0.
 */

export interface Measures {
  /** Mean over pairs and points of |p_i - p_j|. */
  readonly pd_abs: number;
  /** Of 2 |p_i - p_j| / (p_i + p_j), 0 / 0 as 0: between 0 and 2 (symmetric relative prediction difference). */
  readonly pd_sym: number;
  /** Mean over points of (mean over models of |p_m - their mean|) / their mean; for two models half of pd_sym. */
  readonly pd_rel: number;
  /** Of |s_i - s_j|. */
  readonly pd_logit: number;
  /** Mean over points of the deviation over models (divisor M - 1), and of that over the mean probability. */
  readonly sd: number;
  readonly sd_rel: number;
  /** Share of pairs and points where one is above 1/2 and the other is not; `hamming` is N times that, `agreement` 1 less it. */
  readonly churn: number;
  readonly hamming: number;
  readonly agreement: number;
  /** Share of points where all models agree. */
  readonly unanimous: number;
  /** Models whose predictions deviate by less than 1e-3 over the points; and pd_abs over the pairs of the others. */
  readonly constant: number;
  readonly pd_abs_live: number;
  /** Share of wrong predictions; mean over pairs of |both wrong| / |either wrong|, 1 where neither ever is; Cohen's kappa of the two. */
  readonly error?: number;
  readonly mistakes_shared?: number;
  readonly error_kappa?: number;
  /** Mean divergence of the truth's probability from the prediction, natural logarithm: accuracy without the labels' noise. */
  readonly excess_loss?: number;
}

/** What the points' labels and the truth's probabilities are, where they are known. */
export interface Truth {
  readonly y?: ArrayLike<number>;
  readonly p?: ArrayLike<number>;
}

const NAMES = ['pd_abs', 'pd_sym', 'pd_rel', 'pd_logit', 'sd', 'sd_rel', 'churn', 'hamming', 'agreement', 'unanimous', 'constant',
  'pd_abs_live'] as const;
const LABELLED = ['error', 'mistakes_shared', 'error_kappa'] as const;

/** A model whose probabilities deviate by less has become a constant: its units are dead. */
const CONSTANT = 1e-3;

/** Measures of logits [models, points]. Throws where the logits are no whole number of points. */
export function measuresOf(logits: ArrayLike<number>, models: number, { y, p: truth }: Truth = {}): Measures {
  const N = logits.length / models;
  if (!Number.isInteger(N) || N < 1) throw new Error(`${logits.length} logits are no whole number of points of ${models} models`);
  const s = Float64Array.from(logits);
  if (!s.every(Number.isFinite)) {
    const names = [...NAMES, ...(y ? LABELLED : []), ...(truth ? ['excess_loss' as const] : [])];
    return Object.fromEntries(names.map((name) => [name, NaN])) as unknown as Measures;
  }
  const p = s.map((v) => 1 / (1 + Math.exp(-v)));
  const live = Array.from({ length: models }, (_, m) => deviation(p, m * N, N) >= CONSTANT);
  const pairs = pairSums(s, p, models, N, live);
  const hard = Uint8Array.from(p, (v) => (v > 0.5 ? 1 : 0));
  return {
    ...pairs,
    ...pointMeans(p, models, N),
    hamming: N * pairs.churn,
    agreement: 1 - pairs.churn,
    unanimous: unanimity(hard, models, N),
    constant: live.filter((v) => !v).length,
    ...(y && mistakes(hard, models, N, y)),
    ...(truth && { excess_loss: excessLoss(s, N, truth) }),
  };
}

type PairSums = Pick<Measures, 'pd_abs' | 'pd_sym' | 'pd_logit' | 'churn' | 'pd_abs_live'>;

function pairSums(s: Float64Array, p: Float64Array, models: number, N: number, live: readonly boolean[]): PairSums {
  let abs = 0, sym = 0, logit = 0, flips = 0, alive = 0;
  for (let i = 0; i < models; i++) {
    for (let j = i + 1; j < models; j++) {
      let pair = 0;
      for (let n = 0, a = i * N, b = j * N; n < N; n++, a++, b++) {
        const d = Math.abs(p[a] - p[b]), both = p[a] + p[b];
        pair += d;
        if (both > 0) sym += (2 * d) / both;
        logit += Math.abs(s[a] - s[b]);
        if (p[a] > 0.5 !== p[b] > 0.5) flips++;
      }
      abs += pair;
      if (live[i] && live[j]) alive += pair;
    }
  }
  const all = pairsOf(models) * N, living = pairsOf(live.filter(Boolean).length) * N;
  const share = (sum: number): number => (all === 0 ? 0 : sum / all);
  return { pd_abs: share(abs), pd_sym: share(sym), pd_logit: share(logit), churn: share(flips),
    pd_abs_live: models === 1 ? 0 : living === 0 ? NaN : alive / living };
}

const pairsOf = (models: number): number => (models * (models - 1)) / 2;

/** Deviation of so many values from `from` on, divided by their number. */
function deviation(values: Float64Array, from: number, count: number): number {
  let sum = 0, squares = 0;
  for (let k = 0; k < count; k++) sum += values[from + k];
  for (let k = 0; k < count; k++) squares += (values[from + k] - sum / count) ** 2;
  return Math.sqrt(squares / count);
}

function pointMeans(p: Float64Array, models: number, N: number): Pick<Measures, 'pd_rel' | 'sd' | 'sd_rel'> {
  let rel = 0, sd = 0, sdRel = 0;
  for (let n = 0; n < N; n++) {
    let sum = 0, off = 0, squares = 0;
    // About model 0's value, so that models that agree to the bit have a mean that is that value and deviations of 0.
    const first = p[n];
    for (let m = 0; m < models; m++) sum += p[m * N + n] - first;
    const mean = first + sum / models;
    for (let m = 0; m < models; m++) {
      off += Math.abs(p[m * N + n] - mean);
      squares += (p[m * N + n] - mean) ** 2;
    }
    const deviates = models === 1 ? 0 : Math.sqrt(squares / (models - 1));
    sd += deviates;
    if (mean > 0) {
      rel += off / models / mean;
      sdRel += deviates / mean;
    }
  }
  return { pd_rel: rel / N, sd: sd / N, sd_rel: sdRel / N };
}

function unanimity(hard: Uint8Array, models: number, N: number): number {
  let agreed = 0;
  for (let n = 0; n < N; n++) {
    let ones = 0;
    for (let m = 0; m < models; m++) ones += hard[m * N + n];
    if (ones === 0 || ones === models) agreed++;
  }
  return agreed / N;
}

function mistakes(hard: Uint8Array, models: number, N: number, y: ArrayLike<number>): Pick<Measures, (typeof LABELLED)[number]> {
  const wrong = Array.from({ length: models }, (_, m) => Uint8Array.from({ length: N }, (_, n) => hard[m * N + n] ^ (y[n] > 0.5 ? 1 : 0)));
  return { error: wrong.reduce((sum, w) => sum + count(w), 0) / (models * N), ...sharedMistakes(wrong) };
}

const count = (flags: Uint8Array): number => flags.reduce((a, b) => a + b, 0);

/** Of each model its wrong points as 0 and 1: mean over pairs of the Jaccard index and of Cohen's kappa; 1 where there is one model. */
export function sharedMistakes(wrong: readonly Uint8Array[]): { readonly mistakes_shared: number; readonly error_kappa: number } {
  const N = wrong[0].length, errors = wrong.map(count);
  let shared = 0, kappas = 0;
  for (let i = 0; i < wrong.length; i++) {
    for (let j = i + 1; j < wrong.length; j++) {
      let both = 0;
      for (let n = 0; n < N; n++) both += wrong[i][n] & wrong[j][n];
      const either = errors[i] + errors[j] - both;
      shared += either === 0 ? 1 : both / either;
      const [a, b] = [errors[i] / N, errors[j] / N];
      const chance = a * b + (1 - a) * (1 - b), same = (N - either + both) / N;
      kappas += chance < 1 ? (same - chance) / (1 - chance) : 1;
    }
  }
  const pairs = pairsOf(wrong.length);
  return { mistakes_shared: pairs === 0 ? 1 : shared / pairs, error_kappa: pairs === 0 ? 1 : kappas / pairs };
}

/** Mean of q log(q / p) + (1 - q) log((1 - q) / (1 - p)), the logarithms of p by the logit. */
function excessLoss(s: Float64Array, N: number, truth: ArrayLike<number>): number {
  const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  const entropy = (a: number, log: number): number => (a === 0 ? 0 : a * log);
  let sum = 0;
  for (let k = 0; k < s.length; k++) {
    const q = truth[k % N];
    sum += entropy(q, Math.log(q)) + q * softplus(-s[k]) + entropy(1 - q, Math.log1p(-q)) + (1 - q) * softplus(s[k]);
  }
  return sum / s.length;
}

/** Standard error of a measure by leaving out one model at a time, where there is one data set and nothing else to resample. */
export function jackknife(logits: ArrayLike<number>, models: number, name: keyof Measures, truth: Truth = {}): number {
  const N = logits.length / models, all = Float64Array.from(logits);
  const left = Array.from({ length: models }, (_, m) => {
    const rest = new Float64Array((models - 1) * N);
    rest.set(all.subarray(0, m * N));
    rest.set(all.subarray((m + 1) * N), m * N);
    return measuresOf(rest, models - 1, truth)[name]!;
  });
  const mean = left.reduce((a, b) => a + b, 0) / models;
  return Math.sqrt(((models - 1) / models) * left.reduce((sum, v) => sum + (v - mean) ** 2, 0));
}
