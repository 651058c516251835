/** The mistakes of a sparse layer as a page: by the feature that made them, with pictures. */
import { encodePicture } from '../../src/local/encode-picture.js';
import { glossary } from '../../src/report/page/reader.js';
import { featureName } from '../../src/report/sparse-reading/about.js';
import { agreementText, GROUP_HEAD, groupRows, REPAIR_HEAD, repairRows,
  type MistakesResult } from '../../src/report/sparse-reading/mistakes.js';
import { plural } from '../../src/report/numbers.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { fileName } from '../../src/report/words.js';
import type { BlameGroup } from '../../src/sparse/reading/mistakes.js';
import { html, page, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import type { OpenedReading } from './open.js';
import { lead, pictureReader, sentAbout, SOURCE } from './shared-page.js';

/** Features with pictures, and pictures of each. */
const GROUPS = 20, PICTURES = 8;

export async function mistakesPage(result: MistakesResult, opened: OpenedReading): Promise<string> {
  const { names, name, held } = opened;
  const title = 'Which feature made each mistake';
  const agreement = agreementText(result);
  const reader = pictureReader(held);
  const sections: Html[] = [];
  try {
    for (const group of result.groups.slice(0, GROUPS)) sections.push(await section(group, opened, reader));
  } finally {
    reader.close();
  }
  const body = html`<main>
<h1>${title}</h1>
${lead(opened)}
${agreement !== null && glossary(['loss', 'salient'])}
<section><h2>Repaired without the feature to blame</h2>
<p class="how">The feature to blame is the one with the largest part D<sub>j</sub> = (w<sub>pj</sub> − w<sub>tj</sub>) z<sub>j</sub> of \
the difference between the logits of the wrong answer p and of the label t. It takes most from that difference by definition; whether the \
answer is then right is counted. Beside it: each other feature of the wrong class, and each other one of either class, on average.</p>
${pageTable({ caption: 'Shares of mistakes in %, with 95 % intervals', head: REPAIR_HEAD, rows: repairRows(result), words: [0] })}
${agreement !== null && html`<p>${agreement}</p>`}</section>
<section><h2>Features to blame</h2>
${pageTable({ caption: 'Most mistakes first', head: GROUP_HEAD, rows: groupRows(result, names, name), words: [0, 4] })}</section>
${sections}
${SOURCE}
</main>`;
  const { samples, groups, ...rest } = result;
  return page({ title, body, data: { ...rest, about: sentAbout(opened), mistakes: samples.length, groups: groups.length }, charts: [],
    style: REPORT_STYLE });
}

async function section({ feature, mistakes }: BlameGroup, { held, names, name }: OpenedReading,
  reader: ReturnType<typeof pictureReader>): Promise<Html> {
  const items: Html[] = [];
  for (const m of [...mistakes].sort((a, b) => b.blame[0].difference - a.blame[0].difference).slice(0, PICTURES)) {
    const { id, path } = held.picture(m.row);
    const seen = await reader.read(m.row);
    const file = path === null ? `row ${id}` : fileName(path);
    const uri = seen && await encodePicture(seen.seen, 'thumbnail');
    items.push(html`<li>${uri ? html`<img src="${uri}" alt="${file}">` : html`<span class="file">${file}</span>`}
<span>${name(m.label)} <span class="quiet">(${id})</span></span> <span class="mark">called ${name(m.predicted)}</span>
<span class="quiet">D = ${m.blame[0].difference.toFixed(2)} of ${m.margin.toFixed(2)}</span>
<span>${m.repaired ? html`<span class="good">right without it</span>` : `without it ${name(m.after)}`}</span></li>
`);
  }
  return html`<section><h3>Feature ${featureName(feature, names)}: ${plural(mistakes.length, 'mistake')}</h3>
<ol class="neighbors">${items}</ol></section>
`;
}
