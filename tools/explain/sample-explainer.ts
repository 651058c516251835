/** Explains samples as the options of `misfire explain` ask: some at a time, through everything that was asked for. */
import type { Classifier } from '../../src/classifier.js';
import type { Label } from '../../src/data/labels.js';
import { mendShape } from '../../src/data/npy.js';
import { OFF, SHARES } from '../../src/report/changes.js';
import { DRAWS } from '../../src/report/gather.js';
import { shownPicture } from '../../src/report/pictures.js';
import { renderReports, type IllustratedReport } from '../../src/report/render.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { locate } from '../../src/saliency/network.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import { leftOutOf } from '../../src/saliency/leave-one-out.js';
import { amongSamples, runOfStatistics } from './among.js';
import { reportScripts } from '../../src/local/page-scripts.js';
import type { Sample } from '../shared/samples.js';
import { changesOf, trialsOf, type Changes } from './changes.js';
import type { ComparedMaps } from './compared.js';
import type { ExplainedSample, SampleExplanation } from './explained.js';
import { labelDoubts } from './label-doubt.js';
import { inputMaps, type SampleMap } from './maps.js';
import { filterNeurons } from './neurons.js';
import { nearMistakes, neighborPictures } from './neighbors.js';
import { illustratedReport } from './report.js';
import { filterResponses, responseCount } from './responses.js';
import { saveSample } from './save.js';
import type { ExplainSettings } from './settings.js';
import type { Work } from './work.js';

/** How many answers with filters off or pixels covered a sample takes. */
export const trialsFor = ({ report, map, changes, draws = DRAWS }: Pick<ExplainSettings, 'report' | 'map' | 'changes' | 'draws'>): number =>
  report ? (draws + 1) * (OFF.length + (map ? SHARES.length : 0)) : trialsOf(changes);

export class SampleExplainer {
  private readonly reports: IllustratedReport[] = [];
  private statsRun: ReturnType<typeof runOfStatistics> | null = null;

  /** `work` is told of each part. */
  constructor(private readonly explainer: Explainer, private readonly network: Classifier, private readonly settings: ExplainSettings,
    private readonly work: Work) {}

  /** `first` is the number of the first of these samples among all; `folders` take their files, one each. */
  async explain(samples: readonly Sample[], labels: readonly Label[], first: number,
    folders: readonly string[] | null): Promise<ExplainedSample[]> {
    const { explainer, network: { pictureShape: shape }, settings, work } = this;
    const { map: wanted, stats, run, report, compare, comparer, seed } = settings;
    const pictures = await Promise.all(samples.map((sample) => this.read(sample)));
    work.profiles(samples.length);
    const explanations = await this.placed(await this.answers(samples, pictures, labels));
    if (wanted) work.maps(samples.length);
    const features = settings.blamer ? await settings.blamer.blame(pictures, explanations) : [];
    const maps = wanted ? await inputMaps(explainer, explanations, pictures, shape, stats!, wanted.boosted, wanted.boost, first) : null;
    if (run && report) work.neighbors();
    const near = run && report ? await nearMistakes(run, explanations, stats!) : null;
    const doubts = run && stats ? await labelDoubts(run, explanations, stats) : [];
    const looked = run && report ? responseCount(settings.responses, shape, settings.adapter.software) : 0;
    const name = (k: number) => settings.classes?.show(k) ?? `class ${k}`;
    const responses = looked > 0 ? await filterResponses(run!, explainer, explanations, looked, name) : null;
    const others = settings.others && await settings.others.answers(first, explanations.map((e) => e.label));
    const { visualize: steps } = settings;
    if (report && steps !== undefined) work.neurons(explanations.length);
    const neurons = report && steps !== undefined
      ? await filterNeurons(this.network, settings.how, explanations, steps, seed, settings.device, (share) => work.at(share))
      : null;
    const explained: ExplainedSample[] = [];
    for (const [k, explanation] of explanations.entries()) {
      const picture = pictures[k];
      const map = maps?.[k] ?? null;
      const { maps: comparisons, attributed }: ComparedMaps = compare.length > 0 && (folders || report)
        ? await comparer.maps(explanation, picture, shape)
        : { maps: new Map() };
      if (folders) await this.save(folders[k], samples[k], picture, map, comparisons);
      work.trials(trialsFor(settings));
      const made = report ?
        await illustratedReport({ explanation, picture, shape, map, comparisons, attributed, responses: responses && responses[k],
          neurons: neurons && neurons[k], labelDoubt: doubts[k], also: others?.[k], features: features[k],
          near: near && { ...near[k], pictures: await neighborPictures(run!, near[k]) } }, explainer, settings) :
        null;
      if (made) this.reports.push(made);
      const changes = made ? made.report : await this.changes(explanation, picture, map);
      explained.push({
        ...explanation,
        ...(map && { map: { boosted: map.boosted, boost: map.boost, distance: map.distance } }),
        ...(doubts[k] && { labelDoubt: doubts[k] }),
        ...(others && { also: others[k] }),
        ...(features[k] && { features: features[k] }),
        ...(folders && { folder: folders[k] }),
        ...(changes && { changes: { off: changes.off, masked: changes.masked } }),
        ...(made && { report: made.report }),
      });
    }
    return explained;
  }

  /** Null where nobody asked for them. */
  private async changes(explanation: SampleExplanation, picture: Float32Array, map: SampleMap | null): Promise<Changes | null> {
    const { explainer, network: { pictureShape: shape }, settings: { changes: wanted, stats, seed } } = this;
    if (!wanted.off && !wanted.masked) return null;
    return changesOf(explainer, explanation, { picture, shape }, stats, wanted.masked ? map?.map ?? null : null, wanted, seed);
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
        ...(samples[k].id !== undefined && { id: samples[k].id }),
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
          return { index, layer: layer.name, filter, saliency: saliency[index] };
        }),
      };
    });
  }

  /** With the sample that each is among those the statistics are of, and the scores with it left out. */
  private async placed(explanations: readonly SampleExplanation[]): Promise<readonly SampleExplanation[]> {
    const { stats, statsName, run } = this.settings;
    const own = run && (statsName === null || statsName === run.statisticsPath)
      ? run
      : await (this.statsRun ??= runOfStatistics(statsName));
    if (!stats || !own) return explanations;
    const places = await amongSamples(own, explanations);
    return explanations.map((e, k) => {
      const among = places[k];
      if (!among) return e;
      const samples = among.label === e.label ? stats.samples : null;
      return { ...e, among, top: e.top.map((f) => ({ ...f, ...leftOutOf(f.saliency, samples) })) };
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
