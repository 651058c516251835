/** The path, point by point: each is in the journal before the next begins, and a path that was killed goes on with the same bits. */
import type { Device } from '../../src/engine/device.js';
import { HostRows } from '../../src/sparse/host-rows.js';
import { PathSolver, type Placement } from '../../src/sparse/path.js';
import { penaltyOf, residualOf } from '../../src/sparse/penalty.js';
import { emptySaga, saga, type SagaState } from '../../src/sparse/saga.js';
import type { Lock } from '../../src/store/lock.js';
import { checkBegun, damagedLines, mended, readFinished, SampleJournal, type JournalHead } from '../experiment/journal.js';
import type { Interrupt } from '../shared/interrupt.js';
import type { Progress } from '../shared/progress.js';
import { goesOnElsewhere, goingOn, notice, version } from '../shared/terminal.js';
import type { SparseInputs } from './inputs.js';
import { lambdasOf } from './lambdas.js';
import { placeLayer, readLayer, tidyLayers, type LayerEntry, type Point } from './layers.js';
import type { SparseOptions } from './options.js';

export interface FittedPath {
  /** What the journal has of each point; `point` reads its weights. */
  readonly entries: readonly LayerEntry[];
  point(k: number): Promise<Point>;
  readonly lambdaMax: number;
  readonly head: JournalHead;
}

interface Tools {
  readonly device: Device;
  readonly lock: Lock;
  readonly interrupt: Interrupt;
  readonly progress: (total: number, before: number) => Progress;
}

/** Null where it was stopped. Throws one sentence where OUT holds another path, or a point is not reached. */
export async function fitPath(inputs: SparseInputs, options: SparseOptions,
  { device, lock, interrupt, progress }: Tools): Promise<FittedPath | null> {
  const { train, classes, standard, counts } = inputs, { out, alpha, group = false, tolerance, solver, quiet } = options;
  const loss = options.squared ? 'squared' : 'cross-entropy';
  const allowed = () => lock.check();
  await tidyLayers(out);
  const begun = await readFinished<LayerEntry>(out);
  const problem = { loss, alpha, group, classes, tolerance } as const;
  const placement = begun?.head.settings.placement as Placement | undefined;
  const path = await PathSolver.open(device, train, standard, problem, counts, { memory: options.memory, placement });
  try {
    const lambdaMax = await path.lambdaMax(), lambdas = lambdasOf(options, lambdaMax);
    const { description, software } = device.adapter;
    const head: JournalHead = { journal: 2, version, command: 'sparse', adapter: { description, software },
      settings: { loss, alpha, group, solver, tolerance, lambdas: options.lambdas, epsilon: options.epsilon, classes,
        features: train.features, rows: train.samples, 'training rows': inputs.mark, placement: path.placement } };
    if (begun) checkBegun(out, begun.head, 'sparse', head.settings);
    const read = (k: number, entry: LayerEntry): Promise<Point | null> => readLayer(out, k, entry, classes, train.features);
    const { entries, last } = await found(begun?.entries ?? [], read);
    if (begun && begun.damaged > 0 && !quiet) notice(damagedLines(out, begun.damaged));
    if (begun && entries.length < lambdas.length && !quiet) {
      goingOn(entries.length, lambdas.length);
      goesOnElsewhere('the path', begun.head.adapter.description, description);
    }
    const whole = begun && (await mended(out, begun, allowed));
    const journal = await SampleJournal.open<LayerEntry>(out, head, whole, allowed);
    const shown = progress(lambdas.length, entries.length);
    const step = solver === 'saga' ? await sagaStep(inputs, options, path) : fistaStep(path);
    try {
      for (let k = entries.length, before = last; k < lambdas.length; k++) {
        if (interrupt.stopped) return null;
        const point = await step(lambdas[k], before, k);
        const { predicted } = await path.rows.scores(point);
        let right = 0;
        for (let i = 0; i < predicted.length; i++) right += Number(predicted[i] === train.labels[i]);
        before = { ...point, trainAccuracy: right / train.samples };
        const entry = await placeLayer(out, k, before, allowed);
        await journal.append({ id: k, result: entry });
        entries.push(entry);
        shown.update(k + 1);
      }
    } finally {
      shown.clear();
      await journal.close();
    }
    return { entries, lambdaMax, head: begun?.head ?? head, point: async (k) => {
      const point = await read(k, entries[k]);
      if (!point) throw new Error(`point ${k} of ${out} is damaged or gone; run the same command again, which computes it anew`);
      return point;
    } };
  } finally {
    path.destroy();
  }
}

/** The points in place, up to the first that is missing or damaged, with the weights of the last one. */
async function found(all: readonly { id: number; result: LayerEntry }[],
  read: (k: number, entry: LayerEntry) => Promise<Point | null>): Promise<{ entries: LayerEntry[]; last: Point | null }> {
  const entries: LayerEntry[] = [], byId = new Map(all.map((e) => [e.id, e.result]));
  for (let last: Point | null = null;;) {
    const entry = byId.get(entries.length), point = entry && (await read(entries.length, entry));
    if (!point) return { entries, last };
    entries.push(entry);
    last = point;
  }
}

type Step = (lambda: number, before: Point | null, k: number) => Promise<Omit<Point, 'trainAccuracy'>>;

const fistaStep = (path: PathSolver): Step => async (lambda, before) => {
  const point = await path.solve(lambda, before);
  return { ...point, carried: new Float64Array(0) };
};

/** The paper's own solver: its points say how far from the optimum they are. */
async function sagaStep({ train, standard, classes }: SparseInputs, options: SparseOptions, path: PathSolver): Promise<Step> {
  const { alpha, group = false } = options, loss = options.squared ? 'squared' : 'cross-entropy';
  const rows = await HostRows.read(train, standard, classes, loss);
  let state: SagaState | null = null;
  return async (lambda, before, k) => {
    state ??= before ? unpacked(before.carried, rows) : emptySaga(rows);
    const penalty = { lambda, alpha, group }, { at, epochs } = saga(rows, before ?? path.zero(), state, penalty, k);
    const rounded = { w: at.w.map(Math.fround), b: at.b };
    const { loss: mean, gradient, intercepts } = rows.evaluate(rounded);
    return { ...rounded, lambda, curvature: 1, kkt: residualOf(rounded.w, gradient, intercepts, penalty), loss: mean,
      objective: mean + penaltyOf(rounded.w, classes, penalty), passes: epochs, polished: false,
      carried: Float64Array.from([...state.table, ...state.gw, ...state.gb]) };
  };
}

function unpacked(carried: Float64Array, { samples, classes, features }: HostRows): SagaState {
  const [n, m] = [samples * classes, classes * features];
  return { table: carried.slice(0, n), gw: carried.slice(n, n + m), gb: carried.slice(n + m) };
}
