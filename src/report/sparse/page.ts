/** A path of sparse layers as a page: how it was fitted, figures, the choice, ablation, the chosen layer class by class. */
import type { Chart } from '../page/chart.js';
import { html, type Html } from '../page/html.js';
import { ablationHead, ablationRows, choiceSentences, PATH_HEAD, pathRows, type SparseTables } from './tables.js';

/** Features of a class that the page lists; weights.csv has all. */
const LISTED = 12;

/** The page's body; `pageTable` draws a table. */
export function sparseBody({ result, weights, name }: SparseTables, charts: readonly Chart[], pageTable: (
  t: { caption: string; head: readonly string[]; rows: readonly (readonly string[])[]; words: readonly number[] }
) => Html): Html {
  const { problem: { alpha, group, loss, solver, tolerance, classes, features: p }, path, chosen, train, held, constant } = result;
  const layer = path[chosen];
  const rows = Array.from({ length: classes }, (_, c) => {
    const used = Array.from({ length: p }, (_, j) => j).filter((j) => weights[c * p + j] !== 0)
      .sort((x, y) => Math.abs(weights[c * p + y]) - Math.abs(weights[c * p + x]) || x - y);
    const list = used.slice(0, LISTED).map((j) => `${j} (${weights[c * p + j] > 0 ? '+' : ''}${weights[c * p + j].toFixed(2)})`).join(', ');
    return [name(c), String(used.length), `${list}${used.length > LISTED ? ', ...' : ''}`];
  });
  return html`<main>
<h1>Sparse decision layers: ${(layer.nonzeros.reduce((s, v) => s + v, 0) / classes).toFixed(1)} of ${p} features per class</h1>
<p class="lead">${choiceSentences(result).join(' ')}</p>
<p class="how">Fitted to ${train.samples} rows, tried on ${held.samples} held samples; ${loss}, alpha ${alpha}${group ? ', grouped' : ''}, \
${solver}. Each layer's KKT residual is the certificate that it is the minimiser: at most ${tolerance} of lambda alpha was asked for. \
Accuracy on the training rows says nothing about new pictures: the network was trained on them.\
${constant.length > 0 && ` ${constant.length} features never vary and have weight 0.`}</p>
${charts.map((c) => c.html)}
${pageTable({ caption: 'The path (* the chosen layer)', head: PATH_HEAD, rows: pathRows(result), words: [] })}
${
    pageTable({ caption: 'Held accuracy with the k largest weights of each class alone, and with all others alone',
      head: ablationHead(result), rows: ablationRows(result), words: [] })
  }
<p class="how">A layer that rests on few features keeps its accuracy with them and falls to chance without them.</p>
${pageTable({ caption: 'The chosen layer: features of each class by weight', head: ['class', 'weights', 'features'], rows, words: [0, 2] })}
<p class="how">After Wong, Santurkar and Madry, Leveraging Sparse Linear Layers for Debuggable Deep Networks (2021).</p>
</main>`;
}
