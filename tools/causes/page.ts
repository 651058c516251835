/** The groups of a run's mistakes as a page: a plane of all mistakes, and a card for each group. */
import { basename } from 'node:path';
import { confusionWords, correctedWords, filterWords, headline, SMALLEST, sureness, verdictOf, type CausesResult,
  type ShownCause } from '../../src/report/causes.js';
import { planeSpec } from '../../src/report/figures/plane.js';
import { plural, whole } from '../../src/report/numbers.js';
import { glossary, PAPER } from '../../src/report/page/reader.js';
import { fileName } from '../../src/report/words.js';
import type { Meta, Row } from '../../src/store/format.js';
import { CHOICE_NAMES } from '../experiment/choices.js';
import { shownPictures } from '../experiment/page-context.js';
import { facts } from '../shared/facts.js';
import { chart, html, page, type Html } from '../shared/page.js';
import { folded, pageTable } from '../shared/page-table.js';

type Result = CausesResult<Row>;

/** Members and filters that a card shows; the tables beside the page have every one. */
const SHOWN = 12, FILTERS = 15;
/** Groups with a card, and with a colour of their own on the plane. */
const CARDS = 40, COLOURED = 8;

/** The members that a card shows, the most typical. */
const shownOf = ({ rows }: ShownCause<Row>): readonly Row[] => rows.slice(0, SHOWN);

export async function causesPage(result: Result, meta: Meta, name: (label: number) => string): Promise<string> {
  const { causes, mistakes, samples, adjustedRand, settings } = result;
  const groups = causes.filter((c) => c.members.length >= SMALLEST);
  const cards = groups.slice(0, CARDS);
  const uris = await shownPictures(meta, cards.flatMap(shownOf));
  const title = `What caused ${whole(mistakes)} mistakes? ${result.model}`;
  const plane = await chart('plane',
    planeSpec(planePoints(result, name), [...groups.slice(0, COLOURED).map((_, g) => `group ${g + 1}`),
      ...(causes.length > Math.min(COLOURED, groups.length) ? ['other'] : [])]), {
    title: 'All mistakes, near each other where their filters were salient in the same way',
    description:
      'Each point is a mistake, its colour its group; the graph of neighbours laid out by forces: only who is near whom has a meaning.',
  });
  const sure = adjustedRand === null
    ? 'Here a group is what has one label and one answer.'
    : `With a fifth of the mistakes left out, the groups agree to ${
      adjustedRand.toFixed(2)
    } (adjusted Rand index, 1 the same, 0 unrelated).`;
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${headline(result, name)} ${plural(groups.length, 'group')} of ${SMALLEST} or more in ${plural(mistakes, 'mistake')} of \
${plural(samples, 'picture')}${
    causes.length > groups.length && `; ${whole(causes.length - groups.length)} smaller ones are left out here`
  }.</p>
${glossary(['loss', 'salient', 'standardized', 'controls'])}
<p class="how">Mistakes are grouped by what ${
    settings.by === 'layers' ? 'layers' : 'filters'
  } were salient (${PAPER}, section 3.2): each is \
joined to the ${settings.k} most alike, and a group is what is joined within more than to others. ${sure}</p>
${plane.html}
${cards.map((cause, g) => card(cause, g, result, uris.splice(0, shownOf(cause).length), name))}
<section><h2>How this was made</h2>
${
    facts([['Run', basename(result.run), 'file'], ['Model', result.model, 'file'], ['Filters compared', whole(result.filters)], [
      'A filter counts as salient',
      `among the ${result.top} highest of a mistake`,
    ], ['Resolution', String(settings.resolution)], ['Seed', String(settings.seed)]])
  }</section>
</main>`;
  return page({ title, body, charts: [plane], style: STYLE });
}

const planePoints = ({ causes, plane }: Result, name: (label: number) => string) =>
  causes.flatMap(({ rows }, g) =>
    rows.map((row) => {
      const [x, y] = plane.get(row.id)!;
      const group = g < COLOURED && rows.length >= SMALLEST ? `group ${g + 1}` : 'other';
      return { x, y, group, says: `${row.id}: ${name(row.label)}, called ${name(row.predicted)}`, href: `#group-${g + 1}` };
    })
  );

function card(cause: ShownCause<Row>, g: number, result: Result, uris: readonly (string | null)[], name: (label: number) => string): Html {
  const { rows, shared, trial, jaccard, layers } = cause;
  const first = shownOf(cause);
  const pictures = first.map((row, k) =>
    html`<li>${
      uris[k] === null ? html`<span class="file">${fileName(row.path)}</span>` : html`<img src="${uris[k]}" \
alt="Sample ${row.id}" title="${row.path}">`
    }<span>${name(row.label)}</span> <span class="mark">${name(row.predicted)}</span> \
<span class="quiet">${row.id}, ${cause.typicality[k].toFixed(2)}</span></li>
`
  );
  const filters = pageTable({
    caption: `Filters that they share beyond chance: ${whole(shared.length)}`,
    head: ['filter', `of ${rows.length} here`, `of ${result.mistakes - rows.length} others`, 'adjusted p'],
    rows: shared.slice(0, FILTERS).map((
      s
    ) => [filterWords(result.layers, s.filter), String(s.members), String(s.others), s.adjusted.toExponential(1)]),
    words: [0],
  });
  const tried = trial && pageTable({
    caption: `Turned off for members that had no part in choosing them: ${trial.counts.join(' and ')} filters`,
    head: ['filters', 'members corrected [95 %]', `right answers broken, of ${trial.asked}`],
    rows: trial.outcomes.map((o) => [CHOICE_NAMES[o.choice], correctedWords(o.corrected, trial.members), String(o.broken)]),
    words: [0, 1],
  });
  const where = layers.map(({ layer, filters: n }) => `${layer} (${n})`).join(', ');
  const sure = jaccard === null ? '' : ` This group is ${sureness(jaccard)} (${jaccard.toFixed(2)}).`;
  return html`<section class="card" id="group-${g + 1}"><h2>Group ${g + 1}: ${plural(rows.length, 'mistake')}</h2>
<p>${confusionWords(cause, name, 6)}.${sure} ${trial && html`<b>Turned off: ${verdictOf(cause)}.</b>`}</p>
<ol class="neighbors">${pictures}</ol>
${
    rows.length > SHOWN && html`<p class="how">The ${SHOWN} most typical of ${whole(rows.length)}; members.csv has them all.</p>
`
  }${tried}
${
    shared.length > 0 && html`<p class="how">They lie in ${where}.</p>
${folded('The filters', filters)}`
  }
<p class="how"><code>misfire explain --run ${basename(result.run)} --sample ${rows[0].id} --report report.html</code> explains the most \
typical one.</p></section>
`;
}

const STYLE = `
.card { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding-top: .5rem; }
.neighbors { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: 1rem; padding: 0;
  max-width: none; }
.neighbors li { font-size: .88rem; line-height: 1.35; min-width: 0; } .neighbors li > span { display: block; }
.neighbors img { width: 6rem; height: 6rem; object-fit: contain; image-rendering: pixelated; display: block; margin-bottom: .3rem; }
@media print { .card { break-inside: avoid; } }
`;
