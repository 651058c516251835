/** Two models over the same pictures as a page, with the pictures that one gets right and the other wrong. */
import type { AnswerPair } from '../../src/saliency/compare.js';
import { share, verdictOf, type ComparedRow, type ComparisonResult } from '../../src/report/comparison.js';
import { confidence, plural, whole } from '../../src/report/numbers.js';
import { PAPER } from '../../src/report/page/reader.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { fileName, withoutPlace } from '../../src/report/words.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { html, page, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';

/** Pictures shown of each list; changed.csv has every one. */
const SHOWN = 60;

/** Runs as a page that is sent away names them, told apart where that leaves one name. */
function sentRuns(result: ComparisonResult): ComparisonResult {
  const [a, b] = result.runs;
  const [first, second] = [withoutPlace(a.run), withoutPlace(b.run)];
  const names = first === second && a.run !== b.run ? [`${first} (first)`, `${second} (second)`] : [first, second];
  return { ...result, runs: [{ ...a, run: names[0] }, { ...b, run: names[1] }] };
}

/** Throws nothing where a picture cannot be read any more: its file name stands in its place. */
export async function comparePage(found: ComparisonResult, pictures: StoredRun, name: (k: number) => string): Promise<string> {
  const result = sentRuns(found);
  const { runs: [a, b], comparison: c, alone } = result;
  const title = `${a.model} and ${b.model}: ${plural(c.samples, 'picture')}`;
  const accuracy = pageTable({
    caption: 'Accuracy, with exact 95 % intervals',
    head: ['run', 'model', 'right', 'pictures', 'accuracy'],
    rows: [a, b].map(({ run, model }, k) => [run, model, whole(c.right[k]), whole(c.samples), share(c.accuracy[k])]),
    words: [0, 1],
  });
  const counts = pageTable({
    caption: 'Picture by picture',
    head: ['', `${b.run} right`, `${b.run} wrong`],
    rows: [[`${a.run} right`, whole(c.bothRight), `${whole(c.broken.length)} broken`], [`${a.run} wrong`, `${whole(c.fixed.length)} fixed`,
      `${whole(c.bothWrong)}, ${whole(c.sameMistake)} with the same answer`]],
    words: [0],
  });
  const left = alone[0] + alone[1] > 0 &&
    html`<p class="how">Left out, since the other run has not got them: ${whole(alone[0])} of ${a.run}, ${whole(alone[1])} of ${b.run}.</p>
`;
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${verdictOf(result).join(' ')}</p>
${accuracy}
${counts}
<p class="how">Fixed: wrong in ${a.run}, right in ${b.run}; broken is the reverse. McNemar's exact test asks whether as many were fixed as \
broken; below 0.05 the difference counts as decided.</p>
${left}
${await list('Fixed', c.fixed, result, pictures, name)}
${await list('Broken', c.broken, result, pictures, name)}
${classes(result, name)}
<p class="how">Which filters a mistake is blamed on, <code>misfire explain --run</code> says by the method of ${PAPER}.</p>
</main>`;
  const { fixed: _, broken: __, ...numbers } = c;
  return page({ title, body, data: { runs: result.runs, alone, ...numbers }, charts: [], style: REPORT_STYLE });
}

async function list(heading: string, pairs: readonly AnswerPair<ComparedRow>[], { runs: [a, b] }: ComparisonResult, run: StoredRun,
  name: (k: number) => string): Promise<Html> {
  const items = await Promise.all(pairs.slice(0, SHOWN).map(async ([x, y]) => {
    const uri = await run.picture(x).then((picture) => encodePicture(picture, 'thumbnail'), () => null);
    const file = fileName(x.path);
    const shown = uri === null ? html`<span class="file">${file}</span>` : html`<img src="${uri}" alt="${file}" title="${x.path}">`;
    const answer = (run: string, { predicted, label, confidence: sure }: ComparedRow): Html =>
      html`<span><span class="${predicted === label ? 'good' : 'mark'}">${name(predicted)}</span> <span class="quiet">${confidence(sure)}, \
${run}</span></span>`;
    return html`<li>${shown}<span>${name(x.label)} <span class="quiet">(${x.id})</span></span> ${answer(a.run, x)} ${answer(b.run, y)}</li>
`;
  }));
  const all = pairs.length > SHOWN && html`<p class="how">The first ${SHOWN} of ${whole(pairs.length)}; changed.csv has them all.</p>
`;
  const none = pairs.length === 0 && html`<p>None.</p>
`;
  return html`<section><h2>${heading}: ${whole(pairs.length)}</h2>
${none}${all}<ol class="neighbors">${items}</ol></section>`;
}

function classes({ runs: [a, b], comparison }: ComparisonResult, name: (k: number) => string): Html {
  const rows = [...comparison.classes].sort((x, y) => (x.fixed - x.broken) - (y.fixed - y.broken) || x.label - y.label)
    .map((k) => [name(k.label), whole(k.samples), share(k.accuracy[0]), share(k.accuracy[1]), whole(k.fixed), whole(k.broken)]);
  return html`<section><h2>Class by class</h2>
<p class="how">From the class that lost most to the one that won most. Of many classes some change by chance: an interval is of its own \
class alone.</p>
${
    pageTable({ caption: 'Accuracy of each class', head: ['class', 'pictures', a.run, b.run, 'fixed', 'broken'], rows, words: [0] })
  }</section>`;
}
