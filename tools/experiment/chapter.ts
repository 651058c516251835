/** The page of an experiment: what it comes to, one figure, three mistakes, and everything else folded up. */
import { basename } from 'node:path';
import type { Claim } from '../../src/saliency/experiments/claims.js';
import { forest, tally, type ForestGroup } from '../../src/report/figures/forest.js';
import { plural } from '../../src/report/numbers.js';
import { glossary, PAPER, type Word } from '../../src/report/page/reader.js';
import { facts, type Fact } from '../shared/facts.js';
import { html, page, type Chart, type Html } from '../shared/page.js';
import { CURVE_NAMES, FILL_NAMES, PIXEL_NAMES } from './choices.js';

/** The pages of a study, in the folders beside each other. */
export const CHAPTERS = { prune: 'Turning filters off', finetune: 'Tuning filters', mask: 'Masking pixels' } as const;
export type ChapterName = keyof typeof CHAPTERS;

export interface ChapterText {
  /** What stands before the model's name in the title. */
  readonly title: string;
  readonly model: string;
  /** The question, and what it was asked of. */
  readonly lead: Html;
  readonly words: readonly Word[];
  /** What was measured against controls; none where there was nothing to compare. */
  readonly compared: readonly ForestGroup[];
  /** Seen at once, where there is one. */
  readonly figure: Chart | null;
  readonly examples: Html | null;
  /** The rest, folded or not. */
  readonly more: Html;
  readonly charts: readonly Chart[];
  readonly how: Html;
  readonly facts: readonly Fact[];
  readonly data: unknown;
  /** Which chapter of a study it is; null where it stands alone. */
  readonly chapter: ChapterName | null;
}

export async function chapterPage(text: ChapterText): Promise<string> {
  const { title, model, lead, words, compared, figure, examples, more, charts, how, data, chapter } = text;
  const heading = `${title}: ${basename(model)}`;
  const verdicts = compared.flatMap(({ comparisons }) => comparisons.map((c) => c.verdict));
  const conclusion = verdicts.length > 0 &&
    html`<section><h2>What it comes to</h2>
<p>Of ${plural(verdicts.length, 'comparison')} with controls, ${tally(verdicts)}.</p>
${READ}
${compared.map(forest)}</section>`;
  const body = html`${chapter ? chapters(chapter) : ''}<main>
<h1>${heading}</h1>
<p class="lead">${lead}</p>
${glossary(words)}
${conclusion}
${
    figure && html`<section><h2>In one figure</h2>
${figure.html}</section>`
  }
${examples}
${more}
<section><h2>How this was measured</h2>
${how}
<p class="how">The method and the experiment are those of ${PAPER}.</p>
${facts(text.facts)}</section>
</main>`;
  return page({ title: heading, body, data, charts: figure ? [figure, ...charts] : charts });
}

/** How a forest plot is read. */
export const READ = html`<p class="how">How to read this: a point is the mean difference between the most salient choice and its control, \
mistake by mistake, and the line its 95 % bootstrap interval (where all mistakes answer the same, the exact one). A claim holds \
(filled, blue) where the whole line lies on its side of 0, \
goes the other way round (red) where it lies on the other, and is not decided (empty circle) where the line crosses 0. The small \
number beside a control is what was measured with it.</p>`;

/** Claims of one quantity together, in their order; each is of `n` answers. */
export const forestGroups = (claims: readonly Claim[], n: string): ForestGroup[] => byQuantity(claims).map((group) => ({ ...group, n }));

export function byQuantity(claims: readonly Claim[]): Omit<ForestGroup, 'n'>[] {
  const groups = new Map<string, Claim[]>();
  for (const claim of claims) {
    const key = `${claim.side} ${quantityOf(claim)}`;
    groups.set(key, [...(groups.get(key) ?? []), claim]);
  }
  return [...groups.values()].map((own) => ({ quantity: quantityOf(own[0]), salient: own[0].salient, side: own[0].side,
    comparisons: own.map((claim) => ({ ...claim, with: againstOf(claim) })) })
  );
}

/** In words, with what masked pixels were filled with. */
export const quantityOf = ({ quantity, fill }: Claim): string => (fill ? `${quantity}, filled with ${FILL_NAMES[fill]}` : quantity);

export const againstOf = ({ section, against }: Claim): string =>
  section === '3.4' && (against === 'random' || against === 'shifted')
    ? PIXEL_NAMES[against]
    : against in CURVE_NAMES
    ? CURVE_NAMES[against as keyof typeof CURVE_NAMES]
    : against;

function chapters(current: ChapterName): Html {
  const links = (Object.keys(CHAPTERS) as ChapterName[]).map((name) =>
    name === current
      ? html`<li aria-current="page">${CHAPTERS[name]}</li>`
      : html`<li><a href="../${name}/page.html">${CHAPTERS[name]}</a></li>`
  );
  return html`<nav class="chapters" aria-label="The study"><ul><li><a href="../page.html">The study</a></li>${links}</ul></nav>
`;
}
