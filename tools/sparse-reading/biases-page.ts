/** Features that classes share and what they are worth, as a page. */
import { INTERVENTION_HEAD, interventionRows, interventionText, OUTSIDE_HEAD, outsideRows, outsideText, SHARED_HEAD, sharedRows,
  type BiasesResult } from '../../src/report/sparse-reading/biases.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { html, page } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import type { OpenedReading } from './open.js';
import { lead, sentAbout, SOURCE } from './shared-page.js';

/** Rows of a table; the folder's tables have every one. */
const LISTED = 60;

export function biasesPage(result: BiasesResult, opened: OpenedReading): Promise<string> {
  const { names, name } = opened;
  const title = 'What the classes share, and what each feature is worth';
  const shared = sharedRows(result, names, name).slice(0, LISTED);
  const body = html`<main>
<h1>${title}</h1>
${lead(opened)}
<section><h2>Features that classes share</h2>
${
    shared.length > 0
      ? pageTable({ caption: 'Most classes first', head: SHARED_HEAD, rows: shared, words: [0, 2] })
      : html`<p>No two classes share a feature.</p>`
  }</section>
<section><h2>Answers with a feature at its mean</h2>
<p class="how">The feature is set to its mean for every picture, so that it tells nothing. Beside its change of the accuracy, in \
percentage points, stands the mean change over all other features that the layer uses. A feature that pictures of a class have by accident \
and that the layer has come to rely on lowers that class's accuracy when it is gone.</p>
<p>${interventionText(result)}</p>
${
    pageTable({ caption: 'Largest changes first', head: INTERVENTION_HEAD, rows: interventionRows(result, names, name).slice(0, LISTED),
      words: [0, 6] })
  }</section>
${
    result.outside && result.outside.length > 0 && html`<section><h2>Does it look at the object?</h2>
<p class="how">In the pictures that excite a feature most and have object boxes: which share of the feature's exact map (the greatest \
absolute gradient over the colours) lies outside the boxes, beside the share of the area there and the map of another feature, drawn at \
random, in the same pictures.</p>
<p>${outsideText(result)}</p>
${pageTable({ caption: 'Means with 95 % intervals', head: OUTSIDE_HEAD, rows: outsideRows(result, names), words: [0] })}</section>`
  }
${SOURCE}
</main>`;
  const { shared: all, interventions, ...rest } = result;
  return page({ title, body, data: { ...rest, about: sentAbout(opened), shared: all.length, interventions: interventions.each.length },
    charts: [], style: REPORT_STYLE });
}
