/** `misfire mask --paste`: one sample's region onto the pictures of a class. */
import { Classes } from '../../src/data/classes.js';
import { parseLabels } from '../../src/data/labels.js';
import type { Row } from '../../src/store/format.js';
import { noSample } from '../../src/store/stored-run.js';
import { salientMap } from '../../src/saliency/experiments/masking.js';
import { analysePasting, pasteOnto, type PastedSample, type Patch } from '../../src/saliency/experiments/pasting.js';
import { conduct } from '../experiment/conduct.js';
import type { Experiment } from '../experiment/open.js';
import { limited, outOf, type CommonOptions } from '../experiment/options.js';
import { maskableOf } from './boxes.js';
import { pastePage } from './paste-page.js';
import { csvOf, jsonOf, textOf, type PasteResult } from './paste-show.js';
import { findRegion, parseRegion } from './region.js';

export interface PasteOptions extends CommonOptions {
  /** x0,y0,x1,y1; true for the salient region. */
  readonly paste: string | true;
  readonly sample: number;
  readonly onto?: string;
  readonly draws: number;
  readonly top: number;
}

/** The result, or null where it was stopped. Throws one sentence where there is nothing to paste, or no picture to paste it onto. */
export async function runPaste(experiment: Experiment, options: PasteOptions): Promise<PasteResult | null> {
  const { folder, meta, stats, rows: all, name } = experiment;
  const { sample, draws, seed, top } = options;
  const source = all.find(({ id }) => id === sample);
  if (!source) throw noSample(folder, sample);
  if (source.label === source.predicted) {
    throw new Error(`the network gets sample ${sample} of ${folder} right, so there is no class that it was pulled to; choose a mistake`);
  }
  const shape = meta.model.pictureShape;
  const given = options.paste === true ? null : parseRegion(options.paste, shape);
  const onto = options.onto === undefined ? source.label : classOf(options.onto, experiment, source);
  const rows = limited(all.filter(({ id, label }) => id !== sample && label === onto), options.limit, seed);
  if (rows.length === 0) throw new Error(`${folder} has no other picture of ${name(onto)}; name another class with --onto`);

  let patch: Patch | null = null;
  return conduct<PastedSample, PasteResult>({
    experiment,
    command: 'mask --paste',
    out: outOf(folder, `mask-paste-${sample}`, options),
    rows,
    options,
    prepare: async ({ explainer, pictures }) => {
      const picture = await pictures.read(source);
      const map = async () => (await salientMap({ explainer, stats, shape }, picture, source.label, top)).map;
      const region = given ?? findRegion(await map(), shape, await maskableOf(meta, source));
      patch = { picture, shape, region, pulled: source.predicted };
    },
    settings: { sample, region: given ?? `of the ${top} most salient filters`, onto, draws, seed },
    compute: async ({ row }, { explainer, pictures }) =>
      pasteOnto(explainer, patch!, { id: row.id, picture: await pictures.read(row) }, { draws, seed }),
    summarize: (samples, head) => ({
      run: folder,
      model: meta.model.file,
      head,
      source,
      region: samples[0].result.region,
      onto,
      draws,
      seed,
      name,
      samples,
      analysis: analysePasting(samples.map((s) => s.result), source.predicted, seed),
    }),
    forms: { csv: csvOf, json: jsonOf, page: (result) => pastePage(result, meta), text: textOf },
  });
}

function classOf(text: string, { meta, name }: Experiment, source: Row): number {
  const { classes } = meta.model;
  const [label] = parseLabels(text, 1, classes, new Classes(Array.from({ length: classes }, (_, k) => name(k)), 'the run'));
  return label === 'predicted' ? source.predicted : label;
}
