/**
 * Packs the float64 numbers of ResNet-20 into one file that gpu-check takes from --files DIR:
 *
 *     node dist/bench/gpu-check/golden-pack.js FOLDER golden-resnet20.json
 *
 * FOLDER is that of the golden numbers: meta.json, prune.json and the arrays.
 */
import { writeFileSync } from 'node:fs';
import { packGolden } from '../../reference/golden.js';

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  console.error('give the folder of the numbers and the file to write: golden-pack.js FOLDER golden-resnet20.json');
  process.exitCode = 1;
} else writeFileSync(out, packGolden(folder));
