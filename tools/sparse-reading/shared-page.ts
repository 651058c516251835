/** What the pages about a sparse layer have in common. */
import { shownPicture } from '../../src/report/pictures.js';
import { PAPER } from '../../src/report/page/reader.js';
import { aboutText, SCALE } from '../../src/report/sparse-reading/about.js';
import { withoutPlace } from '../../src/report/words.js';
import type { Picture } from '../../src/data/picture.js';
import { html, type Html } from '../shared/page.js';
import type { Held } from './held.js';
import type { OpenedReading } from './open.js';

/** Under the heading. */
export const lead = ({ about }: OpenedReading): Html =>
  html`<p class="lead">${aboutText(about)}</p>
<p class="how">${SCALE}</p>`;

/** At the end: whose method it is. */
export const SOURCE: Html = html`<p class="how">Sparse layers are those of Wong, Santurkar and Madry, “Leveraging sparse linear layers for
debuggable deep networks” (arXiv 2105.04857). Saliency of filters is that of ${PAPER}.</p>`;

/** The layer and its pictures as a page that is sent away names them. */
export const sentAbout = ({ about }: OpenedReading) => ({ ...about, folder: withoutPlace(about.folder),
  held: { ...about.held, name: withoutPlace(about.held.name) } });

/** Pictures of a run as the network was given them; null for arrays, and where one cannot be read any more. To be closed. */
export function pictureReader(
  { run }: Held
): { read(row: number): Promise<{ prepared: Float32Array; seen: Picture } | null>; close(): void } {
  const reader = run?.run.preparedPictures();
  return {
    read: async (row) => {
      if (!run || !reader) return null;
      const { preprocessing, model: { pictureShape } } = run.run.meta;
      return reader.read(run.rows[row]).then((prepared) => ({ prepared, seen: shownPicture(prepared, pictureShape, preprocessing) }),
        () => null);
    },
    close: () => reader?.close(),
  };
}
