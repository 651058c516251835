/** What the first filters of a sample respond to, for its report: pictures of a run, and the places in them, that excite each most. */
import type { Response } from '../../src/report/data.js';
import { cutPatch, outlinePatch, patchOf } from '../../src/report/patch.js';
import { shownPicture, type ResponsePictures } from '../../src/report/pictures.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { locate } from '../../src/saliency/network.js';
import { Random } from '../../src/saliency/random.js';
import { runPeaks, type RunPeaks } from '../../src/store/peaks.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import type { SampleExplanation } from './explained.js';

/** Filters of a report, and pictures of each. */
const FILTERS = 3, SHOWN = 6;
/** Pictures looked at where nobody has said; and the side of a picture above which a software adapter takes too long for it. */
const USUAL = 100, SMALL = 64;

export interface FilterResponses {
  readonly responses: readonly Response[];
  readonly pictures: readonly (readonly ResponsePictures[])[];
}

/** How many pictures of the run to look at. */
export const responseCount = (asked: number | undefined, shape: readonly number[], software: boolean): number =>
  asked ?? (software && Math.max(shape[1], shape[2]) > SMALL ? 0 : USUAL);

/** For each sample, from `count` pictures of the run, drawn at random, the same for all. `done` is told how many have been looked at. */
export async function filterResponses(run: StoredRun, explainer: Explainer, explained: readonly SampleExplanation[], count: number,
  name: (k: number) => string, done?: (count: number, total: number) => void): Promise<FilterResponses[]> {
  const wanted = explained.map(({ top }) => top.slice(0, FILTERS).map(({ index }) => index));
  const filters = [...new Set(wanted.flat())];
  const all = await run.readRows();
  const rows = count >= all.length
    ? all
    : new Random(0, 0).choose(count, all.length).sort((a, b) => a - b).map((k) => all[k]);
  const peaks = await runPeaks(run, explainer, filters, rows, done);
  const each = new Map<number, { response: Response; pictures: ResponsePictures[] }>();
  for (const [f, index] of filters.entries()) {
    const most = [...peaks.keys()].sort((a, b) => peaks[b].value[f] - peaks[a].value[f] || a - b).slice(0, SHOWN).map((k) => peaks[k]);
    const { layer, filter } = locate(run.layers, index);
    const found = most.map(({ row: { id, path, label, predicted }, value }) => ({ id, path, labelName: name(label),
      predictedName: name(predicted), activation: value[f] })
    );
    each.set(index, { response: { index, layer: layer.name, filter, looked: rows.length, of: all.length, found },
      pictures: await picturesOf(run, explainer, index, most.map((p) => ({ ...p, place: p.place[f] }))) });
  }
  return wanted.map((list) => ({ responses: list.map((k) => each.get(k)!.response), pictures: list.map((k) => each.get(k)!.pictures) }));
}

async function picturesOf(run: StoredRun, { network }: Explainer, index: number,
  most: readonly (Pick<RunPeaks, 'row'> & { readonly place: number })[]): Promise<ResponsePictures[]> {
  const graph = network.build(1);
  const layer = run.layers.indexOf(locate(run.layers, index).layer);
  const { preprocessing, model: { pictureShape } } = run.meta;
  const reader = run.preparedPictures();
  const made: ResponsePictures[] = [];
  try {
    for (const { row, place } of most) {
      const seen = shownPicture(await reader.read(row), pictureShape, preprocessing);
      const patch = patchOf(graph, layer, place);
      made.push({ picture: await encodePicture(patch ? outlinePatch(seen, patch) : seen, 'thumbnail'),
        part: patch && await encodePicture(cutPatch(seen, patch), 'thumbnail') });
    }
  } finally {
    reader.close();
  }
  return made;
}
