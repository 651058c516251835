/**
 * Where the map of section 2.2 lies on a fault whose pixels are known: the demo's marker.
 *
 *     node dist/bench/marker.js [--count 60] [--json FILE]
 *
 * For each generated picture that the marker, and nothing else, makes the network misname: the area under the ROC curve
 * of a map as a detector of the marker's pixels (1: every marker pixel above every other; 0.5: chance).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { classifier } from '../src/classifier.js';
import { openDawnDevice } from '../src/dawn.js';
import { loadModel } from '../src/onnx/model.js';
import { FIRST_ORDER, firstOrderMap } from '../src/saliency/attribution.js';
import { boxMean } from '../src/saliency/box-mean.js';
import { bootstrapMeans } from '../src/saliency/bootstrap.js';
import { Explainer } from '../src/saliency/explainer.js';
import { BOOSTED, pixelMap, referencePixelMap } from '../src/saliency/input.js';
import { Random } from '../src/saliency/random.js';
import { rocArea } from '../src/saliency/roc.js';
import { argmax } from '../src/saliency/prediction.js';
import { parseStatistics } from '../src/saliency/standardize.js';
import { PREPROCESSING, SIZE } from '../tools/demo/pictures.js';
import { misclassified } from '../tools/demo/repair.js';

/** As the demo's: pictures that neither training nor the statistics have seen. */
const SEED = 3;
const FIRST = 1000;
const SHAPE = [3, SIZE, SIZE];

async function marker(options: { count: string; json?: string }): Promise<void> {
  const demo = new URL('../../demo/', import.meta.url);
  const network = classifier(loadModel(readFileSync(new URL('model.onnx', demo)), { name: 'model.onnx' }));
  const stats = parseStatistics(readFileSync(new URL('stats.json', demo), 'utf8'), 'stats.json');
  const device = await openDawnDevice();
  const explainer = new Explainer(network, device, { batch: 32 });
  const wanted = Number(options.count);
  const { found } = await misclassified(explainer, stats, SEED, Array.from({ length: 4 * wanted }, (_, k) => FIRST + k));
  const mistakes = found.slice(0, wanted);
  const areas = new Map<string, number[]>();
  const note = (name: string, map: Float32Array, inside: Uint8Array) => areas.set(name, [...(areas.get(name) ?? []), rocArea(map, inside)]);

  for (const { index, sample, bare, input, ranking, logits } of mistakes) {
    // The marker's pixels are those that differ from the same picture without it.
    const inside = Uint8Array.from({ length: SIZE * SIZE }, (_, k) => ([0, 1, 2].some((c) =>
        sample.picture.data[3 * k + c] !== bare.picture.data[3 * k + c]
      )
      ? 1
      : 0));
    const random = new Random(SEED, index);
    const { layers } = network;
    const early = layers[Math.ceil(layers.length / 3)].offset;
    const sets = {
      'salient filters': ranking.slice(0, BOOSTED),
      'salient filters of the first third of the layers': ranking.filter((f) => f < early).slice(0, BOOSTED),
      'random filters': random.choose(BOOSTED, ranking.length).map((j) => ranking[j]),
      'least salient filters': ranking.slice(-BOOSTED),
    };
    const maps = await explainer.inputMaps(Object.keys(sets).map(() => input), Object.keys(sets).map(() => sample.label),
      Object.values(sets), stats);
    Object.keys(sets).forEach((name, k) => note(name, pixelMap(maps[k].gradient, SHAPE), inside));
    note('salient filters, mean over 5 x 5 pixels', boxMean(pixelMap(maps[0].gradient, SHAPE), [SIZE, SIZE]), inside);
    note("salient filters, the authors' channels", referencePixelMap(maps[0].gradient, SHAPE), inside);
    for (const kind of FIRST_ORDER) {
      for (const score of ['loss', 'logit'] as const) {
        if (kind === 'Grad-CAM' && score === 'loss') continue;
        const map = await firstOrderMap(kind, explainer, input, SHAPE, score === 'loss' ? sample.label : argmax(logits),
          new Random(SEED, index), { score });
        note(`${kind} of the ${score}`, map, inside);
        if (kind === 'gradient') note(`${kind} of the ${score}, mean over 5 x 5 pixels`, boxMean(map, [SIZE, SIZE]), inside);
      }
    }
  }
  explainer.destroy();
  const names = [...areas.keys()];
  const rows = bootstrapMeans([...areas.values()], new Random(SEED)).map((interval, k) => ({ name: names[k], ...interval })).sort((a, b) =>
    b.mean - a.mean
  );
  for (const { name, mean, low, high } of rows) {
    console.log(`${name.padEnd(50)} ${mean.toFixed(3)}  (${low.toFixed(3)} to ${high.toFixed(3)})`);
  }
  if (options.json) {
    writeFileSync(options.json,
      `${JSON.stringify({ adapter: device.adapter, pictures: mistakes.length, preprocessing: PREPROCESSING, maps: rows }, null, 1)}\n`);
  }
  device.destroy();
}

await new Command('marker').option('--count <pictures>', 'misnamed pictures to look at', '60').option('--json <file>').action(marker)
  .parseAsync();
