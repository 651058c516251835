/** The page of a study: the claims and what became of them, with the experiments as its chapters. */
import { basename } from 'node:path';
import type { Claim, Verdict } from '../../src/saliency/experiments/claims.js';
import { forest, tally, VERDICTS } from '../../src/report/figures/forest.js';
import { plural, spread } from '../../src/report/numbers.js';
import { glossary, PAPER } from '../../src/report/page/reader.js';
import { againstOf, CHAPTERS, forestGroups, quantityOf, READ } from '../experiment/chapter.js';
import { facts } from '../shared/facts.js';
import { html, page, type Html } from '../shared/page.js';
import { difference, folded, MARKED, pageTable } from '../shared/page-table.js';
import type { FinetuneResult } from '../finetune/show.js';
import type { MaskResult } from '../mask/show.js';
import type { PruneResult } from '../prune/show.js';
import { byClaim, type StudyResult } from './show.js';

/** The experiments, in the folders beside the page. */
export interface StudyParts {
  readonly prune: PruneResult;
  readonly finetune: FinetuneResult;
  readonly mask: MaskResult;
}

/** A dot for each comparison, in the order of the page. */
const DOTS: Readonly<Record<Verdict, string>> = { holds: '●', contradicted: '◆', undecided: '○' };

export async function studyPage(result: StudyResult, { prune, finetune, mask }: StudyParts): Promise<string> {
  const { run, test, model, mistakes, claims, adapter, version } = result;
  const grouped = [...byClaim(claims)];
  const counts: Readonly<Record<string, number>> = { '3.1': prune.groups.wrong?.samples ?? 0, '3.3': finetune.samples.length,
    '3.4': mask.analysis.samples };
  const overview = grouped.map(([{ section, claim }, own], k) => {
    const dots = own.map(({ verdict }) => html`<span class="${verdict}">${DOTS[verdict]}</span>`);
    return html`<tr><th scope="row"><a href="#claim-${k + 1}">${claim}</a> <span class="quiet">${section}</span></th>
<td><span class="dots" aria-hidden="true">${dots}</span> <span class="values">${tally(own.map((c) => c.verdict))}</span></td></tr>
`;
  });
  const sections = grouped.map(([{ section, claim, paper }, own], k) =>
    html`<section id="claim-${k + 1}"><h2>${claim}</h2>
<p class="how">Section ${section}${paper ? `; the paper reports ${paper}` : ''}.</p>
${forestGroups(own, plural(counts[section], 'mistake')).map(forest)}
${folded('In numbers', claimTable(claim, own))}</section>`
  );
  const origin = facts([['Run', basename(run), 'file'], ['Neighbours and accuracy from', basename(test), 'file'], ['Model', basename(model),
    'file'], ['Computed on', adapter.description], ['misfire', version]]);
  const title = `Does blaming filters hold up? ${basename(model)}`;
  const body = html`<nav class="chapters" aria-label="The study"><ul><li aria-current="page">The study</li>\
<li><a href="prune/page.html">${CHAPTERS.prune}</a></li><li><a href="finetune/page.html">${CHAPTERS.finetune}</a></li>\
<li><a href="mask/page.html">${CHAPTERS.mask}</a></li></ul></nav>
<main>
<h1>${title}</h1>
<p class="lead">The experiments of sections 3.1 to 3.4 of ${PAPER}, on ${mistakes} mistakes. \
Of ${claims.length} comparisons with controls, ${tally(claims.map((c) => c.verdict))}.</p>
${glossary(['loss', 'salient', 'standardized', 'controls'])}
<section><h2>What it comes to</h2>
<div class="scroll" tabindex="0" role="region" aria-label="The paper's claims"><table class="claims">
<thead><tr><th scope="col">the paper's claim, and its section</th><th scope="col">against each control</th></tr></thead>
<tbody>${overview}</tbody></table></div>
<p class="how">● holds, ◆ goes the other way round, ○ is not decided. About one comparison in twenty comes out decided by chance alone.</p>
${READ}
<p class="how">A claim that two things are the same holds where the whole line lies within 5 percentage points of 0.</p></section>
${sections}
<section><h2>The experiments</h2>
<ul><li><a href="prune/page.html">${CHAPTERS.prune}</a>: ${prune.samples.length} mistakes, all counts and controls, and the \
damage to right samples</li>
<li><a href="finetune/page.html">${CHAPTERS.finetune}</a>: ${finetune.samples.length} mistakes, the sweep of step lengths, \
neighbours, accuracy</li>
<li><a href="mask/page.html">${CHAPTERS.mask}</a>: ${mask.analysis.samples} mistakes, all shares and fills</li></ul>
${origin}</section>
</main>`;
  const data = { ...result, run: basename(run), test: basename(test), model: basename(model) };
  return page({ title, body, data, charts: [] });
}

function claimTable(caption: string, comparisons: readonly Claim[]): Html {
  return html`<p class="how">Percent, differences in percentage points, with 95 % intervals. ${MARKED}</p>
${
    pageTable({
      caption,
      head: ['measured', 'compared with', 'most salient', 'other', 'difference', 'the claim'],
      rows: comparisons.map((
        c
      ) => [quantityOf(c), againstOf(c), spread(c.salient), spread(c.other), difference(c.difference), VERDICTS[c.verdict]]),
      words: [0, 1, 5],
    })
  }`;
}
