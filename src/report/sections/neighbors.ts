/** Other mistakes of a run with the same filters to blame. */
import type { Report } from '../data.js';
import { html } from '../page/html.js';
import type { ReportPictures } from '../pictures.js';
import { plural } from '../numbers.js';
import { fileName, isMistake } from '../words.js';
import type { Section } from './section.js';

export function neighborsSection(report: Report, neighbors: NonNullable<Report['neighbors']>, pictures: ReportPictures): Section {
  const { run, candidates, found, blank } = neighbors;
  const { predicted, label } = report.answer;
  const items = found.map((n, k) => {
    const uri = pictures.neighbors[k];
    const name = fileName(n.path);
    const picture = uri ? html`<img src="${uri}" alt="${name}">` : html`<span class="file">${name}</span>`;
    return html`<li>${picture}
<span>${n.labelName}</span> <span class="mark">called ${n.predictedName}</span> <span class="quiet">${n.similarity.toFixed(3)}</span></li>`;
  });
  const shared = isMistake(report) && html`; pictures that are ${label.name} called ${predicted.name} share this mistake`;
  return {
    charts: [],
    html: html`<section><h2>Other mistakes with the same filters to blame</h2>
${
      blank &&
      html`<p><strong>These say nothing:</strong> the network is so sure of this picture that its profile is almost zero, as that of \
every sure picture.</p>`
    }
<ol class="neighbors">${items}</ol>
<p class="how">How to read this: of ${plural(candidates, 'other mistake')} in ${fileName(run)}, these have the profiles most like this one \
(cosine similarity, most alike first; 1 is the same direction).
Each is shown with its label and what the network calls it${shared}.</p></section>`,
  };
}
