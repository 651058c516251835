/** Whether traces help, told: sentences by rule, a table, CSV, and a page with examples. */
import { METHODS } from '../../attribution/methods.js';
import type { Interval } from '../../saliency/bootstrap.js';
import { COLUMNS, decided as decidedOver, LEAST_PICTURES, type Column, type Evaluation } from '../../spade/evaluation.js';
import { VARIANTS, type Variant } from '../../spade/evaluate.js';
import { csvTable } from '../csv.js';
import { percent, plural, points, spread } from '../numbers.js';
import { html, type Html } from '../page/html.js';
import { page } from '../page/page.js';
import { PAPER } from '../page/reader.js';
import { fittedTable, hanging } from '../text-table.js';

export interface EvaluationResult {
  readonly model: string;
  /** What the pictures are, and which of their pixels are known. */
  readonly data: string;
  readonly settings: { readonly views: number; readonly preset: string; readonly sparsity: string; readonly seed: number;
    readonly steps: number; readonly limeSamples: number };
  /** The mean share of views that keep the dense network's class. */
  readonly viewsKept: number;
  readonly adapter: string;
  readonly evaluation: Evaluation;
}

/** A picture on the page, with maps of the dense network and of the trace, as data URIs. */
export interface EvaluationExample {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly picture: string;
  readonly maps: readonly { readonly method: string; readonly dense: string; readonly trace: string }[];
}

const CALLED: Readonly<Record<Variant, string>> = { dense: 'the network itself', trace: "the picture's own trace",
  magnitude: 'the largest weights', random: 'random weights', other: "another picture's trace" };
/** Of the text's and the page's first table, in percentage points. */
const SHOWN: readonly Column[] = ['dense', 'trace', 'trace - dense', 'magnitude', 'random', "other's trace", "trace - other's", 'dense 5x5',
  'trace 5x5', 'trace 5x5 - dense 5x5'];
const CAUSAL_SHOWN: readonly Column[] = ['insertion, dense', 'insertion, trace - dense', "insertion, trace - other's", 'deletion, dense',
  'deletion, trace - dense', "deletion, trace - other's"];

const titleOf = (row: string): string => METHODS.find((m) => m.name === row)?.title ?? row;
const isDifference = (column: Column): boolean => column.includes(' - ');
const cellOf = (column: Column, interval: Interval): string => (isDifference(column) ? spread(interval) : points(interval.mean));

/** What was found, said plainly: each sentence by a rule on intervals. */
export function evaluationSentences({ evaluation, viewsKept }: EvaluationResult): string[] {
  const { agree, pictures, rows: { mean } } = evaluation;
  const decided = (interval: Interval) => decidedOver(interval, pictures);
  const gain = mean['trace - dense'];
  const help =
    { 1: 'finds the known pixels better than the network itself', [-1]: 'finds them worse than the network itself',
      0: 'is not told from the network itself' }[decided(gain)];
  const own =
    { 1: 'more than that of another picture', [-1]: 'less than that of another picture',
      0: 'no more than that of another picture: what it does is not shown to be of this picture' }[decided(mean["trace - other's"])];
  const smoothing = mean['dense 5x5'].mean - mean.dense.mean;
  const better = smoothing > gain.mean ? 'more than traces do' : 'less than traces do';
  const insertion = decided(mean['insertion, trace - dense']), deletion = decided(mean['deletion, trace - dense']);
  const causal = { 1: 'rises', [-1]: 'falls', 0: 'is not told apart' };
  return [
    ...(pictures < LEAST_PICTURES ? [`Of ${plural(pictures, 'picture')} nothing can be told: look at ${LEAST_PICTURES} at least.`] : []),
    `Over the methods, the trace ${help}: ${spread(gain)} points of AUC.`,
    `Its own trace does ${own} (${spread(mean["trace - other's"])}).`,
    `Averaging the network's own map over 5 x 5 pixels brings ${points(smoothing)} points, ${better}.`,
    `The trace names the network's class in ${percent(agree.trace.mean, 0)} of the pictures ` +
    `[${percent(agree.trace.low, 0)}, ${percent(agree.trace.high, 0)}]` +
    `${agree.trace.mean < 0.9 ? ': elsewhere it explains another answer' : ''}; ${percent(viewsKept, 0)} of the views keep it.`,
    `Asked of the network itself, insertion ${causal[insertion]} (${spread(mean['insertion, trace - dense'])}) and deletion ` +
    `${causal[deletion]} (${spread(mean['deletion, trace - dense'])}) with the trace's maps; better is higher insertion, lower deletion.`,
  ];
}

function rowsOf({ evaluation }: EvaluationResult, columns: readonly Column[]): string[][] {
  return Object.entries(evaluation.rows).map(([row, cells]) => [titleOf(row), ...columns.map((column) => cellOf(column, cells[column]))]);
}

