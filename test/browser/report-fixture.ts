/** The report of the demo's picture for the tests, and what the network says when it is asked directly. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifier } from '../../src/classifier.js';
import { Classes } from '../../src/data/classes.js';
import { sha256 } from '../../src/data/sha256.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { firstOrderMap } from '../../src/saliency/attribution.js';
import { BOOST, BOOSTED, pixelMap } from '../../src/saliency/input.js';
import { turnOff, type Answer } from '../../src/saliency/off.js';
import { argmax } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { differing } from '../../tools/demo/page.js';
import { CLASSES, sample, SIZE, toInputs } from '../../tools/demo/pictures.js';
import type { Report } from '../../src/report/data.js';
import { gatherReport } from '../../src/report/gather.js';
import { reportPictures } from '../../src/report/pictures.js';
import type { IllustratedReport } from '../../src/report/render.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { devices } from '../support/device.js';
import { root } from '../../reference/paths.js';

/** The demo's shown picture: a triangle called star. */
const SEED = 3, INDEX = 25;
const SHAPE = [3, SIZE, SIZE];
/** The demo's, so that its compiled kernels serve. */
const BATCH = 32;
/** Names that are markup. */
export const EVIL = '<script>alert(1)</script>';
export const FILE = 'a "quoted" & \'odd\' <img src=x onerror=alert(1)>.png';

export interface Fixture extends IllustratedReport {
  /** The answers with the filters of each step off, and to the picture with the pixels of each step covered. */
  readonly off: readonly Answer[];
  readonly covered: readonly Answer[];
}

/** Everything a page can show, by the functions the command uses. */
export async function illustrated(): Promise<Fixture> {
  const [{ device }] = await devices();
  const model = readFileSync(join(root, 'demo/model.onnx'));
  const stats = parseStatistics(readFileSync(join(root, 'demo/stats.json'), 'utf8'), 'stats.json');
  const explainer = new Explainer(classifier(loadModel(model, { name: 'model.onnx' })), device, { batch: BATCH });
  try {
    const shown = sample(SEED, INDEX, { marked: true });
    const [picture] = toInputs([shown]);
    const [explanation] = await explainer.explain([picture], [shown.label]);
    const ranking = rankFilters(standardize(explanation.profile, stats), stats);
    const boosted = ranking.slice(0, BOOSTED);
    const [{ gradient, distance }] = await explainer.inputMaps([picture], [shown.label], [boosted], stats);
    const map = pixelMap(gradient, SHAPE);
    const comparisons = new Map([['gradient',
      await firstOrderMap('gradient', explainer, picture, SHAPE, shown.label, new Random(0), { score: 'loss' })]]);
    const predicted = argmax(explanation.logits);
    const report = await gatherReport({
      input: 'misfire-demo/triangle.png',
      picture,
      shape: SHAPE,
      label: shown.label,
      explanation,
      top: 10,
      map: { values: map, distance, boosted, boost: BOOST },
      comparisons,
      known: { name: 'the sticker', pixels: differing(shown.picture, sample(SEED, INDEX, { marked: false }).picture) },
      neighbors: null,
    }, {
      explainer,
      model: { path: 'demo/model.onnx', sha256: await sha256(model) },
      adapter: device.adapter,
      stats,
      statsName: 'demo/stats.json',
      aggregation: 'mean-abs',
      classes: new Classes(CLASSES),
      version: '0',
    });
    // As many sets as a batch has: the program that is there serves again.
    const sets = Array.from({ length: BATCH }, (_, k) => ranking.slice(0, report.off[k % report.off.length].count));
    const off = await turnOff(explainer, picture, shown.label, predicted, sets);
    const bright = Array.from(map, (_, k) => k).sort((a, b) => map[b] - map[a]);
    const covered: Answer[] = [];
    for (const { share } of report.masked!) {
      const pixels = new Set(bright.slice(0, Math.round(share * SIZE ** 2)));
      const blank = picture.map((v, k) => (pixels.has(k % SIZE ** 2) ? 0 : v));
      covered.push((await turnOff(explainer, blank, shown.label, predicted, sets.map(() => [])))[0]);
    }
    return { report, off, covered, pictures: await reportPictures({ shown: shown.picture, map, comparisons }, encodePicture) };
  } finally {
    explainer.destroy();
  }
}

/** The same with names that are markup, and with neighbours of such names. */
export function odd({ report, pictures }: IllustratedReport): IllustratedReport {
  const renamed = JSON.parse(
    JSON.stringify(report).replaceAll('"star"', JSON.stringify(EVIL)).replaceAll('"layer3.0.conv2"', JSON.stringify(EVIL))
  ) as Report;
  const found = [EVIL, FILE].map((path, id) => ({ id, path, label: 0, labelName: EVIL, predicted: 1, predictedName: FILE,
    similarity: 0.5 })
  );
  return { report: { ...renamed, input: FILE, neighbors: { run: EVIL, candidates: 2, found } },
    pictures: { ...pictures, neighbors: [pictures.picture, null] } };
}
