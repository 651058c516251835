/** Writes what test/golden/demo.py needs: the pictures and their labels. node dist/test/golden/pictures-dump.js FOLDER */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIZE } from '../../tools/demo/pictures.js';
import { inputBytes, pictures } from './pictures.js';

const [folder] = process.argv.slice(2);
writeFileSync(join(folder, 'pictures.f32'), inputBytes());
writeFileSync(join(folder, 'pictures.json'), JSON.stringify({ labels: pictures.map((s) => s.label), shape: [3, SIZE, SIZE] }));
