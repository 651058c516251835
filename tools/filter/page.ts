/** What a filter responds to as a page: the pictures that excite it most, with the place outlined and cut out. */
import { DISTRIBUTION_HEAD, distributionRows, filterLead, filterName, histogram, short, type FilterPicture,
  type FilterResult } from '../../src/report/filter.js';
import { plural, whole } from '../../src/report/numbers.js';
import { cutPatch, outlinePatch } from '../../src/report/patch.js';
import { shownPicture } from '../../src/report/pictures.js';
import { glossary, PAPER } from '../../src/report/page/reader.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { fileName, withoutPlace } from '../../src/report/words.js';
import type { FilterGroup } from '../../src/saliency/responses.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { html, page, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';

/** Pictures and classes shown; the tables have every one. */
const SHOWN = 24, LISTED = 20;

export async function filterPage(result: FilterResult, run: StoredRun, name: (k: number) => string): Promise<string> {
  const { filter, model, response, pictures } = result;
  const title = `What ${filterName(filter)} of ${model} responds to`;
  const { activation: { quantiles } } = response;
  const ends = [quantiles[0], quantiles.at(-1)!].map(short);
  const salient = response.standardized !== null;
  const kind = salient ? 'for which it is most salient' : 'that excite it most, on average';
  const distributions = pageTable({ caption: 'Means and quantiles over the pictures', head: DISTRIBUTION_HEAD,
    rows: distributionRows(response), words: [0] });
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${filterLead(result)}</p>
${glossary(salient ? ['loss', 'salient', 'standardized'] : ['loss', 'salient'])}
<section><h2>The pictures that excite it most</h2>
<p class="how">Most exciting first: the picture as the network sees it with the place of the greatest activation framed, that place cut \
out, and what the picture is called. The place is the receptive field; where that is more than half the picture's sides, half of them \
around the middle of the field. The activation is that of the filter's channel after bias, normalization and activation function.</p>
<ol class="neighbors">${await shown(response.exciting.slice(0, SHOWN).map((k) => pictures[k]), run, name)}</ol></section>
<section><h2>Its activation and saliency over the run</h2>
${distributions}
<p class="how">Activations of ${plural(pictures.length, 'picture')} from ${ends[0]} to ${ends[1]}: <code>|${
    histogram(pictures.map((p) => p.activation))
  }|</code></p></section>
${groups(`Classes ${kind}`, response.classes, ({ label }) => name(label))}
${groups(`Confusions ${kind}`, response.confusions, ({ label, predicted }) => `${name(label)} called ${name(predicted)}`)}
<p class="how">Saliency is that of ${PAPER}.</p>
</main>`;
  const { run: folder, of } = result;
  return page({ title, body, data: { run: withoutPlace(folder), model, filter, of, response }, charts: [], style: REPORT_STYLE });
}

/** The file's name stands where a picture cannot be read any more. */
async function shown(pictures: readonly FilterPicture[], run: StoredRun, name: (k: number) => string): Promise<Html[]> {
  const reader = run.preparedPictures();
  const { preprocessing, model: { pictureShape } } = run.meta;
  const items: Html[] = [];
  try {
    for (const { id, path, label, predicted, activation, patch } of pictures) {
      const seen = await reader.read({ path }).then((prepared) => shownPicture(prepared, pictureShape, preprocessing), () => null);
      const file = fileName(path);
      const images = seen
        ? [patch ? outlinePatch(seen, patch) : seen, ...(patch ? [cutPatch(seen, patch)] : [])]
        : [];
      const uris = await Promise.all(images.map((picture) => encodePicture(picture, 'thumbnail')));
      const [whole, part] = uris;
      items.push(html`<li>${whole ? html`<img src="${whole}" alt="${file}" title="${path}">` : html`<span class="file">${file}</span>`}
${part && html`<img src="${part}" alt="the part of ${file} that excites the filter most">`}
<span>${name(label)} <span class="quiet">(${id})</span></span>${
        predicted !== label && html` <span class="mark">called ${name(predicted)}</span>`
      }
<span class="quiet">${short(activation)}</span></li>
`);
    }
  } finally {
    reader.close();
  }
  return items;
}

function groups<G extends FilterGroup>(heading: string, all: readonly G[], called: (group: G) => string): Html | null {
  if (all.length === 0) return null;
  const rows = all.slice(0, LISTED)
    .map((g) => [called(g), whole(g.samples), short(g.standardized), short(g.raw), short(g.activation)]);
  const more = all.length > LISTED && html`<p class="how">The first ${LISTED} of ${whole(all.length)}; classes.csv has them all.</p>
`;
  return html`<section><h2>${heading}</h2>
${more}${pageTable({ caption: heading, head: ['', 'pictures', 'standardized', 'saliency', 'activation'], rows, words: [0] })}
<p class="how">Means over the pictures. Where there are few of them, a single one decides.</p></section>`;
}
