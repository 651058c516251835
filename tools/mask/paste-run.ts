/** `misfire mask --paste`: one sample's region onto the pictures of a class. */
import { Classes } from '../../src/data/classes.js';
import { parseLabels } from '../../src/data/labels.js';
import type { Row } from '../../src/store/format.js';
import { conduct, type Resources } from '../experiment/conduct.js';
import type { Experiment } from '../experiment/open.js';
import { limited, outOf, type CommonOptions } from '../experiment/options.js';
import { writeResults } from '../experiment/write.js';
import { maskableOf } from './boxes.js';
import { analysePaste, pasteOnto, type Pasted, type Patch } from './paste.js';
import { pastePage } from './paste-page.js';
import { csvOf, jsonOf, textOf, type PasteResult } from './paste-show.js';
import { parseRegion, salientRegion } from './region.js';
import { mapOf } from './sample.js';

export interface PasteOptions extends CommonOptions {
  /** x0,y0,x1,y1; true for the salient region. */
  readonly paste: string | true;
  readonly sample: number;
  readonly onto?: string;
  readonly draws: number;
  readonly top: number;
}

/** The result, or null where it was stopped. Throws one sentence where there is nothing to paste, or nothing to paste it onto. */
export async function pasteRun(experiment: Experiment, options: PasteOptions): Promise<PasteResult | null> {
  const { folder, meta, rows: all, name } = experiment;
  const { sample, draws, seed, top } = options;
  const source = all.find(({ id }) => id === sample);
  if (!source) throw new Error(`${folder} has no sample ${sample}; its errors.jsonl lists those that could not be computed`);
  if (source.label === source.predicted) {
    throw new Error(`the network gets sample ${sample} of ${folder} right, so there is no class that it was pulled to; choose a mistake`);
  }
  const shape = meta.model.pictureShape;
  const given = options.paste === true ? null : parseRegion(options.paste, shape);
  const onto = options.onto === undefined ? source.label : classOf(options.onto, experiment, source);
  const rows = limited(all.filter(({ id, label }) => id !== sample && label === onto), options.limit, seed);
  if (rows.length === 0) throw new Error(`${folder} has no other picture of ${name(onto)}; name another class with --onto`);

  const out = outOf(folder, `mask-paste-${sample}`, options);
  let patch: Patch | null = null;
  const prepare = async (resources: Resources): Promise<void> => {
    const picture = await resources.pictures.read(source);
    const bench = { explainer: resources.explainer, stats: experiment.stats };
    const region = given ??
      salientRegion((await mapOf(bench, top, picture, shape, source.label)).map, shape, await maskableOf(meta, source));
    patch = { picture, region, pulled: source.predicted };
  };
  let result: PasteResult | null = null;
  await conduct<Pasted>({
    ...options,
    experiment,
    command: 'mask --paste',
    out,
    rows,
    prepare,
    settings: { sample, region: given ?? `of the ${top} most salient filters`, onto, draws, seed },
    compute: async ({ row }, { explainer, pictures }) =>
      pasteOnto(explainer, patch!, row.id, await pictures.read(row), shape, { draws, seed }),
    write: async ({ results, head }) => {
      const samples = results.map(({ result: pasted }, k) => ({ row: rows[k], pasted }));
      const made: PasteResult = {
        run: folder,
        model: meta.model.file,
        head,
        source,
        region: samples[0].pasted.region,
        onto,
        draws,
        seed,
        name,
        samples,
        analysis: analysePaste(samples.map((s) => s.pasted), source.predicted, seed),
      };
      await writeResults(out, { csv: csvOf(made), json: () => jsonOf(made), page: await pastePage(made, meta) }, textOf(made), options);
      result = made;
    },
  });
  return result;
}

function classOf(text: string, { meta, name }: Experiment, source: Row): number {
  const { classes } = meta.model;
  const [label] = parseLabels(text, 1, classes, new Classes(Array.from({ length: classes }, (_, k) => name(k)), 'the run'));
  return label === 'predicted' ? source.predicted : label;
}
