/** `misfire spade tune` at work: sparsities by stage for traces of one network, on pictures that nothing else is judged by. */
import type { Classifier } from '../../src/classifier.js';
import { Attributor } from '../../src/attribution/attributor.js';
import { pixelScore, type MethodName } from '../../src/attribution/methods.js';
import { parseFloatNpy } from '../../src/data/npy.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { openDawnDevice } from '../../src/dawn.js';
import { SampleReader } from '../../src/dataset/sample.js';
import { checkWritable, readBytes, writeAtomic } from '../../src/files/files.js';
import { tuningText } from '../../src/report/tuning.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { causalAreas } from '../../src/saliency/insertion.js';
import { argmax } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { rocArea } from '../../src/saliency/roc.js';
import { factorsFor } from '../../src/spade/device-factor.js';
import { Hessians } from '../../src/spade/hessians.js';
import { layerSolver } from '../../src/spade/solve.js';
import { defaultSparsities } from '../../src/spade/sparsities.js';
import { stagesOf, tune, type Evaluation, type Stage } from '../../src/spade/tune.js';
import { realPicture } from '../../src/spade/views.js';
import { openSet, type Opened } from '../profile/open.js';
import { readClasses } from '../shared/classes.js';
import { announce } from '../shared/computer.js';
import { openModel } from '../shared/model-file.js';
import { next } from '../shared/next.js';
import { findPreprocessing } from '../shared/preprocessing.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import type { SpadeOptions } from './options.js';
import { beforePreparing, spadePicture, type SpadePicture } from './pictures.js';
import { layersOf } from './sparsities.js';

export interface TuneCommandOptions extends SpadeOptions {
  readonly pictures: number;
  readonly objective: 'insertion' | 'auc';
  readonly masks?: string;
  readonly method: MethodName;
  readonly agreement: number;
  readonly grid: readonly number[];
  readonly rounds: number;
}

/** Bytes of solutions that are kept at most. */
const MOST = 3 * 2 ** 30;

/** A picture of the split, with a solution for each layer and value of the grid. */
interface Kept extends SpadePicture {
  readonly target: number;
  /** By name of weight, one for each value of the grid. */
  readonly solutions: ReadonlyMap<string, readonly Float32Array[]>;
  /** [H*W] ones where the cause is; null without masks. */
  readonly mask: ArrayLike<number> | null;
}

export async function spadeTune(data: readonly string[], options: TuneCommandOptions): Promise<void> {
  const { model, out, objective, masks, grid } = options;
  if (model === undefined) throw new UsageError("required option '--model <file>' not specified");
  if (out === undefined) throw new UsageError("required option '--out <file>' not specified: the JSON file that --sparsity takes");
  if ((objective === 'auc') !== (masks !== undefined)) {
    throw new UsageError('--objective auc needs --masks, the pixels that are known to be the cause of each sample, and nothing else does');
  }
  if (!grid.includes(0)) throw new UsageError('--grid needs 0, the dense network, which always agrees with itself');
  await checkWritable(out);
  const classes = await readClasses(options.classes);
  const file = { ...await openModel(model), choice: { output: options.output, classes: classes?.count } };
  const opened = await openSet(data, file, classes, options.preprocess);
  const how = opened.how ?? (await findPreprocessing(file.model, options.preprocess, ['prepared.npy'])).how;
  if (!options.quiet) { for (const text of [...opened.notices, ...opened.network.notices]) notice(`${text}.`); }
  const stages = stagesOf(layersOf(opened.network));
  const chosen = new Random(options.seed).choose(Math.min(options.pictures, opened.set.count), opened.set.count).sort((a, b) => a - b);
  checkRoom(stages, grid, chosen.length);
  const found = await searched(opened, how, stages, chosen, options);
  const sparsities = Object.fromEntries(stages.flatMap(({ layers }, k) => layers.map(({ name }) => [name, found.best.setting[k]])));
  const result = { format: 1, tool: 'misfire spade tune', sparsities, objective, method: options.method, agreement: options.agreement, grid,
    views: { count: options.views, preset: options.viewPreset, seed: options.seed }, solver: options.solver,
    model: { path: file.path, sha256: file.sha256 },
    split: { data, seed: options.seed, samples: chosen.map((id) => ({ id, path: opened.set.sample(id).path })) },
    stages: stages.map(({ name, layers }, k) => ({ name, layers: layers.map((l) => l.name), sparsity: found.best.setting[k] })),
    scores: { dense: found.dense, best: found.best, usual: found.usual, uniform: found.uniform }, looked: found.looked };
  await writeAtomic(out, `${JSON.stringify(result, null, 1)}\n`);
  process.stdout.write(
    tuningText({ ...found, stages: stages.map((s) => s.name), objective, method: options.method, agreement: options.agreement,
      pictures: chosen.length })
  );
  next('traces of other pictures with these sparsities', ['spade', 'PICTURE', '--model', model, '--sparsity', out, '--out', 'traces'],
    options);
}

