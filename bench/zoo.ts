/**
 * torchvision's classifiers as PyTorch exports them, against PyTorch in float64:
 *
 *     node dist/bench/zoo.js FOLDER [NAME...]      MISFIRE_BACKEND=onnxruntime: by onnxruntime
 *
 * FOLDER holds one folder per network: model.onnx (batch norm folded), unfolded.onnx, inputs.npy [2,3,H,W] and
 * expected.json {"labels", "logits", "layers": {name: [[mean, max, argmax] per sample]}, "filters"}. Prints the table of docs/models.md.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifier, type Classifier } from '../src/classifier.js';
import { parseFloatNpy } from '../src/data/npy.js';
import { loadModel } from '../src/onnx/model.js';
import { Explainer } from '../src/saliency/explainer.js';
import { openComputer, type Computer } from '../tools/shared/computer.js';

interface Expected {
  readonly labels: number[];
  readonly logits: number[][];
  /** By module name, for each sample the mean and the largest filter saliency, and where that is. */
  readonly layers: Record<string, [mean: number, max: number, at: number][]>;
  readonly filters: number;
}

interface Outcome {
  readonly filters: boolean;
  readonly logits: number;
  readonly saliency: number;
  readonly layer: string;
}

async function compare(device: Computer, folder: string, file: string): Promise<Outcome> {
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
  const { data, shape } = parseFloatNpy(readFileSync(join(folder, 'inputs.npy')));
  const each = data.length / shape[0];
  const pictures = Array.from({ length: shape[0] }, (_, k) => data.slice(k * each, (k + 1) * each));
  const network = classifier(loadModel(readFileSync(join(folder, file)), { name: file }), shape.slice(1));
  const explainer = new Explainer(network, device);
  const explained = await explainer.explain(pictures, expected.labels);
  explainer.destroy();
  const largest = Math.max(...expected.logits.flat().map(Math.abs));
  const logits = Math.max(...explained.flatMap((e, k) => Array.from(e.logits, (v, j) => Math.abs(v - expected.logits[k][j])))) / largest;
  return { filters: network.layers.reduce((n, l) => n + l.filters, 0) === expected.filters, logits,
    ...worstLayer(network, explained.map((e) => e.profile), expected) };
}

/** The largest relative error of a layer's mean saliency; layers are matched by their weights' names. */
function worstLayer(network: Classifier, profiles: readonly Float32Array[], expected: Expected): { saliency: number; layer: string } {
  let worst = { saliency: 0, layer: '' };
  for (const [name, samples] of Object.entries(expected.layers)) {
    const layer = network.layers.find((l) => l.weight === `${name}.weight`);
    if (!layer) return { saliency: NaN, layer: `no weight '${name}.weight'` }; // folded files rename their weights
    samples.forEach(([mean], k) => {
      const found = profiles[k].subarray(layer.offset, layer.offset + layer.filters).reduce((a, v) => a + v, 0) / layer.filters;
      const error = Math.abs(found - mean) / mean;
      if (error > worst.saliency) worst = { saliency: error, layer: name };
    });
  }
  return worst;
}

async function main(): Promise<void> {
  const [folder, ...only] = process.argv.slice(2);
  if (folder === undefined) throw new Error('give the folder that holds the networks: node dist/bench/zoo.js FOLDER [NAME...]');
  const device = await openComputer({ backend: process.env.MISFIRE_BACKEND === 'onnxruntime' ? 'onnxruntime' : 'webgpu' });
  console.log(`| network | logits, folded | logits, unfolded | worst layer's mean saliency, unfolded | in |\n|---|---|---|---|---|`);
  const show = (v: number): string => v.toExponential(0);
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if ((only.length > 0 && !only.includes(name)) || !existsSync(join(path, 'expected.json'))) continue;
    const folded = await compare(device, path, 'model.onnx');
    const unfolded = await compare(device, path, 'unfolded.onnx');
    if (!folded.filters || !unfolded.filters) console.log(`${name}: the number of filters is wrong`);
    console.log(`| ${name} | ${show(folded.logits)} | ${show(unfolded.logits)} | ${show(unfolded.saliency)} | ${unfolded.layer} |`);
  }
  device.destroy();
}

await main();
