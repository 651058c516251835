/** `misfire sparse show` at work. */
import { join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { classFeaturesCsv, featurePicturesCsv, showJson, showText, type ShowResult } from '../../src/report/sparse-reading/show.js';
import { classListings, featureListings } from '../../src/sparse/reading/listing.js';
import { predictability } from '../../src/sparse/reading/predictability.js';
import { next } from '../shared/next.js';
import { checkJson, writeResult } from '../shared/results.js';
import { featureLooks } from './looks.js';
import { openReading } from './open.js';
import type { ShowOptions } from './options.js';
import { showPage } from './show-page.js';

const PAGE = 'show.html';

export async function sparseShow(dir: string, text: string | undefined, options: ShowOptions): Promise<void> {
  const { out, json } = options;
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, PAGE);
  const opened = await openReading(dir, text, options);
  try {
    const { reading, own, z, held, names, name } = opened;
    const result: ShowResult = { about: opened.about, classes: classListings(reading, z, held.labels),
      features: featureListings(reading, z, options.pictures), predictability: predictability(reading, z),
      ownPredictability: own && predictability(own, z) };
    if (out !== undefined) {
      const looks = await featureLooks(result.features.slice(0, options.features), opened, options);
      await writeFolderAtomic(out, new Map<string, string | Iterable<string>>([
        [join(out, PAGE), await showPage(result, looks, opened)],
        [join(out, 'classes.csv'), classFeaturesCsv(result, names, name)],
        [join(out, 'pictures.csv'), featurePicturesCsv(result, names, held.picture)],
      ]));
    }
    const page = out === undefined ? '' : `\nThe page: ${join(out, PAGE)}\n`;
    await writeResult(() => showJson(result, names, held.picture, name), `${showText(result, names, name)}${page}`, options);
    if (out === undefined) {
      next('the features with pictures, on a page', ['sparse', 'show', dir, ...(text ? ['--run', text] : []), '--out', 'show'], options);
    } else next('which feature made each mistake', ['sparse', 'mistakes', dir, ...(text ? [text] : [])], options);
  } finally {
    opened.close();
  }
}
