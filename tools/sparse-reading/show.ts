/** `misfire sparse show` at work. */
import { answerReading } from './answer.js';
import { classFeaturesCsv, featurePicturesCsv, showJson, showText, type ShowResult } from '../../src/report/sparse-reading/show.js';
import { classListings, featureListings } from '../../src/sparse/reading/listing.js';
import { predictability } from '../../src/sparse/reading/predictability.js';
import { featureLooks } from './looks.js';
import type { ShowOptions } from './options.js';
import { showPage } from './show-page.js';

const PAGE = 'show.html';

export async function sparseShow(dir: string, text: string | undefined, options: ShowOptions): Promise<void> {
  await answerReading(dir, text, options, PAGE, async (opened) => {
    const { reading, own, z, held, names, name } = opened;
    const result: ShowResult = { about: opened.about, classes: classListings(reading, z, held.labels),
      features: featureListings(reading, z, options.pictures), predictability: predictability(reading, z),
      ownPredictability: own && predictability(own, z) };
    return {
      text: showText(result, names, name),
      json: () => showJson(result, names, held.picture, name),
      files: async () => {
        const looks = await featureLooks(result.features.slice(0, options.features), opened, options);
        return [
          [PAGE, await showPage(result, looks, opened)],
          ['classes.csv', classFeaturesCsv(result, names, name)],
          ['pictures.csv', featurePicturesCsv(result, names, held.picture)],
        ];
      },
      next: options.out === undefined
        ? ['the features with pictures, on a page', ['sparse', 'show', dir, ...(text ? ['--run', text] : []), '--out', 'show']]
        : ['which feature made each mistake', ['sparse', 'mistakes', dir, ...(text ? [text] : [])]],
    };
  });
}
