/**
 * `misfire spade --case`: a folder of pictures, views and sparsities (case.json, inputs.npy, views_K.npy) to a folder of numbers, for
 * comparison with those of another implementation.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Attributor } from '../../src/attribution/attributor.js';
import { drawsFromArrays, type DrawArrays } from '../../src/attribution/draws.js';
import { METHODS } from '../../src/attribution/methods.js';
import { ndarray, type ArrayData, type NdArray } from '../../src/data/ndarray.js';
import { parseFloatNpy, parseNpy, writeNpy } from '../../src/data/npy.js';
import { openDawnDevice } from '../../src/dawn.js';
import { readBytes, readText, writeAtomic } from '../../src/files/files.js';
import { makeFolder } from '../../src/files/folder.js';
import { packedSupport, splitWeights } from '../../src/spade/layout.js';
import type { SolvedLayer } from '../../src/spade/solve.js';
import { Tracer, traceWeights } from '../../src/spade/trace.js';
import { announce } from '../shared/computer.js';
import { classifierOf, openModel } from '../shared/model-file.js';
import { Progress } from '../shared/progress.js';
import type { SpadeOptions } from './options.js';
import { readSparsities } from './sparsities.js';

/** What is read of a case.json; what else it has is of other implementations. */
interface Case {
  readonly model: string;
  readonly sparsities: Readonly<Record<string, number>>;
  readonly savedLayers?: readonly string[];
  readonly savedHessian?: string;
  /** Of LIME, occlusion and GradientSHAP. */
  readonly cell?: number;
  readonly window?: number;
  readonly stride?: number;
  readonly sigma?: number;
}

/** What a map file holds. */
type MapFile = readonly [name: string, values: Float32Array, shape: readonly number[]];

/**
 * The ten maps of picture k for the dense network's class, where the folder has the draws that they need: maps_K.npy [2,10,C,H,W], dense
 * and on its trace, and maps_given_K.npy [10,C,H,W] on the trace that the folder gives, if any. Null where there are no draws.
 */
async function mapsOf(folder: string, given: Case, attributor: Attributor, [, ...shape]: readonly number[]) {
  const { cell, window, stride, sigma } = given;
  if (cell === undefined || window === undefined || stride === undefined || sigma === undefined) return null;
  const arrays: Record<string, NdArray<ArrayData>> = {};
  for (const name of ['lime_masks', 'baselines', 'shap_index', 'shap_u', 'shap_noise']) {
    const path = join(folder, `${name}.npy`);
    if (!existsSync(path)) return null;
    arrays[name] = parseNpy(await readBytes(path), path);
  }
  const draws = drawsFromArrays(arrays as unknown as DrawArrays, { cell, window, stride, sigma }, shape);
  return async (k: number, target: number, layers: readonly SolvedLayer[], input: Float32Array): Promise<MapFile[]> => {
    const on = async (weights: ReadonlyMap<string, Float32Array> | null): Promise<Float32Array> => {
      attributor.use(weights);
      return attributor.allMaps(input, target, draws);
    };
    const [dense, trace] = [await on(null), await on(traceWeights({ layers }))];
    const both = new Float32Array(2 * dense.length);
    both.set(dense);
    both.set(trace, dense.length);
    const files: MapFile[] = [[`maps_${k}.npy`, both, [2, METHODS.length, ...shape]]];
    const path = join(folder, `trace_weights_${k}.npy`);
    if (existsSync(path)) {
      const { data } = parseFloatNpy(await readBytes(path), path);
      files.push([`maps_given_${k}.npy`, await on(splitWeights(layers.map((l) => l.layer), data, path)), [METHODS.length, ...shape]]);
    }
    return files;
  };
}

/** Writes logits.npy, support_K.npy, errors.json, and weights_K_NAME.npy and hessian_0_NAME.npy of the layers that the case names. */
export async function spadeCase(folder: string, options: SpadeOptions): Promise<void> {
  const out = options.out!;
  const given = JSON.parse(await readText(join(folder, 'case.json'))) as Case;
  const array = async (name: string) => parseFloatNpy(await readBytes(join(folder, name)), join(folder, name));
  const inputs = await array('inputs.npy');
  const file = await openModel(options.model ?? modelOf(folder, given.model));
  const network = classifierOf(file, inputs.shape.slice(1));
  await makeFolder(out);
  const save = (name: string, data: Float32Array | Float64Array | Uint8Array, shape: readonly number[] = [data.length]): Promise<void> =>
    writeAtomic(join(out, name), writeNpy(ndarray(data, shape)));
  const device = await openDawnDevice({ adapter: options.adapter });
  const [count] = inputs.shape, each = inputs.data.length / count;
  const progress = new Progress(count, 0, { quiet: options.quiet, parts: true });
  const sparsities = readSparsities(given.sparsities, network, join(folder, 'case.json'));
  let done = 0;
  const maps = await mapsOf(folder, given, new Attributor(network, device), inputs.shape);
  const tracer = new Tracer(device, network, { sparsities, solver: options.solver, damping: options.damping, batch: options.batch,
    onProgress: (share) => progress.update(done + share) });
  try {
    if (!options.quiet) announce(device);
    const logits: number[] = [], errors: number[][] = [];
    for (let k = 0; k < count; k++) {
      const views = await array(`views_${k}.npy`);
      if (views.shape.slice(1).join() !== inputs.shape.slice(1).join()) {
        throw new Error(`views_${k}.npy of ${folder} has views of ${views.shape.slice(1).join(' x ')}, inputs.npy pictures of ` +
          inputs.shape.slice(1).join(' x '));
      }
      const input = inputs.data.slice(k * each, (k + 1) * each);
      const saved: Promise<void>[] = [];
      const { layers, faithfulness } = await tracer.trace(input, views.shape[0], (v) => views.data.subarray(v * each, (v + 1) * each),
        (layer, hessian) => {
          if (k !== 0 || layer.weight !== given.savedHessian) return;
          saved.push(save(`hessian_0_${layer.weight}.npy`, hessian, [layer.groups, layer.columns, layer.columns]));
        });
      await Promise.all(saved);
      if (maps) {
        const all = await maps(k, faithfulness.denseClass, layers, input);
        for (const [name, values, shape] of all) await save(name, values, shape);
      }
      await save(`support_${k}.npy`, packedSupport(layers));
      for (const { layer, values } of layers.filter((l) => given.savedLayers?.includes(l.layer.weight))) {
        await save(`weights_${k}_${layer.weight}.npy`, values, layer.shape);
      }
      logits.push(...faithfulness.dense, ...faithfulness.trace);
      errors.push(layers.map((l) => l.error));
      done = k + 1;
    }
    await save('logits.npy', Float64Array.from(logits), [count, 2, network.classes]);
    await writeAtomic(join(out, 'errors.json'), JSON.stringify(errors));
  } finally {
    progress.clear();
    tracer.destroy();
    device.destroy();
  }
}

/**
 * A model whose path is relative to a folder somewhere above the case's or above the current one, or to `shared` there. Throws one
 * sentence where it is not found.
 */
function modelOf(folder: string, path: string): string {
  for (const start of [folder, '.']) {
    for (let at = resolve(start), last = ''; at !== last; last = at, at = dirname(at)) {
      const found = [join(at, path), join(at, 'shared', path)].find((file) => existsSync(file));
      if (found) return found;
    }
  }
  throw new Error(`${path}, the model that ${folder} names, is in no folder above it; say with --model where it is`);
}
