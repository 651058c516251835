/** `misfire explain` at work: some samples at a time, through everything that was asked for. */
import type { Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import type { Label } from '../../src/data/labels.js';
import type { Picture } from '../../src/data/picture.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import type { AdapterDescription } from '../../src/engine/device.js';
import type { AttributionOptions, FirstOrder } from '../../src/saliency/attribution.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { locate } from '../../src/saliency/network.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { version } from '../shared/terminal.js';
import type { ModelFile } from '../shared/model-file.js';
import type { OpenRun } from '../neighbors/options.js';
import type { Illustrated } from '../../src/report/render.js';
import type { Sample } from '../shared/samples.js';
import type { Explained, Extras } from './json.js';
import { firstOrderMaps, inputMaps, type Boosted, type SampleMap } from './maps.js';
import { nearMistakes, picturesOf } from './neighbors.js';
import { saveSample } from './save.js';

export interface Asked {
  readonly file: ModelFile;
  readonly how: Preprocessing | null;
  readonly classes: Classes | null;
  readonly stats: Statistics | null;
  readonly statsName: string | null;
  readonly run: OpenRun | null;
  readonly aggregation: Aggregation;
  readonly adapter: AdapterDescription;
  /** Filters to list. */
  readonly top: number;
  readonly seed: number;
  readonly map: { readonly boosted: Boosted; readonly boost: number; readonly reference: boolean } | null;
  readonly compare: readonly FirstOrder[];
  readonly compareOf: AttributionOptions['score'];
  readonly report: boolean;
}

export class Explaining {
  private readonly pages: Illustrated[] = [];

  constructor(private readonly explainer: Explainer, private readonly network: Classifier, private readonly asked: Asked) {}

  /** `first` is the number of the first of these samples among all; `folders` take their files, one each. `done` is called after each. */
  async explain(samples: readonly Sample[], labels: readonly Label[], first: number, folders: readonly string[] | null,
    done: (count: number) => void): Promise<(Explained & Extras)[]> {
    const { explainer, network, asked: { map: wanted, stats, run, report, compare, compareOf, seed } } = this;
    const shape = network.pictureShape;
    const pictures = await Promise.all(samples.map((sample) => this.read(sample)));
    const explained = await this.answers(samples, pictures, labels);
    const maps = wanted ? await inputMaps(explainer, explained, pictures, shape, stats!, wanted.boosted, wanted.boost, first) : null;
    const near = run && report ? await nearMistakes(run, explained, stats!) : null;
    const out: (Explained & Extras)[] = [];
    for (const [k, one] of explained.entries()) {
      const map = maps?.[k] ?? null;
      const comparisons = compare.length > 0 && (folders || report)
        ? await firstOrderMaps(compare, explainer, one, pictures[k], shape, compareOf, seed)
        : new Map<FirstOrder, Float32Array>();
      const extras: { -readonly [K in keyof Extras]: Extras[K] } = {};
      if (map) extras.map = { boosted: map.boosted, boost: map.boost, distance: map.distance };
      if (folders) {
        extras.folder = folders[k];
        const look = await this.look(pictures[k]);
        const picture = (await samples[k].seen()) ?? look;
        await saveSample(folders[k], { picture, look, shape, map, comparisons, reference: wanted?.reference ?? false });
      }
      if (report) {
        extras.report = await this.report(pictures[k], one, map, comparisons,
          near && { ...near[k], pictures: await picturesOf(run!, near[k]) });
      }
      out.push({ ...one, ...extras });
      done(k + 1);
    }
    return out;
  }

  /** The page with every sample explained so far. */
  async page(): Promise<string> {
    const { renderReports } = await import('../../src/report/render.js');
    return renderReports(this.pages);
  }

  private async read(sample: Sample): Promise<Float32Array> {
    const { data, shape } = await sample.read();
    const { pictureShape, name } = this.network;
    if (shape.join('x') !== pictureShape.join('x')) {
      throw new Error(
        `${sample.name} gives an input of ${shape.join(' x ')}, but ${name} takes ${pictureShape.join(' x ')}; choose another --preprocess`
      );
    }
    return data;
  }

  private async answers(samples: readonly Sample[], pictures: readonly Float32Array[], labels: readonly Label[]): Promise<Explained[]> {
    const { explainer, network: { layers }, asked: { stats, top } } = this;
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

  /** A prepared picture as a person would see it. */
  private async look(prepared: Float32Array): Promise<Picture> {
    const { shownPicture } = await import('../../src/report/pictures.js');
    return shownPicture(prepared, this.network.pictureShape, this.asked.how);
  }

  private async report(
    picture: Float32Array,
    one: Explained,
    map: SampleMap | null,
    comparisons: ReadonlyMap<string, Float32Array>,
    near: (Awaited<ReturnType<typeof nearMistakes>>[number] & { readonly pictures: readonly (Picture | null)[] }) | null
  ) {
    // The drawing library is large; nothing else needs it.
    const [{ gatherReport }, { reportPictures }] = await Promise.all([import('../../src/report/gather.js'),
      import('../../src/report/pictures.js')]);
    const { file, classes, stats, statsName, aggregation, adapter, top, seed } = this.asked;
    const { pictureShape: shape } = this.network;
    const report = await gatherReport({
      input: one.input,
      picture,
      shape,
      label: one.label,
      predicted: one.predicted,
      explanation: one,
      top,
      map: map && { values: map.map, distance: map.distance, boosted: map.boosted, boost: map.boost },
      comparisons,
      neighbors: near &&
        { run: near.run, candidates: near.candidates, found: near.found.map(({ row, similarity }) => ({ ...row, similarity })) },
    }, { explainer: this.explainer, model: file, adapter, stats, statsName, aggregation, classes, version, seed });
    const shown = await this.look(picture);
    this.pages.push({ report, pictures: await reportPictures({ shown, map: map?.map ?? null, comparisons, neighbors: near?.pictures }) });
    return report;
  }
}
