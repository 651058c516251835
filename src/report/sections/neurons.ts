/** What excites the blamed filters most: a picture of each, made from noise. */
import type { Neurons } from '../data.js';
import { plural } from '../numbers.js';
import { html } from '../page/html.js';
import type { Section } from './section.js';

export function neuronsSection({ steps, filters }: Neurons, pictures: readonly string[]): Section {
  const items = filters.map(({ layer, filter, before, after }, k) => {
    const name = `${layer}:${filter}`;
    const values = `${before.toPrecision(3)} to ${after.toPrecision(3)}`;
    return html`<li>${pictures[k] && html`<img src="${pictures[k]}" alt="What excites ${name} most">`}
<span>${name}</span> <span class="quiet">${values}</span></li>
`;
  });
  return {
    charts: [],
    html: html`<section><h2>What excites the blamed filters most</h2>
<ol class="neighbors">${items}</ol>
<p class="how">How to read this: each picture was made from noise, in ${plural(steps, 'step')} that raise the mean of the filter’s channel
(after bias and normalization, before the activation function); below it that mean for the noise and for the picture. A filter may answer \
to several unlike things, of which this is one, and it may be blamed for a picture that has none of them. <code>misfire visualize</code> \
draws more, with more steps.</p></section>`,
  };
}
