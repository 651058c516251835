/** How few features change answers, as a page. */
import { FLIP_HEAD, FLIP_HOW, flipRows, type CounterfactualsResult } from '../../src/report/sparse-reading/counterfactuals.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { html, page } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import type { OpenedReading } from './open.js';
import { lead, sentAbout, SOURCE } from './shared-page.js';

/** Pictures listed; the table of the folder has every one. */
const LISTED = 40;

export function counterfactualsPage(result: CounterfactualsResult, opened: OpenedReading): Promise<string> {
  const { held, name } = opened;
  const title = 'How few features change an answer';
  const few = [...result.samples].filter((s) => s.flip !== null).sort((a, b) =>
    a.flip!.features.length - b.flip!.features.length || a.row - b.row
  );
  const rows = few.slice(0, LISTED).map((
    { row, label, predicted, flip, random }
  ) => [String(held.picture(row).id), name(label), name(predicted), name(flip!.to), String(flip!.features.length),
    flip!.features.slice(0, 8).join(', '), random === null ? 'never' : String(random)]
  );
  const body = html`<main>
<h1>${title}</h1>
${lead(opened)}
<section><h2>Over the pictures</h2>
<p class="how">${FLIP_HOW} “With 1” is the share of pictures for which one feature is enough.</p>
${
    pageTable({ caption: 'Features set to their means until the answer changes, 95 % intervals', head: FLIP_HEAD, rows: flipRows(result),
      words: [0] })
  }</section>
<section><h2>Pictures with fewest</h2>
${
    pageTable({ caption: `The first ${rows.length}`, head: ['id', 'label', 'answer', 'becomes', 'features', 'which', 'in random order'],
      rows, words: [1, 2, 3, 5] })
  }</section>
${SOURCE}
</main>`;
  const { samples, ownSamples, ...rest } = result;
  return page({ title, body, data: { ...rest, about: sentAbout(opened), samples: samples.length, ownSamples: ownSamples?.length ?? null },
    charts: [], style: REPORT_STYLE });
}
