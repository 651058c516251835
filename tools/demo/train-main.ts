/**
 * `npm run demo:train`: trains the demo's network with this engine and writes demo/: the model, its
 * statistics, the names of its classes and how its pictures are prepared.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { classifier } from '../../src/classifier.js';
import { writeAtomic } from '../../src/files/files.js';
import { sha256 } from '../../src/data/sha256.js';
import { openDawnDevice } from '../../src/dawn.js';
import { loadModel } from '../../src/onnx/model.js';
import { percent } from '../../src/report/numbers.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { message } from '../shared/terminal.js';
import { toOnnx } from './export.js';
import { heldOutStatistics } from './statistics.js';
import { CLASSES, PREPROCESSING } from './pictures.js';
import { RECIPE, train } from './train.js';

const REPORT_EVERY = 50;

async function main(folder: string): Promise<void> {
  const device = await openDawnDevice();
  try {
    console.log(`Training on ${device.adapter.description}: ${RECIPE.steps} steps of ${RECIPE.batch} pictures.`);
    let sum = 0;
    const parameters = await train(device, RECIPE, (step, loss) => {
      sum += loss;
      if ((step + 1) % REPORT_EVERY !== 0) return;
      console.log(`step ${String(step + 1).padStart(5)}   mean loss ${(sum / REPORT_EVERY).toFixed(4)}`);
      sum = 0;
    });
    const bytes = toOnnx(parameters);
    const model = classifier(loadModel(bytes, { name: 'model.onnx' }));
    const explainer = new Explainer(model, device, { batch: 32 });
    const { json, accuracy } = await heldOutStatistics(explainer, model, await sha256(bytes));
    explainer.destroy();
    await mkdir(folder, { recursive: true });
    await writeAtomic(join(folder, 'model.onnx'), bytes);
    await writeAtomic(join(folder, 'stats.json'), json);
    await writeAtomic(join(folder, 'classes.txt'), `${CLASSES.join('\n')}\n`);
    await writeAtomic(join(folder, 'preprocess.json'), `${JSON.stringify(PREPROCESSING)}\n`);
    console.log(`Held-out pictures named rightly: ${percent(accuracy)}. Wrote ${folder}`);
  } finally {
    device.destroy();
  }
}

// Beside dist/, where this file is compiled to dist/tools/.
await main(process.argv[2] ?? fileURLToPath(new URL('../../../demo/', import.meta.url))).catch((error: Error) => {
  message(`${error.message}\n`);
  process.exitCode = 1;
});
