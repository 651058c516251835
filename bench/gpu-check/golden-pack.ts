/**
 * Packs the float64 numbers of ResNet-20 into one file that gpu-check takes from --files DIR:
 *
 *     node dist/bench/gpu-check/golden-pack.js FOLDER golden-resnet20.json
 *
 * FOLDER holds meta.json, prune.json and the arrays inputs, logits, profile, standardized, mean, std and input_grad_*.npy.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNpy } from '../../src/data/npy.js';
import type { Meta } from '../../test/support/golden.js';
import { GOLDEN_FORM, type GoldenFile } from './golden.js';

/** Of the rows with filters turned off: enough for both recipes and several numbers of filters. */
const EVERY_ROW = 4;

function pack(folder: string, out: string): void {
  const json = <T>(name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
  const array = (name: string, Type: typeof Float32Array | typeof Float64Array): string => {
    const values = Type.from(parseNpy(readFileSync(join(folder, `${name}.npy`)), name).data as ArrayLike<number>);
    return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  };
  const meta = json<Meta>('meta.json');
  const file: GoldenFile = {
    form: GOLDEN_FORM,
    pictures: meta.labels.length,
    labels: meta.labels,
    loss: meta.loss,
    top10: meta.top10,
    layers: meta.layers.map(({ filters, offset }) => ({ filters, offset })),
    maps: meta.inputSaliency.map(({ sample, boosted, cosineDistance }) => ({ sample, boosted, distance: cosineDistance,
      gradient: array(`input_grad_${sample}`, Float32Array) })
    ),
    off: json<GoldenFile['off'][number][]>('prune.json').filter((_, k) => k % EVERY_ROW === 0).map(({ sample, mode, k, logits }) => ({
      sample,
      mode,
      k,
      logits,
    })),
    inputs: array('inputs', Float32Array),
    logits: array('logits', Float64Array),
    profile: array('profile', Float64Array),
    standardized: array('standardized', Float64Array),
    mean: array('mean', Float64Array),
    std: array('std', Float64Array),
  };
  writeFileSync(out, `${JSON.stringify(file)}\n`);
}

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  console.error('give the folder of the numbers and the file to write: golden-pack.js FOLDER golden-resnet20.json');
  process.exitCode = 1;
} else pack(folder, out);