/** For a terminal. */
export function evaluationText(result: EvaluationResult): string {
  const { evaluation: { pictures }, data } = result;
  const tables = [SHOWN, CAUSAL_SHOWN].map((columns) =>
    fittedTable([['method', ...columns], ...rowsOf(result, columns)], columns.map((_, k) => k + 1)).join('\n')
  );
  const said = evaluationSentences(result).map((text) => hanging(`- ${text}`).join('\n')).join('\n');
  return `${plural(pictures, 'picture')}: ${data}\n\nAUC of the known pixels, in percent\n${tables[0]}\n\n` +
    `Insertion and deletion on the network itself, in percent\n${tables[1]}\n\n${said}\n`;
}

/** Every number: a line for each row and column. */
export function evaluationCsv({ evaluation }: EvaluationResult): Iterable<string> {
  const columns = Object.keys(COLUMNS) as Column[];
  return csvTable(['method', 'measure', 'mean', 'low', 'high'], Object.entries(evaluation.rows),
    ([row, cells]) => columns.map((column) => [row, column, cells[column].mean, cells[column].low, cells[column].high]));
}

/** The page. */
export function evaluationPage(result: EvaluationResult, examples: readonly EvaluationExample[]): Promise<string> {
  const { model, data, evaluation: { pictures, agree }, settings: { views, preset, sparsity, seed, steps, limeSamples }, adapter } = result;
  const title = `Do traces of ${model} help?`;
  const tableOf = (caption: string, columns: readonly Column[]): Html => {
    const cell = (text: string, column: Column, interval: Interval) =>
      html`<td class="number">${
        isDifference(column) && decidedOver(interval, pictures) !== 0 ? html`<strong>${text} *</strong>` : text
      }</td>`;
    const body = Object.entries(result.evaluation.rows).map(([row, cells]) =>
      html`<tr><th scope="row">${titleOf(row)}</th>${columns.map((c) => cell(cellOf(c, cells[c]), c, cells[c]))}</tr>
`
    );
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr><th scope="col">method</th>${columns.map((c) => html`<th scope="col" class="number">${c}</th>`)}</tr></thead>
<tbody>${body}</tbody></table></div>`;
  };
  const agreed = VARIANTS.map((v) =>
    html`<dt>${CALLED[v]}</dt><dd>${percent(agree[v].mean, 0)} [${percent(agree[v].low, 0)}, ${percent(agree[v].high, 0)}]</dd>
`
  );
  const shown = examples.map(({ name, width, height, picture, maps }) => {
    const images = maps.map(({ method, dense, trace }) =>
      html`<figure><div class="shown"><img src="${dense}" width="${width}" height="${height}" alt="${method} on the network">
<img src="${trace}" width="${width}" height="${height}" alt="${method} on the trace"></div><figcaption>${method}</figcaption></figure>
`
    );
    return html`<h3>${name}</h3><div class="examples"><figure><div class="shown"><img src="${picture}" width="${width}" height="${height}" \
alt="${name}"></div><figcaption>the picture</figcaption></figure>${images}</div>
`;
  });
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${plural(pictures, 'picture')}: ${data}.</p>
<div class="conclusion">${evaluationSentences(result).map((text) => html`<p>${text}</p>`)}</div>
<p class="how">A trace is the network with most of its weights removed, solved anew for one picture, so that its other uses do not blur \
what is drawn. AUC is the chance that a known pixel scores above another one. Beside the trace stand other networks that are as sparse and \
know nothing of the picture, and smoothing alone. Which filters a mistake is blamed on is another question: ${PAPER}.</p>
<section><h2>Do the maps find the known pixels?</h2>
${tableOf('AUC of the known pixels, in percent', SHOWN)}
<p class="how">In brackets 95 % intervals of paired differences, bootstrapped over pictures. A star and bold mark a difference whose \
interval does not hold 0.</p></section>
<section><h2>Insertion and deletion</h2>
${tableOf('On the network itself, in percent', CAUSAL_SHOWN)}
<p class="how">The probability of the network’s class as pixels are put into a blurred copy, or replaced by the mean colour, highest score \
first, in ${plural(steps, 'step')}: areas under the curves.</p></section>
<section><h2>Whose class is explained?</h2>
<dl>${agreed}</dl>
<p class="how">The share of pictures for which each gives the network’s class. All maps are of that class.</p></section>
${
    shown.length > 0 && html`<section><h2>Pictures and maps</h2>
<p class="how">Left the map on the network, right on the picture’s trace; each on its own scale from black to light yellow.</p>
${shown}</section>`
  }
<section><h2>How it was made</h2><dl><dt>model</dt><dd class="file">${model}</dd><dt>views</dt><dd>${views}, ${preset}</dd>
<dt>sparsity</dt><dd>${sparsity}</dd><dt>LIME</dt><dd>${plural(limeSamples, 'sample')}</dd><dt>seed</dt><dd>${seed}</dd>
<dt>computed on</dt><dd>${adapter}</dd></dl></section>
</main>`;
  return page({ title, body, data: result, charts: [], style: STYLE });
}

const STYLE = `
.conclusion { border-left: 4px solid var(--quiet); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
.conclusion p { margin: .25rem 0; }
.examples { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
`;
