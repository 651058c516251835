/** What happens when the most salient filters are turned off, and when the most salient pixels are covered. */
import type { PixelStep, Report, Spread, Step } from '../data.js';
import { maskedFigure, offFigure } from '../figures/changes.js';
import { html, type Html } from '../page/html.js';
import { confidence, plural, whole } from '../numbers.js';
import { className, isMistake } from '../words.js';
import type { Section } from './section.js';

export async function offSection(id: string, report: Report): Promise<Section> {
  const figure = await offFigure(`${id}-off`, report);
  const { draws } = report.made.settings;
  return {
    charts: [figure],
    html: html`<section><h2>What happens when they are turned off</h2>
${figure.html}
${changesTable(report, 'filters off', report.off, (s) => whole(s.count))}
<p class="how">How to read this: the solid lines have the most salient filters turned off (their channels are exactly zero),
the dashed ones as many random filters, on average over ${plural(draws, 'draw')}; the bands reach from the least to the greatest \
of the draws. If the filters named above are to blame, the solid lines
move and the dashed ones do not.</p></section>`,
  };
}

export async function maskedSection(id: string, report: Report, steps: readonly PixelStep[]): Promise<Section> {
  const figure = await maskedFigure(`${id}-masked`, report);
  return {
    charts: [figure],
    html: html`<section><h2>What happens when the pixels are covered</h2>
${figure.html}
${changesTable(report, 'pixels covered', steps, (s) => `${100 * s.share} % (${whole(s.count)})`)}
<p class="how">How to read this: the most salient pixels of the map are replaced by the data set's mean colour, and as many
random pixels for comparison. Scattered random pixels also disturb a network, so what tells is the difference between the
lines.</p></section>`,
  };
}

/** One change and its controls: what is known to be the cause, covered. */
export function knownSection(report: Report, { name, ...step }: NonNullable<Report['known']>): Section {
  const { draws } = report.made.settings;
  const steps = [report.off[0], step];
  return {
    charts: [],
    html: html`<section><h2>What happens when ${name} is covered</h2>
${changesTable(report, 'pixels covered', steps, (s) => whole(s.count), false)}
<p class="how">How to read this: here the cause is known. Its ${
      plural(step.count, 'pixel')
    } are replaced by the mean colour; the controls are ${
      plural(draws, 'patch', 'patches')
    } of the same form elsewhere in the picture, on average, with the least and the greatest in brackets.</p></section>`,
  };
}

/** What each strength of a change did, in numbers; folded up, since the figure shows the same. */
function changesTable<S extends Step>(report: Report, change: string, steps: readonly S[], strength: (step: S) => string,
  folded = true): Html {
  const { predicted, label } = report.answer;
  const mistake = isMistake(report);
  const heading = (text: string) => html`<th scope="col" class="number">${text}</th>`;
  const random = [predicted.name, label.name].slice(mistake ? 0 : 1).map((name) => heading(`random: ${name}`));
  const headings = [heading(change), html`<th scope="col">answer</th>`, mistake && heading(predicted.name), heading(label.name), random,
    heading('random: answer changed'), mistake && heading('repaired')];
  const rows = steps.map((s) => {
    const { predicted: answer, wrong, label: right } = s.salient;
    return html`<tr><th scope="row" class="number">${strength(s)}</th>\
<td class="${answer === label.class ? 'good' : ''}">${className(report, answer)}</td>\
${mistake && number(confidence(wrong))}${number(confidence(right))}${randomCells(report, s)}</tr>
`;
  });
  const table = html`<div class="scroll" tabindex="0" role="region" aria-label="${change}"><table>
<thead><tr>${headings}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
  return folded ? html`<details><summary>The numbers</summary>${table}</details>` : table;
}

/** Empty where nothing was changed. */
function randomCells(report: Report, { count, random }: Step): Html {
  const mistake = isMistake(report);
  const { draws } = report.made.settings;
  if (count === 0) return html`<td colspan="${mistake ? 4 : 2}"></td>`;
  const [moved, repaired] = [random.moved, random.repaired].map((count) => number(`${count} of ${draws}`));
  return html`${mistake && number(band(random.wrong))}${number(band(random.label))}${moved}${mistake && repaired}`;
}

const number = (content: string | Html) => html`<td class="number">${content}</td>`;

const band = ({ mean, low, high }: Spread) =>
  html`${confidence(mean)} <span class="quiet">(${confidence(low)} to ${confidence(high)})</span>`;
