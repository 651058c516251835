/**
 * Whether attribution maps add up on torchvision's classifiers, or are refused by name:
 *
 *     node dist/bench/attribution.js FOLDER [NAME...]      MISFIRE_BACKEND=onnxruntime: by onnxruntime
 *
 * FOLDER is that of bench/zoo.ts. Of each network's first picture and the class that it names: the sum of the map over f(x) - f(0)
 * (DeepLift, integrated gradients) or over f(x) (LRP). Prints the table of docs/attribution.md.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Attributor, COMPLETE } from '../src/attribution/attributor.js';
import { classifier } from '../src/classifier.js';
import { parseFloatNpy } from '../src/data/npy.js';
import { loadModel } from '../src/onnx/model.js';
import { argmax } from '../src/saliency/prediction.js';
import { openComputer, type Computer } from '../tools/shared/computer.js';

type CompleteMethod = (typeof COMPLETE)[number];

/** Differences of logits below this share of the largest are rounding. */
const ROUNDING = 1e-6;

async function ask(attributor: Attributor, method: CompleteMethod, picture: Float32Array, target: number,
  largest: number): Promise<string> {
  try {
    const { sum, expected, lost } = await attributor.completeness(method, picture, target);
    if (Math.abs(expected) < ROUNDING * largest) return `${sum.toExponential(1)} of ${expected.toExponential(1)}: rounding of logits`;
    const share = (sum / expected).toFixed(4);
    if (method !== 'lrp' || share === '1.0000') return share;
    const refused = await attributor.map('lrp', picture, target).then(() => '', (e: Error) => `; ${e.message}`);
    return `${share}, with what is lost ${((sum + lost) / expected).toFixed(4)}${refused}`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function one(computer: Computer, folder: string, file: string): Promise<string[]> {
  const { data, shape } = parseFloatNpy(readFileSync(join(folder, 'inputs.npy')));
  const picture = Float32Array.from(data.slice(0, data.length / shape[0]));
  const network = classifier(loadModel(readFileSync(join(folder, file)), { name: file }), shape.slice(1));
  const attributor = new Attributor(network, computer);
  const [logits] = await attributor.logits([picture]);
  const target = argmax(logits);
  const cells: string[] = [];
  for (const method of COMPLETE) {
    cells.push(await ask(attributor, method, picture, target, logits.reduce((m, v) => Math.max(m, Math.abs(v)), 0)));
  }
  attributor.destroy();
  return cells;
}

async function main(): Promise<void> {
  const [folder, ...only] = process.argv.slice(2);
  if (folder === undefined) throw new Error('give the folder that holds the networks: node dist/bench/attribution.js FOLDER [NAME...]');
  const computer = await openComputer({ backend: process.env.MISFIRE_BACKEND === 'onnxruntime' ? 'onnxruntime' : 'webgpu' });
  console.log(`| network | ${COMPLETE.join(' | ')} |\n|---|---|---|---|`);
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if ((only.length > 0 && !only.includes(name)) || !existsSync(join(path, 'model.onnx'))) continue;
    const cells = await one(computer, path, process.env.MODEL ?? 'model.onnx');
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  computer.destroy();
}

await main();
