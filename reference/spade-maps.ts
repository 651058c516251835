/** PyTorch's ten attribution maps of ResNet-20 in float64, on the network and on traces of it (../shared/golden/spade). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawsFromArrays, type DrawArrays, type Draws } from '../src/attribution/draws.js';
import type { MethodName } from '../src/attribution/methods.js';
import { classifier, type Classifier } from '../src/classifier.js';
import { parseNpy } from '../src/data/npy.js';
import { loadModel } from '../src/onnx/model.js';
import { shared } from './paths.js';

interface Meta {
  readonly model: string;
  readonly methods: readonly string[];
  readonly cell: number;
  readonly window: number;
  readonly stride: number;
  readonly sigma: number;
  readonly samples: readonly { readonly target: number }[];
  readonly layers: readonly { readonly weight: string; readonly groups: number; readonly rows: number; readonly columns: number;
    readonly bits: number }[];
}

export interface SpadeMaps {
  readonly network: Classifier;
  /** [C,H,W] */
  readonly shape: readonly number[];
  readonly draws: Draws;
  readonly methods: readonly string[];
  readonly samples: Meta['samples'];
  /** A prepared picture [C,H,W]. */
  picture(k: number): Float32Array;
  /** The weights of the reference's trace of a picture, as the file has them. */
  trace(k: number): Map<string, Float32Array>;
  /** [C,H,W] */
  expected(k: number, where: 'network' | 'trace', method: MethodName): Float32Array;
}

export function spadeMaps(folder = join(shared, 'golden/spade')): SpadeMaps {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Meta;
  const array = (name: string) => parseNpy(readFileSync(join(folder, `${name}.npy`)), name);
  const floats = (name: string): Float32Array => Float32Array.from(array(name).data as ArrayLike<number>);
  const inputs = array('inputs');
  const shape = inputs.shape.slice(1);
  const each = shape.reduce((n, d) => n * d, 1);
  const part = (name: string, k: number): Float32Array => floats(name).slice(k * each, (k + 1) * each);
  const network = classifier(loadModel(readFileSync(join(shared, meta.model)), { name: meta.model }), shape);
  const files = ['lime_masks', 'baselines', 'shap_index', 'shap_u', 'shap_noise'] as const;
  const draws = drawsFromArrays(Object.fromEntries(files.map((name) => [name, array(name)])) as unknown as DrawArrays, meta, shape);
  return {
    network,
    shape,
    draws,
    methods: meta.methods,
    samples: meta.samples,
    picture: (k) => part('inputs', k),
    trace: (k) => {
      const all = floats(`trace_weights_${k}`);
      return new Map(meta.layers.map((l) => [l.weight, all.slice(l.bits, l.bits + l.groups * l.rows * l.columns)]));
    },
    expected: (k, where, method) => part(`maps_${k}`, (where === 'trace' ? meta.methods.length : 0) + meta.methods.indexOf(method)),
  };
}
