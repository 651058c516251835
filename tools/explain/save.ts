/** What `misfire explain --out` leaves in a folder per sample: numbers as .npy, maps as pictures. */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { fileError, writeAllAtomic } from '../../src/files/files.js';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import type { Picture } from '../../src/data/picture.js';
import { referencePixelMap } from '../../src/saliency/input.js';
import { resample } from '../../src/saliency/resample.js';
import { heatmap, linearDrawing, overlay, referenceDrawing, type MapDrawing } from '../../src/report/colors.js';
import type { SampleMap } from './maps.js';

/** A folder name for each sample: its file's name without the ending, numbered where several are called the same. */
export function folderNames(samples: readonly string[]): string[] {
  const taken = new Set<string>();
  return samples.map((name) => {
    const plain = basename(name).replace(/\.\w+(\[(\d+)\])?$/, (_, __, record) => (record === undefined ? '' : `-${record}`)).replace(
      /[^\p{L}\p{N}._-]+/gu,
      '_'
    ) || 'sample';
    let free = plain;
    for (let k = 2; taken.has(free); k++) free = `${plain}-${k}`;
    taken.add(free);
    return free;
  });
}

export interface SampleFiles {
  /** What the network saw: at the resolution of the file, where our maps are drawn, and at the network's own. */
  readonly picture: Picture;
  readonly look: Picture;
  readonly shape: readonly number[];
  readonly map: SampleMap | null;
  readonly comparisons: ReadonlyMap<string, Float32Array>;
  /** Whether the authors' drawing is made as well. */
  readonly reference: boolean;
}

/** Writes all files of one sample or none. */
export async function saveSample(folder: string, { picture, look, shape, map, comparisons, reference }: SampleFiles): Promise<void> {
  const [, height, width] = shape;
  const files = new Map<string, Uint8Array>();
  const draw = async (name: string, on: Picture, drawn: MapDrawing): Promise<void> => {
    files.set(`${name}heatmap.png`, await png(heatmap(drawn, on.width, on.height)));
    files.set(`${name}overlay.png`, await png(overlay(on, drawn)));
  };
  const drawLinear = (name: string, values: Float32Array) =>
    draw(name, picture, linearDrawing(resample(values, [height, width], [picture.height, picture.width])));
  if (map) {
    files.set('input_gradient.npy', writeNpy(ndarray(map.gradient, shape)));
    files.set('map.npy', writeNpy(ndarray(map.map, [height, width])));
    await drawLinear('', map.map);
    // Its percentiles and its blur are of the network's pixels.
    if (reference) await draw('reference-', look, referenceDrawing(referencePixelMap(map.gradient, shape), width, height));
  }
  for (const [name, values] of comparisons) {
    const file = name.replace(/[^\w]+/g, '-').toLowerCase();
    files.set(`${file}.npy`, writeNpy(ndarray(values, [height, width])));
    await drawLinear(`${file}-`, values);
  }
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw fileError('write', folder, error);
  });
  await writeAllAtomic(new Map([...files].map(([name, bytes]) => [join(folder, name), bytes])));
}

async function png({ width, height, data }: Picture): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer();
}
