/** The report of one sample of `misfire explain`, with its pictures. */
import type { Picture } from '../../src/data/picture.js';
import type { OtherAnswer } from '../../src/report/data.js';
import { gatherReport } from '../../src/report/gather.js';
import type { FeatureBlame } from '../../src/report/sparse-reading/blame.js';
import { reportPictures, shownPicture } from '../../src/report/pictures.js';
import type { IllustratedReport } from '../../src/report/render.js';
import type { LabelDoubt } from '../../src/saliency/suspects.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { version } from '../shared/terminal.js';
import type { SampleExplanation } from './explained.js';
import type { SampleMap } from './maps.js';
import type { NearMistakes } from './neighbors.js';
import type { FilterNeurons } from './neurons.js';
import type { FilterResponses } from './responses.js';
import type { ExplainSettings } from './settings.js';

export interface SampleToReport {
  readonly explanation: SampleExplanation;
  /** Prepared, of `shape` [channels, height, width]. */
  readonly picture: Float32Array;
  readonly shape: readonly number[];
  readonly map: SampleMap | null;
  readonly comparisons: ReadonlyMap<string, Float32Array>;
  /** The class whose logit attributions among them are of. */
  readonly attributed?: number;
  readonly near: (NearMistakes & { readonly pictures: readonly (Picture | null)[] }) | null;
  readonly responses: FilterResponses | null;
  readonly neurons: FilterNeurons | null;
  readonly labelDoubt?: LabelDoubt | null;
  readonly also?: readonly OtherAnswer[];
  readonly features?: FeatureBlame;
}

export async function illustratedReport(
  { explanation, picture, shape, map, comparisons, attributed, near, responses, neurons, labelDoubt, also, features }: SampleToReport,
  explainer: Explainer,
  { file, how, classes, stats, statsName, aggregation, adapter, top, seed, draws, compareOf, trace }: ExplainSettings
): Promise<
  IllustratedReport
> {
  const report = await gatherReport({
    input: explanation.input,
    picture,
    shape,
    label: explanation.label,
    explanation,
    top,
    among: explanation.among,
    map: map && { values: map.map, distance: map.distance, boosted: map.boosted, boost: map.boost },
    comparisons,
    comparedOf: compareOf,
    attributed,
    responses: responses?.responses,
    neurons: neurons?.neurons,
    labelDoubt: labelDoubt ?? undefined,
    also,
    features,
    neighbors: near &&
      { run: near.run, candidates: near.candidates, ...(near.blank && { blank: true as const }),
        found: near.found.map(({ row, similarity }) => ({ ...row, similarity })) },
  }, { explainer, model: file, adapter, stats, statsName, aggregation, classes, version, seed, draws,
    trace: trace && { name: trace.name, says: trace.says } });
  const shown = shownPicture(picture, shape, how);
  const pictures = await reportPictures({ shown, map: map && map.map, comparisons, neighbors: near?.pictures }, encodePicture);
  return { report,
    pictures: { ...pictures, ...(responses && { responses: responses.pictures }), ...(neurons && { neurons: neurons.pictures }) } };
}
