/** What the blamed filters respond to: the pictures of a run that excite each most. */
import type { Response } from '../data.js';
import { plural, whole } from '../numbers.js';
import { html, type Html } from '../page/html.js';
import type { ResponsePictures } from '../pictures.js';
import { fileName } from '../words.js';
import type { Section } from './section.js';

export function responsesSection(responses: readonly Response[], pictures: readonly (readonly ResponsePictures[])[]): Section {
  const [{ looked, of }] = responses;
  const drawn = looked < of && `, drawn at random from its ${whole(of)}`;
  return {
    charts: [],
    html: html`<section><h2>What the blamed filters respond to</h2>
${responses.map((response, k) => filterPictures(response, pictures[k] ?? []))}
<p class="how">How to read this: of ${plural(looked, 'picture')} of the run${drawn}, those in which the filter's channel is greatest, \
the place of that framed and cut out. A filter may be blamed for a picture that does not excite it: it is blamed for what a \
change of its weights would do to the loss. <code>misfire filter</code> shows more of each.</p></section>`,
  };
}

function filterPictures({ layer, filter, index, found }: Response, pictures: readonly ResponsePictures[]): Html {
  const items = found.map(({ path, labelName, predictedName, activation }, k) => {
    const shown = pictures[k];
    const file = fileName(path);
    return html`<li>${shown ? html`<img src="${shown.picture}" alt="${file}">` : html`<span class="file">${file}</span>`}
${shown?.part && html`<img src="${shown.part}" alt="the part of ${file} that excites the filter most">`}
<span>${labelName}</span>${predictedName !== labelName && html` <span class="mark">called ${predictedName}</span>`}
<span class="quiet">${activation.toPrecision(3)}</span></li>
`;
  });
  return html`<h3>${layer}:${filter} <span class="quiet">(filter ${index})</span></h3>
<ol class="neighbors">${items}</ol>`;
}
