/** Which filters are to blame: the profile, and the most salient of it. */
import type { Report } from '../data.js';
import { profileFigure } from '../figures/profile.js';
import { html, type Html } from '../page/html.js';
import { plural, whole } from '../numbers.js';
import { hasLeftOut, leftOutText, NOT_STANDARDIZED, standingSentences } from '../statistics.js';
import type { Section } from './section.js';

export async function filtersSection(id: string, report: Report): Promise<Section> {
  const figure = await profileFigure(`${id}-profile`, report);
  const { saliency: { dead }, made: { model } } = report;
  const unvarying = dead.length > 0 &&
    ` ${plural(dead.length, 'filter')} of ${whole(model.filters)} never vary; they stand where they are and are never chosen.`;
  return {
    charts: [figure],
    html: html`<section><h2>Which filters are to blame</h2>
${figure.html}
<p class="how screen">Drag or use the arrow keys to move, the wheel or + and − to zoom, double-click or Home to see
everything; hovering names a filter.</p>
${filtersTable(report)}
<p class="how">How to read this: ${meaning(report)}
 Within each layer the filters fall from most to least salient; red are the ${whole(report.top.length)} in the table.${unvarying}</p>\
</section>`,
  };
}

/** What the numbers are, standardized or not. */
function meaning({ saliency: { standardized }, top, among, answer: { label }, made: { statistics } }: Report): Html {
  if (!standardized) {
    return html`a filter's saliency is the mean size of the loss's gradient over its weights. <strong>${NOT_STANDARDIZED}</strong> \
Statistics over other pictures, of <code>misfire profile</code>, tell what is unusual: give them with <code>--run</code> or \
<code>--stats</code>.`;
  }
  const over = statistics?.samples ? ` (over ${plural(statistics.samples, among ? 'picture' : 'other picture')})` : '';
  const standing = standingSentences({ samples: statistics?.samples ?? null, among, label: label.class, highest: top[0]?.saliency ?? 0 });
  return html`a filter's saliency is the mean size of the loss's gradient over its weights; standardized, it is how many
deviations that is above what is usual for this filter${over}. Filters far above 0 would have to change most unusually to mend \
this answer. ${standing.join(' ')}`;
}

function filtersTable({ top, saliency: { standardized } }: Report): Html {
  const kind = standardized ? 'standardized saliency' : 'saliency';
  const leaves = hasLeftOut(top);
  const headings = ['filter', 'index', 'saliency', ...(leaves ? ['left out'] : [])].map((text) =>
    html`<th scope="col" class="number">${text}</th>`
  );
  const rows = top.map((f) => {
    const numbers = [f.filter, f.index, f.saliency.toPrecision(4), ...(leaves ? [leftOutText(f)] : [])].map((v) =>
      html`<td class="number">${v}</td>`
    );
    return html`<tr><th scope="row">${f.layer}</th>${numbers}</tr>
`;
  });
  return html`<div class="scroll filters" tabindex="0" role="region" aria-label="The most salient filters">
<table><caption>The most salient filters, by ${kind}</caption>
<thead><tr><th scope="col">layer</th>${headings}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
