/** What `misfire study` says: each claim, what was found, and whether it is borne out. */
import { basename } from 'node:path';
import type { Claim, Verdict } from '../../src/saliency/experiments/claims.js';
import { table } from '../../src/report/text-table.js';
import { csvTable } from '../../src/report/csv.js';
import { facts } from '../shared/facts.js';
import { spread } from '../../src/report/numbers.js';
import { html, page, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import type { FinetuneResult } from '../finetune/show.js';
import type { MaskResult } from '../mask/show.js';
import type { PruneResult } from '../prune/show.js';

export interface StudyResult {
  readonly run: string;
  readonly test: string;
  readonly model: string;
  readonly mistakes: number;
  /** How many the network has. */
  readonly filters: number;
  readonly version: string;
  readonly adapter: { readonly description: string; readonly software: boolean };
  readonly claims: readonly Claim[];
}

/** The experiments, in the folders beside the page. */
export interface StudyParts {
  readonly prune: PruneResult;
  readonly finetune: FinetuneResult;
  readonly mask: MaskResult;
}

const WORDS: Readonly<Record<Verdict, string>> = { holds: 'holds', contradicted: 'the other way round', undecided: 'not decided' };

export function textOf({ run, mistakes, claims }: StudyResult): string {
  const lines = [`${run}: ${mistakes} mistakes; means and differences in % with 95 % bootstrap intervals`];
  for (const [{ section, claim, paper }, own] of byClaim(claims)) {
    lines.push('', `${section}  ${claim}${paper ? ` (the paper: ${paper})` : ''}`, ...table([
      ['  ', 'salient', 'other', 'difference', ''],
      ...own.map((c) => [`  ${c.measured}`, spread(c.salient), spread(c.other), spread(c.difference), WORDS[c.verdict]]),
    ], [1, 2, 3]));
  }
  return `${lines.join('\n')}\n`;
}

export function* jsonOf(result: StudyResult): Generator<string> {
  yield `${JSON.stringify({ command: 'study', ...result }, null, 1)}\n`;
}

/** One line per comparison. */
export function csvOf({ claims }: StudyResult): Generator<string> {
  const heading = ['section', 'claim', 'measured', 'paper',
    ...['salient', 'other', 'difference'].flatMap((n) => [n, `${n}_low`, `${n}_high`]), 'verdict'];
  return csvTable(heading, claims, (c) => {
    const numbers = [c.salient, c.other, c.difference].flatMap((interval) => [interval.mean, interval.low, interval.high]);
    return [[c.section, c.claim, c.measured, c.paper ?? '', ...numbers, c.verdict]];
  });
}

/** The page, with links to those of the three experiments in the folders beside it. */
export async function studyPage(result: StudyResult, { prune, finetune, mask }: StudyParts): Promise<string> {
  const { run, test, model, mistakes, claims, adapter, version } = result;
  const count = (v: Verdict) => claims.filter((c) => c.verdict === v).length;
  const claimSections = [...byClaim(claims)].map(([{ section, claim, paper }, comparisons]) =>
    html`<section><h2>${claim}</h2>
<p class="how">Section ${section}${paper ? `; the paper reports ${paper}` : ''}.</p>
${claimTable(comparisons)}</section>`
  );
  const origin = facts([['Run', run, 'file'], ['Neighbours and accuracy from', test, 'file'], ['Model', model, 'file'], ['Computed on',
    adapter.description], ['misfire', version]]);
  const body = html`<main>
<h1>Does blaming filters hold up? ${basename(model)}</h1>
<p class="lead">The experiments of sections 3.1 to 3.4 of Levin et al. (arXiv 2108.01335) on ${mistakes} mistakes: of \
${claims.length} comparisons, those that bear the paper's claim out are ${count('holds')}, those that go the other way round \
${count('contradicted')}, and those that decide nothing ${count('undecided')}.</p>
<p class="how">Each line compares the filters (or pixels) the method blames with others, mistake by mistake. Numbers are in \
points of a hundred, with the middle 95 % of bootstrap resamples of the mistakes. A claim holds where the whole interval of the \
difference lies on its side of 0; a claim that two things are the same, where the whole interval lies within 5 points of 0.</p>
${claimSections}
<section><h2>The experiments</h2>
<ul><li><a href="prune/page.html">Turning filters off</a>: ${prune.samples.length} mistakes, all counts and controls, and the \
damage to right samples</li>
<li><a href="finetune/page.html">Tuning filters</a>: ${finetune.samples.length} mistakes, the sweep of step lengths, \
neighbours, accuracy</li>
<li><a href="mask/page.html">Masking pixels</a>: ${mask.analysis.samples} mistakes, all shares and fills</li></ul>
${origin}</section>
</main>`;
  return page({ title: `Does blaming filters hold up? ${basename(model)}`, body, data: result, charts: [] });
}

function claimTable(comparisons: readonly Claim[]): Html {
  return pageTable({
    head: ['compared', 'salient', 'other', 'difference', 'the claim'],
    rows: comparisons.map((c) => [c.measured, spread(c.salient), spread(c.other), spread(c.difference), WORDS[c.verdict]]),
    words: [0, 4],
  });
}

/** Comparisons of one claim together, in their order. */
function byClaim(claims: readonly Claim[]): Map<Claim, Claim[]> {
  const first = new Map<string, Claim>();
  const found = new Map<Claim, Claim[]>();
  for (const c of claims) {
    const key = `${c.section} ${c.claim}`;
    const head = first.get(key) ?? c;
    first.set(key, head);
    found.set(head, [...(found.get(head) ?? []), c]);
  }
  return found;
}
