/** Three mistakes of an experiment, with their pictures, before and after. */
import type { Answer } from '../../src/saliency/off.js';
import type { Row } from '../../src/store/format.js';
import { confidence } from '../../src/report/numbers.js';
import { html, type Html } from '../shared/page.js';
import type { PageContext } from './page-context.js';

export interface Example {
  readonly sample: Row;
  readonly before: Answer;
  /** Each by what was done, the most salient first. */
  readonly after: readonly (readonly [done: string, answer: Answer])[];
}

/**
 * The mistakes whose label gained most, middling and least by what was done first, so that none is chosen for its looks. Null where there
 * is none.
 */
export async function examples(all: readonly Example[], { name, pictures }: PageContext): Promise<Html | null> {
  const gain = ({ before, after: [[, { label }]] }: Example): number => label - before.label;
  const falling = all.filter(({ after }) => after.length > 0).sort((a, b) => gain(b) - gain(a) || a.sample.id - b.sample.id);
  if (falling.length === 0) return null;
  const last = falling.length - 1;
  const places = [...new Set([0, Math.floor(last / 2), last])];
  const chosen = places.map((k) => falling[k]);
  const uris = await pictures(chosen.map(({ sample }) => sample));
  const words = ['gained most', 'in the middle', 'gained least'].filter((_, k) => falling.length >= 3 || k !== 1);
  const cards = chosen.map((example, k) => card(example, uris[k], words[k], name));
  return html`<section><h2>${
    chosen.length === 1 ? 'One mistake' : `${chosen.length === 2 ? 'Two' : 'Three'} mistakes`
  }, before and after</h2>
<p class="how">Of ${falling.length} mistakes, ordered by what the confidence in the label gained: ${
    words.slice(0, chosen.length).join(', ')
  }.</p>
<div class="examples">${cards}</div></section>`;
}

function card({ sample, before, after }: Example, uri: string | null, place: string, name: (label: number) => string): Html {
  const { id, path, label, predicted } = sample;
  const row = (done: string, { predicted: now, label: right, wrong }: Answer) =>
    html`<tr><th scope="row">${done}</th><td class="${now === label ? 'good' : 'mark'}">${name(now)}</td><td class="number">\
${confidence(right)}</td><td class="number">${confidence(wrong)}</td></tr>
`;
  const title = `${name(label)}, called ${name(predicted)}`;
  const picture = uri && html`<img src="${uri}" alt="Sample ${id}: ${title}">`;
  return html`<figure><figcaption>${title}</figcaption><p class="how">${place}; sample ${id}, <span class="file">${path}</span></p>
${picture}
<div class="scroll" tabindex="0" role="region" aria-label="Sample ${id}, before and after"><table>
<thead><tr><th scope="col"></th><th scope="col">answer</th><th scope="col" class="number">${
    name(label)
  }</th><th scope="col" class="number">\
${name(predicted)}</th></tr></thead>
<tbody>${row('before', before)}${after.map(([done, answer]) => row(done, answer))}</tbody></table></div></figure>
`;
}
