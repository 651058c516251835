/** A run as one page: accuracy class by class, what is called what, the worst mistakes, and where their filters lie. */
import { basename } from 'node:path';
import { confusionBlock, type ConfusionBlock } from '../../src/saliency/confusion-block.js';
import type { ClassCount, Confusion, GroupProfile, LayerShare } from '../../src/saliency/summary.js';
import { curvesSpec, layersSpec, standardizedCurves } from '../../src/report/figures/summary.js';
import { confidence, percent, plural, whole } from '../../src/report/numbers.js';
import { glossary, PAPER } from '../../src/report/page/reader.js';
import { SUSPECT_CAUTION, type SuspectRow } from '../../src/report/suspects.js';
import type { Meta, Row } from '../../src/store/format.js';
import { facts } from '../shared/facts.js';
import { chart, html, page, type Chart, type Html } from '../shared/page.js';
import { folded, pageTable } from '../shared/page-table.js';

/** Classes of a matrix that still is read at a glance, classes listed by accuracy, confusions and suspects listed, mistakes shown. */
const BLOCK = 20, CLASSES = 20, CONFUSIONS = 20, SUSPECTS = 20;
export const WORST = 12;

export interface SummaryPageParts {
  readonly meta: Meta;
  readonly run: string;
  readonly name: (label: number) => string;
  readonly counts: readonly ClassCount[];
  readonly confusions: readonly Confusion[];
  /** Empty where the run has no saliency. */
  readonly profiles: readonly GroupProfile[];
  readonly shares: readonly LayerShare[] | null;
  /** How many filters of a mistake count as its most salient. */
  readonly top: number;
  /** The mistakes with the largest loss, falling, with their pictures. */
  readonly worst: readonly { readonly row: Row; readonly picture: string | null }[];
  /** Labels that may be wrong, by falling loss; null where that is not known. */
  readonly suspects: readonly SuspectRow[] | null;
}