function checkRoom(stages: readonly Stage[], grid: readonly number[], pictures: number): void {
  const weights = stages.reduce((n, { layers }) => n + layers.reduce((m, l) => m + l.groups * l.rows * l.columns, 0), 0);
  const bytes = 4 * weights * grid.length * pictures;
  if (bytes <= MOST) return;
  throw new Error(`solutions for ${pictures} pictures and ${grid.length} sparsities would take ${(bytes / 2 ** 30).toFixed(1)} GiB; give ` +
    'fewer --pictures or a shorter --grid');
}

interface Search {
  readonly dense: Evaluation;
  readonly usual: Evaluation;
  readonly best: Evaluation;
  readonly uniform: readonly Evaluation[];
  readonly looked: number;
}

async function searched(opened: Opened, how: Preprocessing | null, stages: readonly Stage[], chosen: readonly number[],
  options: TuneCommandOptions): Promise<Search> {
  const { network } = opened;
  const device = await openDawnDevice({ adapter: options.adapter });
  const layers = stages.flatMap((s) => s.layers);
  const hessians = new Hessians(device, network, layers.map((l) => l.weight), options.batch);
  const dense = new Explainer(network, device, { batch: options.batch });
  const attributor = new Attributor(network, device, { batch: options.batch, incomplete: true });
  const progress = new Progress(1, 0, { quiet: options.quiet, parts: true });
  try {
    if (!options.quiet) announce(device);
    const pictures: Kept[] = [];
    for (const picture of await readPictures(opened, how, chosen, options)) {
      progress.update(0.5 * (pictures.length / chosen.length), `solutions for ${picture.name}`);
      pictures.push(await solved(picture, hessians, dense, network, options));
    }
    const { pictureShape: shape } = network;
    const objective = async (k: number, weights: ReadonlyMap<string, Float32Array>): Promise<number> => {
      const { input, target, mask } = pictures[k];
      attributor.use(weights);
      const scores = pixelScore(options.method, await attributor.map(options.method, input, target), shape);
      if (mask) return rocArea(scores, mask);
      const [{ insertion }] = await causalAreas([scores], input, shape, target, (some) => dense.logits(some));
      return insertion;
    };
    let looked = 0;
    const evaluate = async (setting: readonly number[], least = options.agreement): Promise<Evaluation> => {
      progress.update(0.5 + 0.5 * (1 - 0.97 ** ++looked), `sparsities ${setting.join(' ')}`);
      const traces = pictures.map(({ solutions }) => traceOf(stages, setting, options.grid, solutions));
      let agreeing = 0;
      for (const [k, { input, target }] of pictures.entries()) {
        attributor.use(traces[k]);
        agreeing += Number(argmax((await attributor.logits([input]))[0]) === target);
      }
      const agreement = agreeing / pictures.length;
      if (agreement < least) return { setting, agreement, score: null };
      let sum = 0;
      for (const k of pictures.keys()) sum += await objective(k, traces[k]);
      return { setting, agreement, score: sum / pictures.length };
    };
    const tuned = await tune(stages.length, evaluate, options);
    const nothing = await evaluate(stages.map(() => 0), 0);
    const usual = await evaluate(usualSetting(stages, options.grid), 0);
    return { ...tuned, dense: nothing, usual };
  } finally {
    progress.clear();
    hessians.destroy();
    dense.destroy();
    attributor.destroy();
    device.destroy();
  }
}

