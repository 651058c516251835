/** Writes what test/tools/demo-train.py needs: the initial parameters and the first pictures of a short training. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDawnDevice } from '../../src/dawn.js';
import { samples, toInputs } from '../../tools/demo/pictures.js';
import { rateAt, train } from '../../tools/demo/train.js';
import { SHORT } from './demo-train-recipe.js';

const [folder] = process.argv.slice(2);
const device = await openDawnDevice();
const initial = await train(device, { ...SHORT, steps: 0 });
device.destroy();
const write = (name: string, data: Float32Array[]): void =>
  writeFileSync(join(folder, name), Buffer.concat(data.map((d) => Buffer.from(d.buffer))));
writeFileSync(join(folder, 'parameters.json'), JSON.stringify(Object.fromEntries([...initial].map(([name, p]) => [name, [...p.values]]))));
writeFileSync(join(folder, 'recipe.json'),
  JSON.stringify({ ...SHORT, rates: Array.from({ length: SHORT.steps }, (_, k) => rateAt(k, SHORT)) }));
for (let step = 0; step < SHORT.steps; step++) {
  const list = samples(SHORT.seed, step * SHORT.batch, SHORT.batch);
  write(`x${step}.f32`, toInputs(list));
  write(`labels${step}.f32`, [Float32Array.from(list, (s) => s.label)]);
}