export async function summaryPage(parts: SummaryPageParts): Promise<string> {
  const { meta, run, name, counts, confusions, worst, suspects } = parts;
  const samples = counts.reduce((n, c) => n + c.samples, 0), right = counts.reduce((n, c) => n + c.right, 0);
  const charts = await figures(parts);
  const title = `What the network gets wrong: ${basename(meta.model.file)}`;
  const wrong = confusions.length > 0;
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${plural(samples, 'sample')} of ${basename(run)}: ${whole(right)} named rightly\
${samples > 0 && ` (${percent(right / samples, 2)})`}, ${whole(samples - right)} wrongly.</p>
${charts.length > 0 ? glossary(['loss', 'salient', 'standardized']) : glossary(['loss'])}
${
    wrong && html`<section><h2>What is called what</h2>
${matrix(confusionBlock(counts, confusions, BLOCK), name)}
${confusionTable(confusions, name)}</section>`
  }
<section><h2>Accuracy of each class</h2>
${accuracies(counts, name)}</section>
${
    worst.length > 0 && html`<section><h2>The worst mistakes</h2>
<p class="how">Those with the largest loss: the network is surest of another class.${
      suspects === null && ' Look here first for wrong labels.'
    }</p>
<div class="worst">${worst.map((mistake) => card(mistake, name))}</div></section>`
  }
${suspects && suspects.length > 0 && suspectSection(suspects, name)}
${
    charts.length > 0 && html`<section><h2>Which filters are to blame</h2>
${charts.map((c) => c.html)}
<p class="how">How to read this: layers stand from left to right, each as wide as the others; in each the filters fall. Bands run from \
the 10th to the 90th percentile of the samples. An axis goes by powers of ten where a few filters would flatten all others.</p></section>`
  }
<section><h2>How this was made</h2>
<p class="how">The method is that of ${PAPER}. Every number stands in the tables (CSV) beside this page.</p>
${
    facts([['Run', basename(run), 'file'], ['Model', basename(meta.model.file), 'file'], ['Computed on', meta.adapter.description], [
      'misfire',
      meta.version,
    ]])
  }</section>
</main>`;
  return page({ title, body, charts, style: STYLE });
}

async function figures({ meta: { model: { layers }, aggregation }, profiles, shares, top }: SummaryPageParts): Promise<Chart[]> {
  if (profiles.length === 0) return [];
  const raw = aggregation === 'mean-abs' ? 'mean |gradient of the loss|' : '|mean gradient of the loss|';
  const size = { height: 300 };
  const groups = profiles.map(({ group, samples }) => `${group} (${samples})`).join(', ');
  const standardized = standardizedCurves(profiles);
  return [
    ...(shares
      ? [await chart('layers', { ...size, ...layersSpec(shares, `share of the ${top} most salient filters`) }, {
        title: `Layers of the ${top} most salient filters of each mistake`,
        description: 'Bars: their share; dashes: what chance would give. Most are in '
          + `${[...shares].sort((a, b) => b.share - a.share).slice(0, 3).map((s) => `${s.layer.name} (${percent(s.share)})`).join(', ')}.`,
      })]
      : []),
    ...(standardized.length > 0
      ? [
        await chart('figure2', { ...size,
          ...curvesSpec(layers, standardized.map((p) => ({ ...p, curve: p.standardized })), 'saliency in standard deviations') }, {
          title: 'Standardized saliency of every filter, averaged over samples',
          description: `Curves of the samples ${groups}.`,
        }),
      ]
      : []),
    await chart('figure1', { ...size, ...curvesSpec(layers, profiles.map((p) => ({ ...p, curve: p.raw })), raw) }, {
      title: 'Saliency of every filter, averaged over samples',
      description: `Curves of the samples ${groups}.`,
    }),
  ];
}

/** Rows are labels and columns answers; the stronger the colour, the larger the part of the row. */
function matrix({ classes, whole: all, counts, outside }: ConfusionBlock, name: (label: number) => string): Html {
  const others = counts.some((row) => row[classes.length] > 0);
  const columns = others ? [...classes.map(name), 'any other'] : classes.map(name);
  const rows = classes.map((label, i) => {
    const total = counts[i].reduce((sum, n) => sum + n, 0);
    const cells = columns.map((_, j) => {
      const n = counts[i][j];
      return html`<td class="${i === j ? 'right' : 'wrong'}" style="--share: ${total > 0 ? (n / total).toFixed(3) : 0}">${n || ''}</td>`;
    });
    return html`<tr><th scope="row">${name(label)}</th>${cells}</tr>
`;
  });
  const caption = all ? 'Label (rows) and answer (columns)' : `The ${classes.length} classes of the most frequent confusions`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="matrix"><caption>${caption}</caption>
<thead><tr><td></td>${columns.map((text) => html`<th scope="col"><span>${text}</span></th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
<p class="how">Rows are labels, columns what the network says: blue is right, red is wrong, the stronger the larger the part of the row.\
${!all && ` ${plural(outside, 'mistake')} of other labels ${outside === 1 ? 'is' : 'are'} not in it.`}</p>`;
}

function confusionTable(confusions: readonly Confusion[], name: (label: number) => string): Html {
  const rows = confusions.map(({ label, predicted, count, ofLabel }) => [name(label), name(predicted), whole(count), percent(ofLabel)]);
  const table = (caption: string, shown: string[][]) =>
    pageTable({ caption, head: ['label', 'called', 'count', 'of the label'], rows: shown, words: [0, 1] });
  return folded(`The most frequent confusions${rows.length > CONFUSIONS ? `, ${CONFUSIONS} of ${whole(rows.length)}` : ''}`,
    table('The most frequent confusions', rows.slice(0, CONFUSIONS)));
}

/** The lowest first; of very many the lowest, how many lie in each tenth, and all of them folded up. */
function accuracies(counts: readonly ClassCount[], name: (label: number) => string): Html {
  const share = ({ samples, right }: ClassCount): number => right / samples;
  const rising = [...counts].sort((a, b) => share(a) - share(b) || b.samples - a.samples || a.label - b.label);
  const table = (caption: string, own: readonly ClassCount[]) =>
    pageTable({
      caption,
      head: ['class', 'right', 'samples', 'accuracy', ''],
      rows: own.map((
        c
      ) => [name(c.label), whole(c.right), whole(c.samples), percent(share(c)),
        html`<span class="meter" aria-hidden="true"><span style="width: ${(100 * share(c)).toFixed(1)}%"></span></span>`]
      ),
      words: [0, 4],
    });
  if (rising.length <= CLASSES) return table('Accuracy of each class, lowest first', rising);
  const tenths = Array.from({ length: 10 }, (_, k) => rising.filter((c) => Math.min(9, Math.floor(10 * share(c))) === k).length);
  return html`${table(`The ${CLASSES} classes with the lowest accuracy, of ${whole(rising.length)}`, rising.slice(0, CLASSES))}
${
    pageTable({
      caption: 'How many classes have which accuracy',
      head: ['accuracy', 'classes', ''],
      rows: tenths.map((n,
        k) => [`${10 * k} to ${10 * (k + 1)} %`, whole(n),
        html`<span class="meter" aria-hidden="true"><span style="width: ${((100 * n) / Math.max(...tenths)).toFixed(1)}%"></span></span>`]
      ),
      words: [0, 2],
    })
  }
${folded('Every class', table('Accuracy of each class, lowest first', rising))}`;
}

function card({ row, picture }: SummaryPageParts['worst'][number], name: (label: number) => string): Html {
  const { id, path, label, predicted, confidence: sure, labelConfidence, loss } = row;
  const title = `${name(label)}, called ${name(predicted)}`;
  return html`<figure>${picture && html`<img src="${picture}" alt="Sample ${id}: ${title}">`}<figcaption>${title}</figcaption>
<p class="how">${confidence(sure)} sure; ${confidence(labelConfidence)} for the label; loss ${loss.toPrecision(3)}. Sample ${id}, \
<span class="file">${path}</span></p></figure>
`;
}

function suspectSection(suspects: readonly SuspectRow[], name: (label: number) => string): Html {
  const more = suspects.length > SUSPECTS ? `, the ${SUSPECTS} with the greatest loss of ${whole(suspects.length)}` : '';
  const rows = suspects.slice(0, SUSPECTS).map(({ row: { id, path, label, predicted, confidence: sure, loss }, agreeing, neighbors }) => [
    String(id),
    html`<span class="file">${path}</span>`,
    name(label),
    name(predicted),
    confidence(sure),
    loss.toPrecision(3),
    `${agreeing} of ${neighbors}`,
  ]);
  return html`<section><h2>Labels that may be wrong</h2>
<p class="how">The network gives the label hardly any probability, and the rightly named pictures with the most similar saliency are of \
the class it says; ${SUSPECT_CAUTION}.</p>
${
    pageTable({ caption: `${plural(suspects.length, 'label')} that may be wrong${more}`,
      head: ['sample', 'picture', 'label', 'called', 'confidence', 'loss', 'neighbours'], rows, words: [1, 2, 3] })
  }</section>`;
}

const STYLE = `
.matrix td { text-align: right; padding: .25rem .4rem; min-width: 2rem; border-bottom: 1px solid var(--line); }
.matrix thead th { vertical-align: bottom; padding: .25rem .4rem; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 12rem; font-weight: normal; }
.matrix tbody th { white-space: nowrap; max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
.matrix .right { background: rgb(47 128 200 / calc(.5 * var(--share))); }
.matrix .wrong { background: rgb(214 69 61 / calc(.6 * var(--share))); }
.matrix td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.meter { display: block; width: 8rem; height: .7rem; margin-top: .35rem; background: var(--raised); }
.meter span { display: block; height: 100%; background: var(--good); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr)); gap: 1.25rem; }
.worst figure { margin: 0; min-width: 0; } .worst .how { margin: .2rem 0; }
.worst img { width: 7rem; height: 7rem; object-fit: contain; image-rendering: pixelated; }
`;
