/** Explains samples as the options of `misfire explain` ask: some at a time, through everything that was asked for. */
import type { Classifier } from '../../src/classifier.js';
import type { Label } from '../../src/data/labels.js';
import { mendShape } from '../../src/data/npy.js';
import { shownPicture } from '../../src/report/pictures.js';
import { renderReports, type IllustratedReport } from '../../src/report/render.js';
import type { FirstOrder } from '../../src/saliency/attribution.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { locate } from '../../src/saliency/network.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import { reportScripts } from '../shared/page-scripts.js';
import type { Sample } from '../shared/samples.js';
import type { ExplainedSample, SampleExplanation } from './explained.js';
import { labelDoubts } from './label-doubt.js';
import { firstOrderMaps, inputMaps, type SampleMap } from './maps.js';
import { nearMistakes, neighborPictures } from './neighbors.js';
import { illustratedReport } from './report.js';
import { filterResponses, responseCount } from './responses.js';
import { saveSample } from './save.js';
import type { ExplainSettings } from './settings.js';

export class SampleExplainer {
  private readonly reports: IllustratedReport[] = [];

  constructor(private readonly explainer: Explainer, private readonly network: Classifier, private readonly settings: ExplainSettings) {}

  /**
   * `first` is the number of the first of these samples among all; `folders` take their files, one each. `done` is called
   * after each with how many of these are done.
   */
  async explain(samples: readonly Sample[], labels: readonly Label[], first: number, folders: readonly string[] | null,
    done: (count: number) => void): Promise<ExplainedSample[]> {
    const { explainer, network: { pictureShape: shape }, settings } = this;
    const { map: wanted, stats, run, report, compare, compareOf, seed } = settings;
    const pictures = await Promise.all(samples.map((sample) => this.read(sample)));
    const explanations = await this.answers(samples, pictures, labels);
    const maps = wanted ? await inputMaps(explainer, explanations, pictures, shape, stats!, wanted.boosted, wanted.boost, first) : null;
    const near = run && report ? await nearMistakes(run, explanations, stats!) : null;
    const doubts = run && stats ? await labelDoubts(run, explanations, stats) : [];
    const looked = run && report ? responseCount(settings.responses, shape, settings.adapter.software) : 0;
    const name = (k: number) => settings.classes?.show(k) ?? `class ${k}`;
    const responses = looked > 0 ? await filterResponses(run!, explainer, explanations, looked, name) : null;
    const explained: ExplainedSample[] = [];
    for (const [k, explanation] of explanations.entries()) {
      const picture = pictures[k];
      const map = maps?.[k] ?? null;
      const comparisons = compare.length > 0 && (folders || report)
        ? await firstOrderMaps(compare, explainer, explanation, picture, shape, compareOf, seed)
        : new Map<FirstOrder, Float32Array>();
      if (folders) await this.save(folders[k], samples[k], picture, map, comparisons);
      const made = report ?
        await illustratedReport({ explanation, picture, shape, map, comparisons, responses: responses && responses[k],
          labelDoubt: doubts[k], near: near && { ...near[k], pictures: await neighborPictures(run!, near[k]) } }, explainer, settings) :
        null;
      if (made) this.reports.push(made);
      explained.push({
        ...explanation,
        ...(map && { map: { boosted: map.boosted, boost: map.boost, distance: map.distance } }),
        ...(doubts[k] && { labelDoubt: doubts[k] }),
        ...(folders && { folder: folders[k] }),
        ...(made && { report: made.report }),
      });
      done(k + 1);
    }
    return explained;
  }

  /** The page with every sample explained so far. */
  async page(): Promise<string> {
    return renderReports(this.reports, await reportScripts());
  }

  private async read(sample: Sample): Promise<Float32Array> {
    const { data, shape } = await sample.read();
    const { pictureShape, name } = this.network;
    if (shape.join('x') !== pictureShape.join('x')) {
      throw new Error(
        `${sample.name} gives an input of ${shape.join(' x ')}, but ${name} takes ${pictureShape.join(' x ')}; ` +
          mendShape(sample.name, shape, pictureShape)
      );
    }
    return data;
  }

  private async answers(samples: readonly Sample[], pictures: readonly Float32Array[],
    labels: readonly Label[]): Promise<SampleExplanation[]> {
    const { explainer, network: { layers }, settings: { stats, top } } = this;
    const answers = labels.includes('predicted') ? await explainer.logits(pictures) : [];
    const indices = labels.map((label, k) => (label === 'predicted' ? argmax(answers[k]) : label));
    const explanations = await explainer.explain(pictures, indices);
    return explanations.map(({ logits, loss, profile }, k) => {
      const predicted = argmax(logits);
      const standardized = stats && standardize(profile, stats);
      const saliency = standardized ?? profile;
      return {
        input: samples[k].name,
        label: indices[k],
        predicted,
        confidence: probability(logits, predicted),
        labelConfidence: probability(logits, indices[k]),
        loss,
        logits,
        profile,
        standardized,
        top: rankFilters(saliency, stats).slice(0, top).map((index) => {
          const { layer, filter } = locate(layers, index);
          return { index, layer: layer.node, filter, saliency: saliency[index] };
        }),
      };
    });
  }

  private async save(folder: string, sample: Sample, picture: Float32Array, map: SampleMap | null,
    comparisons: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { network: { pictureShape: shape }, settings } = this;
    const look = shownPicture(picture, shape, settings.how);
    await saveSample(folder, { picture: (await sample.seen()) ?? look, look, shape, map, comparisons,
      reference: settings.map?.reference ?? false });
  }
}
