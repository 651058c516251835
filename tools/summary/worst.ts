/** The mistakes of a run that its page shows. */
import type { StoredRun } from '../../src/store/stored-run.js';
import { shownPictures } from '../experiment/page-context.js';
import { WORST, type SummaryPageParts } from './page.js';

/** Those with the largest loss, falling, with their pictures. */
export async function worstMistakes(run: StoredRun): Promise<SummaryPageParts['worst']> {
  const rows = (await run.readRows()).filter((row) => row.label !== row.predicted)
    .sort((a, b) => b.loss - a.loss || a.id - b.id).slice(0, WORST);
  const pictures = await shownPictures(run.meta, rows);
  return rows.map((row, k) => ({ row, picture: pictures[k] }));
}