/** What `defaultSparsities` gives most of a stage's layers, as near as the grid has it. */
function usualSetting(stages: readonly Stage[], grid: readonly number[]): number[] {
  const { sparsities } = defaultSparsities(stages.flatMap((s) => s.layers));
  return stages.map(({ layers }) => {
    const wanted = sparsities.get(layers[layers.length - 1].weight) ?? 0;
    return grid.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a));
  });
}

function traceOf(stages: readonly Stage[], setting: readonly number[], grid: readonly number[],
  solutions: ReadonlyMap<string, readonly Float32Array[]>): Map<string, Float32Array> {
  return new Map(stages.flatMap(({ layers }, k) => (setting[k] === 0 ?
    []
    : layers.map(({ weight }) => [weight, solutions.get(weight)![grid.indexOf(setting[k])]] as const))
  ));
}

async function solved(picture: SpadePicture & { mask: ArrayLike<number> | null }, hessians: Hessians, dense: Explainer, network: Classifier,
  { grid, solver, damping }: TuneCommandOptions): Promise<Kept> {
  hessians.clear();
  for (let at = 0; at < picture.views; at += hessians.rows) {
    await hessians.add(Array.from({ length: Math.min(hessians.rows, picture.views - at) }, (_, k) => picture.view(at + k)));
  }
  const solutions = new Map<string, Float32Array[]>();
  for (const layer of hessians.layers) {
    const hessian = await hessians.read(layer);
    const factors = await factorsFor(hessians.device, layer, hessian, { solver, damping });
    const solve = layerSolver(layer, network.weights.get(layer.weight)!, hessian, { solver, damping, factors });
    solutions.set(layer.weight, grid.map((s) => (s === 0 ? network.weights.get(layer.weight)! : solve(s).values)));
  }
  const [logits] = await dense.logits([picture.input]);
  return { ...picture, target: argmax(logits), solutions };
}

async function readPictures({ set, network, how: prepares }: Opened, how: Preprocessing | null, chosen: readonly number[],
  options: TuneCommandOptions): Promise<(SpadePicture & { mask: ArrayLike<number> | null })[]> {
  const reader = new SampleReader(prepares, network.channelsLast);
  const masks = options.masks === undefined ? null : await readMasks(options.masks, set.count, network.pictureShape);
  try {
    const out = [];
    for (const id of chosen) {
      const { path: name, source } = set.sample(id);
      const { data: input, shape } = await reader.read(source);
      const real = async (by: Preprocessing) =>
        source.format === 'npy' ? beforePreparing(name, input, shape, by) : realPicture(await reader.picture(source));
      const picture = await spadePicture({ name, input, shape, real }, id, network, how, null, options);
      out.push({ ...picture, mask: masks && masks(id) });
    }
    return out;
  } finally {
    reader.close();
  }
}

/** Throws one sentence where there is not one mask [H, W] for each sample. */
async function readMasks(path: string, count: number, [, height, width]: readonly number[]): Promise<(id: number) => Float32Array> {
  const { data, shape } = parseFloatNpy(await readBytes(path), path);
  if (shape.join() !== [count, height, width].join()) {
    throw new Error(`${path} has shape [${shape.join(', ')}]; masks of the ${count} samples have [${count}, ${height}, ${width}]`);
  }
  const each = height * width;
  return (id) => data.slice(id * each, (id + 1) * each);
}
