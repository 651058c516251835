/** The tables of a report. */
import { html, type Html } from './page/html.js';
import type { Report, Spread, Step } from './data.js';
import { className, isMistake, percent } from './words.js';

export function filtersTable({ top, saliency: { standardized } }: Report): Html {
  const kind = standardized ? 'standardized saliency' : 'saliency';
  return html`<div class="scroll filters" tabindex="0" role="region" aria-label="The most salient filters"><table><caption>The most salient filters, by ${kind}</caption>
<thead><tr><th scope="col">layer</th><th scope="col" class="number">filter</th><th scope="col" class="number">index</th><th scope="col" class="number">saliency</th></tr></thead>
<tbody>${
    top.map((f) =>
      html`<tr><th scope="row">${f.layer}</th><td class="number">${f.filter}</td><td class="number">${f.index}</td><td class="number">${
        f.saliency.toPrecision(4)
      }</td></tr>
`
    )
  }</tbody></table></div>`;
}

/** What each strength of a change did, in numbers; folded up, since the figure shows the same. */
export function changesTable(report: Report, what: string, steps: readonly Step[], strength: (step: Step) => string): Html {
  const { predicted, label } = report.answer;
  const mistake = isMistake(report);
  const { draws } = report.made.settings;
  const band = ({ mean, low, high }: Spread) => html`${percent(mean)} <span class="quiet">(${percent(low)} to ${percent(high)})</span>`;
  const head = (text: string) => html`<th scope="col" class="number">${text}</th>`;
  return html`<details><summary>The numbers</summary><div class="scroll" tabindex="0" role="region" aria-label="${what}"><table>
<thead><tr>${head(what)}<th scope="col">answer</th>${mistake && head(predicted.name)}${head(label.name)}${
    mistake && head(`random: ${predicted.name}`)
  }${head(`random: ${label.name}`)}${head('random: answer changed')}${mistake && head('repaired')}</tr></thead>
<tbody>${
    steps.map((s) =>
      html`<tr><th scope="row" class="number">${strength(s)}</th><td class="${s.salient.predicted === label.class ? 'good' : ''}">${
        className(report, s.salient.predicted)
      }</td>${mistake && html`<td class="number">${percent(s.salient.wrong)}</td>`}<td class="number">${percent(s.salient.label)}</td>${
        s.count === 0 ?
          html`<td colspan="${mistake ? 4 : 2}"></td>` :
          html`${mistake && html`<td class="number">${band(s.random.wrong)}</td>`}<td class="number">${
            band(s.random.label)
          }</td><td class="number">${s.random.moved} of ${draws}</td>${
            mistake && html`<td class="number">${s.random.repaired} of ${draws}</td>`
          }`
      }</tr>
`
    )
  }</tbody></table></div></details>`;
}
