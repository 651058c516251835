/**
 * The form of a performance file: what `npm run gpu-check` and the peers of bench/peers/ write, and what
 * bench/performance.ts reads. One file is one program on one machine; whatever was not measured is left out, never 0.
 *
 *   form         FORM
 *   by           'misfire', or the peer's name
 *   made         ISO date and time
 *   complete     false while it is being measured, and for ever where it was ended early
 *   adapter      what computed: description, software (true: on the processor), and what else is known of it
 *   settings     how it was measured: switches, schedule, versions
 *   checks       correctness, one record per check
 *   ceilings     the machine's own limits, by this program
 *   kernels      single kernels
 *   passes       whole passes over a network
 *   switches     what the bounds checks and the validation of the API cost
 *   notes        sentences: what was left out, and why
 *
 * Times are seconds and memory is bytes; a multiply-add counts once (2 FLOP).
 */
export const FORM = 'misfire-performance-1';

export interface Check {
  readonly name: string;
  /** 'not run': there was no time for it. Only 'passed' and 'skipped' let a run end well. */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'not run';
  readonly schedule?: string;
  /** Tests inside it. */
  readonly passed?: number;
  /** The number that was judged, and the largest that passes. */
  readonly value?: number;
  readonly allowed?: number;
  readonly seconds?: number;
  /** Why it failed or was skipped. */
  readonly note?: string;
}

export interface Ceilings {
  /** Chains of multiply-adds in registers. */
  readonly multiplyAddsPerSecond?: number;
  /** Bytes read and written by a plain copy. */
  readonly copyBytesPerSecond?: number;
  /** A large float32 matrix product. */
  readonly matmulMultiplyAddsPerSecond?: number;
  /** One dispatch of a chain that does nothing. */
  readonly dispatchSeconds?: number;
  /** One submit of one dispatch that does nothing, many under way. */
  readonly submitSeconds?: number;
  /** The same with a wait for each: what one answer costs at least. */
  readonly roundTripSeconds?: number;
}

export interface KernelTime {
  readonly layer: string;
  /** How often the layer occurs in its network. */
  readonly count: number;
  readonly form: string;
  readonly batch: number;
  readonly schedule: string;
  readonly seconds: number;
  readonly multiplyAdds: number;
  /** The fewest: each operand read or written once. */
  readonly bytes: number;
  /** Share of the multiply-add rate. */
  readonly rateShare: number;
  /** Share of min(rate, bandwidth * multiply-adds per byte); above 1 where operands stay in the GPU's cache. */
  readonly rooflineShare: number;
}

export type Pass = 'forward' | 'profile' | 'map';

export interface PassTime {
  readonly network: string;
  readonly pass: Pass;
  /** 'batch': all samples at once, each with its own gradient. Peers: 'loop' (the authors': one sample at a time) and 'vmap'. */
  readonly how: string;
  /** What the network is made of where it matters: 'batch norm', or 'folded' (batch norm merged into the convolutions). */
  readonly variant?: string;
  readonly batch: number;
  /** From pictures in the processor's memory to numbers there, the median of several. */
  readonly secondsPerPicture: number;
  /** The GPU's own time. */
  readonly gpuSecondsPerPicture?: number;
  /** Those of one picture's forward pass. */
  readonly multiplyAdds?: number;
  /** The program's buffers and weights, or the peer's peak. */
  readonly bytes?: number;
  readonly dispatches?: number;
}

export interface SwitchTime {
  /** 'as shipped', 'no bounds checks', ... */
  readonly switches: string;
  readonly what: string;
  readonly seconds: number;
}

export interface Performance {
  readonly form: typeof FORM;
  readonly by: string;
  made: string;
  complete: boolean;
  readonly adapter: { readonly description: string; readonly software: boolean; readonly [more: string]: unknown };
  readonly settings: Record<string, unknown>;
  checks: Check[];
  ceilings: Ceilings;
  kernels: KernelTime[];
  passes: PassTime[];
  switches: SwitchTime[];
  notes: string[];
}

export function emptyPerformance(by: string, adapter: Performance['adapter'], settings: Record<string, unknown>): Performance {
  return { form: FORM, by, made: new Date().toISOString(), complete: false, adapter, settings, checks: [], ceilings: {}, kernels: [],
    passes: [], switches: [], notes: [] };
}

/** A performance file's text as an object. Throws a sentence where it is none. */
export function parsePerformance(text: string, name: string): Performance {
  const value = JSON.parse(text) as Partial<Performance>;
  if (value.form !== FORM) {
    throw new Error(`${name} has the form '${value.form}', not '${FORM}'; write it again with this version's gpu-check or peer`);
  }
  return { ...emptyPerformance(value.by ?? name, value.adapter!, {}), ...value } as Performance;
}
