/**
 * Sparsities by stage, found on pictures of a split of their own: from the best uniform setting, rounds of coordinate search over the
 * stages and a grid, for the greatest objective among the settings whose traces name the network's class often enough. Without that
 * constraint the search picks traces that explain another network.
 */
import type { SpadeLayer } from './layers.js';

/** Values that a stage's sparsity is chosen from. */
export const GRID: readonly number[] = [0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99];

/** Layers whose sparsity is one. */
export interface Stage {
  readonly name: string;
  readonly layers: readonly SpadeLayer[];
}

/** A setting, a sparsity for each stage, and what it comes to on the tuning pictures. */
export interface Evaluation {
  readonly setting: readonly number[];
  /** Share of pictures whose trace names the network's class. */
  readonly agreement: number;
  /** Mean of the objective; null where the agreement is too small for it to be asked. */
  readonly score: number | null;
}

export interface TuneOptions {
  readonly grid: readonly number[];
  /** Least agreement. */
  readonly agreement: number;
  readonly rounds: number;
}

export interface Tuned {
  readonly best: Evaluation;
  /** Of settings of one sparsity for all stages, those that agree enough first. */
  readonly uniform: readonly Evaluation[];
  /** How many settings were looked at. */
  readonly looked: number;
}

/** Convolutions whose outputs are of one size are a stage, and so are the fully connected layers; the first layer is left out. */
export function stagesOf(layers: readonly SpadeLayer[]): Stage[] {
  const stages = new Map<string, SpadeLayer[]>();
  for (const layer of layers) {
    if (layer.stem) continue;
    const { OH, OW } = layer.uses[0].windows;
    const name = layer.kind === 'fc' ? 'fully connected' : `${OH} x ${OW}`;
    stages.set(name, [...(stages.get(name) ?? []), layer]);
  }
  return [...stages].map(([name, members]) => ({ name, layers: members }));
}

/**
 * `evaluate` is asked for each setting once; it is told the least agreement below which its score is not needed. Where no setting agrees
 * enough, which 0 everywhere always does, the one of zeros is the best.
 */
export async function tune(stages: number, evaluate: (setting: readonly number[]) => Promise<Evaluation>,
  { grid, agreement, rounds }: TuneOptions): Promise<Tuned> {
  const known = new Map<string, Evaluation>();
  const look = async (setting: readonly number[]): Promise<Evaluation> => {
    const key = setting.join();
    const found = known.get(key) ?? await evaluate(setting);
    known.set(key, found);
    return found;
  };
  const better = (a: Evaluation, b: Evaluation): boolean =>
    a.agreement >= agreement && a.score !== null && (b.score === null || a.score > b.score);
  const uniform: Evaluation[] = [];
  for (const s of grid) uniform.push(await look(Array.from({ length: stages }, () => s)));
  let best = await look(Array.from({ length: stages }, () => 0));
  for (const one of uniform) if (better(one, best)) best = one;
  for (let round = 0; round < rounds; round++) {
    const before = best;
    for (let stage = 0; stage < stages; stage++) {
      for (const s of grid) {
        const found = await look(best.setting.map((v, k) => (k === stage ? s : v)));
        if (better(found, best)) best = found;
      }
    }
    if (best === before) break;
  }
  return { best, uniform, looked: known.size };
}
