/** Trained networks of one task as a page: how far they disagree, and what each blames where they do. */
import { html, type Html } from '../page/html.js';
import { PAPER } from '../page/reader.js';
import { pageTable } from '../page/table.js';
import { confidence, plural, whole } from '../numbers.js';
import { fileName, withoutPlace } from '../words.js';
import { agreementLines, modelNames, shareText, type ModelsReport, type ShownDifference } from './models.js';

/** What the page holds; the command puts it into its frame. */
export interface ModelsPage {
  readonly title: string;
  readonly body: Html;
  readonly data: unknown;
}

/** Filters told of each network. */
const TOLD = 5;

export function modelsPage(report: ModelsReport, name: (label: number) => string): ModelsPage {
  const { models, measures, agreement, k, pictures, shown, adapter, version, data } = report;
  const names = modelNames(models.map(({ path }) => ({ path: withoutPlace(path) })));
  const title = `${plural(models.length, 'network')}, ${plural(pictures.length, 'picture')}: what is luck, and what is shared`;
  const pairs = pageTable({
    caption: 'Pair by pair',
    head: ['networks', 'churn', 'total variation', 'pd_sym of the label', 'mistakes shared', 'kappa', 'both wrong', 'same wrong class'],
    rows: measures.pairs.map((
      { models: [a, b], measures: m }
    ) => [`${names[a]}, ${names[b]}`, shareText(m.churn), m.total_variation.toFixed(4), m.pd_sym.toFixed(4), m.mistakes_shared.toFixed(3),
      m.error_kappa.toFixed(3), whole(m.both_wrong), shareText(m.same_wrong, 0)]
    ),
    words: [0],
  });
  const own = pageTable({ caption: 'Each network', head: ['network', 'wrong answers', 'filters', 'layers'],
    rows: models.map(({ filters, layers }, m) => [names[m], shareText(measures.error[m]), whole(filters), whole(layers)]), words: [0] });
  const explanations = agreement.map((pair) => {
    const lines = agreementLines(pair, k);
    const [a, b] = pair.models;
    return lines.length > 0 && html`<h3>${names[a]} and ${names[b]}</h3><ul>${
      lines.map((line) =>
        html`<li>${line}</li>
`
      )
    }</ul>`;
  });
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">All networks call ${shareText(measures.unanimous)} of the pictures the same. ${sharedSentence(report, names)}</p>
${own}
${pairs}
<p class="how">Churn: the share of pictures that two networks call by another class. Total variation: half the sum over classes of the \
difference of their confidences. Mistakes shared: of the pictures that either gets wrong, the share that both do; kappa is 0 where \
they share no more than chance would.</p>
<section><h2>Do they blame alike?</h2>
<p class="how">Filters have no common names in two trainings. What can be compared is which pictures a network blames alike (the ${k} \
nearest by the cosine of standardized profiles) and in which layers a picture stands out (layer shape).</p>
${explanations}</section>
${differences(shown, names, name)}
<section><h2>How it was made</h2><dl><dt>Data</dt><dd class="file">${
    data.map(withoutPlace).join(', ')
  }</dd><dt>Computed on</dt><dd>${adapter}</dd>
<dt>Version</dt><dd>misfire ${version}</dd><dt>Blamed filters and maps</dt><dd>the method of ${PAPER}; statistics are of each network over \
these pictures</dd></dl></section>
</main>`;
  const { pictures: _, shown: __, ...numbers } = report;
  return { title, body, data: { ...numbers, models: models.map((m, i) => ({ ...m, path: names[i] })), data: data.map(withoutPlace) } };
}

function sharedSentence({ measures: { pairs } }: ModelsReport, names: readonly string[]): string {
  if (pairs.length !== 1) return '';
  const [{ models: [a, b], measures: m }] = pairs;
  return `Of the mistakes that ${names[a]} or ${names[b]} makes, ${shareText(m.mistakes_shared)} are of both: the others are one ` +
    "network's own luck.";
}

function differences(shown: readonly ShownDifference[], names: readonly string[], name: (label: number) => string): Html | false {
  return shown.length > 0 && html`<section><h2>Where they differ most</h2>
<p class="how">Pictures on which networks give different answers, those first whose confidences are furthest apart. Under each network the \
filters that stand out most, and the pixels that set them off.</p>
${shown.map((picture) => difference(picture, names, name))}</section>`;
}

function difference({ id, path, label, uri, answers, blamed }: ShownDifference, names: readonly string[],
  name: (label: number) => string): Html {
  const file = fileName(path);
  const seen = uri ? `--seen: url(${uri})` : '';
  const columns = answers.map((answer, m) => {
    const { map, top } = blamed[m];
    const right = answer.predicted === label;
    const filters = top.slice(0, TOLD).map((f) =>
      html`<li>${f.layer} <span class="quiet">filter ${f.filter}, ${f.saliency.toPrecision(3)}</span></li>
`
    );
    return html`<div><p><b>${names[m]}</b>: <span class="${right ? 'good' : 'mark'}">${name(answer.predicted)}</span> \
(${confidence(answer.confidence)}); the label gets ${confidence(answer.labelConfidence)}</p>
${
      map && html`<figure><div class="on-grey"><img class="over" src="${map}" width="160" height="160" \
alt="What sets off the filters that ${names[m]} blames, over the picture in grey"></div></figure>`
    }
${
      top.length > 0 && top[0].saliency > 0
        ? html`<ol>${filters}</ol>`
        : html`<p class="quiet">No filter is above its mean: the network has hardly any gradient here and blames none.</p>`
    }</div>
`;
  });
  const picture = uri ? html`<img src="${uri}" width="160" height="160" alt="${file}">` : html`<span class="file">${file}</span>`;
  return html`<article class="maps pixels" style="${seen}"><h3>${name(label)} <span class="quiet">(${id}, ${file})</span></h3>
<div class="differ"><div>${picture}</div>${columns}</div></article>
`;
}

/** Rules beside those of every page and of reports. */
export const MODELS_STYLE = `
.differ { display: grid; grid-template-columns: 10rem repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); gap: 1rem 1.5rem; }
.differ img { display: block; width: 10rem; height: 10rem; object-fit: contain; image-rendering: pixelated; }
.differ .on-grey { width: 10rem; }
@media (max-width: 30rem) { .differ { grid-template-columns: 1fr; } }
`;
