/** `misfire sparse biases` at work. */
import { answerReading } from './answer.js';
import { outsideBoxes, parseBoxes } from '../../src/data/boxes.js';
import { biasesJson, biasesText, interventionsCsv, outsideCsv, sharedCsv,
  type BiasesResult } from '../../src/report/sparse-reading/biases.js';
import { interventions, sharedFeatures } from '../../src/sparse/reading/intervention.js';
import { featureListings } from '../../src/sparse/reading/listing.js';
import { outsideShare, type BoxedPicture, type OutsideShare } from '../../src/sparse/reading/outside.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import { biasesPage } from './biases-page.js';
import { boxTexts } from './boxes.js';
import type { OpenedReading } from './open.js';
import type { ReadingOptions } from './options.js';

export interface BiasesOptions extends ReadingOptions {
  readonly boxes?: string;
  /** Features whose maps are made, and pictures for each. */
  readonly features: number;
  readonly pictures: number;
}

const PAGE = 'biases.html';

export async function sparseBiases(dir: string, text: string | undefined, options: BiasesOptions): Promise<void> {
  await answerReading(dir, text, options, PAGE, async (opened) => {
    const { reading, z, held, names, name } = opened;
    const result: BiasesResult = { about: opened.about, shared: sharedFeatures(reading),
      interventions: interventions(reading, z, held.labels), outside: await outsideOf(opened, options) };
    return {
      text: biasesText(result, names, name),
      json: () => biasesJson(result, names, name),
      files: async () => [
        [PAGE, await biasesPage(result, opened)],
        ['shared.csv', sharedCsv(result, names, name)],
        ['interventions.csv', interventionsCsv(result, names, name)],
        ...(result.outside ? [['outside.csv', outsideCsv(result, names)] as const] : []),
      ],
      next: ['which feature made each mistake', ['sparse', 'mistakes', dir, ...(text ? [text] : [])]],
    };
  });
}

/** Null where no boxes are known. */
async function outsideOf({ held, reading, z, network }: OpenedReading,
  { boxes, features, pictures, quiet, seed }: BiasesOptions): Promise<OutsideShare[] | null> {
  const of = held.run;
  const texts = await boxTexts(held, boxes);
  if (!of || !texts) return null;
  const { preprocessing, model: { pictureShape } } = of.run.meta;
  if (!preprocessing) {
    if (!quiet) notice(`the pictures of ${held.name} came prepared, so where their boxes lie is not known: they are left out.`);
    return null;
  }
  const boxed = of.rows.map((_, row) => parseBoxes(texts[row], of.rows[row].path));
  // The pictures that excite a feature most among those with a box.
  const listed = featureListings(reading, z, of.rows.length).slice(0, features);
  const reader = of.run.preparedPictures();
  const progress = new Progress(listed.length, 0, { quiet });
  const found: OutsideShare[] = [];
  try {
    const asked = await network();
    for (const [k, { feature, exciting }] of listed.entries()) {
      const some: BoxedPicture[] = [];
      for (const { row } of exciting.filter((e) => boxed[e.row].length > 0).slice(0, pictures)) {
        const stored = await of.run.picture(of.rows[row]);
        some.push({ picture: await reader.read(of.rows[row]), outside: outsideBoxes(boxed[row], stored, preprocessing) });
      }
      const share = some.length > 0 ? await outsideShare(asked, feature, some, reading.used, pictureShape, seed) : null;
      if (share) found.push(share);
      progress.update(k + 1);
    }
  } finally {
    progress.clear();
    reader.close();
  }
  return found;
}
