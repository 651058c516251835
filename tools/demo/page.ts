/** The report of the shown picture (`misfire explain --report` makes the same of any picture). */
import { join } from 'node:path';
import { Classes } from '../../src/data/classes.js';
import type { Picture } from '../../src/data/picture.js';
import type { AdapterDescription } from '../../src/engine/device.js';
import { gatherReport } from '../../src/report/gather.js';
import { reportPictures } from '../../src/report/pictures.js';
import { renderReport } from '../../src/report/render.js';
import { firstOrderMap } from '../../src/saliency/attribution.js';
import { BOOST, BOOSTED, pixelMap } from '../../src/saliency/input.js';
import { livingFilters, writeUnitRow } from '../../src/saliency/neighbors.js';
import { argmax } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { reportScripts } from '../../src/local/page-scripts.js';
import { version } from '../shared/terminal.js';
import type { Demo, Demonstration } from './demonstrate.js';
import { CLASSES } from './pictures.js';

/** Mistakes like this one that are shown. */
const NEIGHBORS = 10;
/** One first-order map beside ours: each kind takes a software adapter a while to compile. */
const COMPARED = 'gradient';

/** `file` is where the picture lies, `data` the folder of the network and its statistics. */
export async function demoPage({ model, sha256, stats, explainer }: Demo, { shown, others }: Demonstration, file: string, data: string,
  adapter: AdapterDescription): Promise<string> {
  const { input: picture, sample: { label }, ranking } = shown;
  const shape = model.pictureShape;
  const boosted = ranking.slice(0, BOOSTED);
  const [{ gradient, distance }] = await explainer.inputMaps([picture], [label], [boosted], stats);
  const map = pixelMap(gradient, shape);
  const comparisons = new Map([[COMPARED,
    await firstOrderMap(COMPARED, explainer, picture, shape, label, new Random(0), { score: 'loss' })]]);
  const near = nearest(shown.profile, others, (profile) => {
    const filters = livingFilters(model.layers, stats);
    const row = new Float32Array(filters.length);
    writeUnitRow(profile, 0, stats, filters, row, 0);
    return row;
  });
  const report = await gatherReport({
    input: file,
    picture,
    shape,
    label,
    explanation: shown,
    top: BOOSTED,
    map: { values: map, distance, boosted, boost: BOOST },
    comparisons,
    known: { name: 'the sticker', pixels: differing(shown.sample.picture, shown.bare.picture) },
    neighbors: {
      run: 'the generated pictures of the demo',
      candidates: others.length,
      found: near.map(({ other: { index, sample, logits }, similarity }) => ({ id: index, path: `picture ${index}`, label: sample.label,
        predicted: argmax(logits), similarity })
      ),
    },
  }, {
    explainer,
    model: { path: join(data, 'model.onnx'), sha256 },
    adapter,
    stats,
    statsName: join(data, 'stats.json'),
    aggregation: 'mean-abs',
    classes: new Classes(CLASSES),
    version,
  });
  const pictures = await reportPictures({ shown: shown.sample.picture, map, comparisons,
    neighbors: near.map(({ other }) => other.sample.picture) }, encodePicture);
  return renderReport(report, pictures, await reportScripts());
}

/** The pixels in which two pictures differ. */
export function differing(a: Picture, b: Picture): number[] {
  return Array.from({ length: a.width * a.height }, (_, p) => p).filter((p) =>
    [0, 1, 2].some((c) => a.data[3 * p + c] !== b.data[3 * p + c])
  );
}

/** The others by the cosine of standardized profiles, most alike first; `unit` is a profile's direction. */
function nearest<T extends { readonly profile: Float32Array }>(profile: Float32Array, others: readonly T[],
  unit: (profile: Float32Array) => Float32Array): { other: T; similarity: number }[] {
  const query = unit(profile);
  return others.map((other) => ({ other, similarity: unit(other.profile).reduce((sum, v, k) => sum + v * query[k], 0) }))
    .sort((a, b) => b.similarity - a.similarity).slice(0, NEIGHBORS);
}
