/** Neighbours as one page: an index of the mistakes by what was called what, and for each its neighbours and the filters they share. */
import { basename } from 'node:path';
import { locate } from '../../src/saliency/network.js';
import { sharedFilters, type SharedFilter } from '../../src/saliency/shared-filters.js';
import { percent, plural, whole } from '../../src/report/numbers.js';
import { glossary, PAPER } from '../../src/report/page/reader.js';
import type { Row } from '../../src/store/format.js';
import { facts } from '../shared/facts.js';
import { html, page, type Html } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import type { Result } from './show.js';

/** How many of a sample's filters count as its most salient. */
export const TOP = 10;
/** Queries that a page shows. */
const MOST = 200;
/** Filters and layers in the tables at the top. */
const LISTED = 12;

export interface NeighborsPageParts {
  /** The filters compared. */
  readonly among: Int32Array;
  readonly name: (label: number) => string;
  /** The most salient filters of a query, and of a neighbour. */
  readonly queryTop: ReadonlyMap<number, readonly number[]>;
  readonly neighborTop: ReadonlyMap<number, readonly number[]>;
  /** Data URIs of the queries' and the neighbours' pictures; null where there is none to show. */
  readonly queryPictures: ReadonlyMap<number, string | null>;
  readonly neighborPictures: ReadonlyMap<number, string | null>;
}

type Query = Result['queries'][number];

/** The queries a page shows: the first ones where there are very many. */
export const shownQueries = ({ queries }: Result): readonly Query[] => queries.slice(0, MOST);

export async function neighborsPage(result: Result, parts: NeighborsPageParts): Promise<string> {
  const { meta, run, against, k, candidates, adapter, wrongOnly, queries } = result;
  const { name } = parts;
  const shown = shownQueries(result);
  const title = `Which mistakes have the same filters to blame? ${basename(meta.model.file)}`;
  const left = queries.length - shown.length;
  const among = `${plural(candidates, wrongOnly ? 'mistake' : 'sample')} of ${against === null ? 'the same run' : basename(against)}`;
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${plural(queries.length, 'sample')} of ${
    basename(run)
  }, each with the ${k} of ${among} whose most salient filters are most \
alike: section 3.2 of ${PAPER}.${left > 0 && ` The page shows the first ${MOST}; --query asks for others.`}</p>
${glossary(['loss', 'salient', 'standardized'])}
<p class="how">How alike two are is the cosine of their standardized profiles: 1 is the same direction, 0 has nothing in common.</p>
<section id="index"><h2>Index</h2>
${index(shown, name)}</section>
<section><h2>What they share</h2>
${inCommon(result, shown, parts)}</section>
${shown.map((query) => querySection(query, result, parts))}
<section><h2>How this was made</h2>
${
    facts([['Run', basename(run), 'file'], ...(against === null ? [] : [['Looked among', basename(against), 'file'] as const]), ['Model',
      basename(meta.model.file), 'file'], ['Filters compared', whole(result.filters)], ['Computed on', adapter.description]])
  }</section>
</main>`;
  return page({ title, body, charts: [], style: STYLE + pictureRules(parts) });
}

/** The queries by label and prediction, the most frequent pair first. */
function index(queries: readonly Query[], name: (label: number) => string): Html {
  const pairs = new Map<string, Query[]>();
  for (const query of queries) {
    const { label, predicted } = query.row;
    const pair = `${label} ${predicted}`;
    pairs.set(pair, [...(pairs.get(pair) ?? []), query]);
  }
  const sorted = [...pairs.values()].sort((a, b) => b.length - a.length || a[0].row.id - b[0].row.id);
  return pageTable({
    caption: 'By what was called what',
    head: ['label and answer', 'how many', 'samples'],
    rows: sorted.map((
      own
    ) => [called(own[0].row, name), String(own.length), html`${own.map(({ row: { id } }) => html`<a href="#sample-${id}">${id}</a> `)}`]),
    words: [0, 2],
  });
}

const called = ({ label, predicted }: Row, name: (label: number) => string): string =>
  label === predicted ? `${name(label)}, named rightly` : `${name(label)}, called ${name(predicted)}`;

/** The filters and the layers that the most queries have among their most salient. */
function inCommon({ meta, filters }: Result, queries: readonly Query[], { among, queryTop }: NeighborsPageParts): Html {
  const { layers } = meta.model;
  const within = (list: ArrayLike<number>, { offset, filters: n }: (typeof layers)[number]): number =>
    Array.from(list).filter((f) => f >= offset && f < offset + n).length;
  const lists = queries.map(({ row }) => queryTop.get(row.id) ?? []);
  const common = sharedFilters(lists).slice(0, LISTED);
  const all = lists.flat();
  const byLayer = layers.map((layer) => ({ layer, count: within(all, layer) }))
    .filter(({ count }) => count > 0).sort((a, b) => b.count - a.count).slice(0, LISTED);
  const filterTable = pageTable({
    caption: `Filters that are among the ${TOP} most salient of the most samples`,
    head: ['filter', 'samples', 'share', 'by chance'],
    rows: common.map((
      { filter, samples }
    ) => [filterName(layers, filter), String(samples), percent(samples / queries.length), percent(Math.min(1, TOP / filters))]),
    words: [0],
  });
  const layerTable = pageTable({
    caption: `Layers in which their ${TOP} most salient filters lie`,
    head: ['layer', 'filters', 'share', 'by chance'],
    rows: byLayer.map((
      { layer, count }
    ) => [layer.name, String(count), percent(count / all.length), percent(within(among, layer) / filters)]),
    words: [0],
  });
  return html`<div class="beside">${filterTable}${layerTable}</div>`;
}

/** A query, its neighbours, and what they have in common. */
function querySection({ row, neighbors, same: copies, blank }: Query, { meta }: Result, parts: NeighborsPageParts): Html {
  const { name, queryTop, neighborTop } = parts;
  const own = queryTop.get(row.id) ?? [];
  const common = neighbors.map((n) => neighborTop.get(n.row.id) ?? []);
  const shared = own.map((filter): SharedFilter => ({ filter, samples: common.filter((list) => list.includes(filter)).length }))
    .filter(({ samples }) => samples > 0).sort((a, b) => b.samples - a.samples || own.indexOf(a.filter) - own.indexOf(b.filter));
  const filters = shared.map(({ filter, samples }) => `${filterName(meta.model.layers, filter)} (${samples})`).join(', ');
  const same = neighbors.filter((n) => n.row.label === row.label && n.row.predicted === row.predicted).length;
  const items = neighbors.map(({ row: near, similarity }) =>
    html`<li>${thumbnail('n', near, parts.neighborPictures, name)}<span>${name(near.label)}</span>
${
      near.label === near.predicted
        ? html`<span class="good">named rightly</span>`
        : html`<span class="mark">called ${name(near.predicted)}</span>`
    }
<span class="quiet">${near.id}, ${similarity.toFixed(3)}</span></li>
`
  );
  return html`<section id="sample-${row.id}"><h2>${called(row, name)}</h2>
<div class="query"><div>${thumbnail('q', row, parts.queryPictures, name)}
<p class="how">Sample ${row.id}, <span class="file">${row.path}</span>. <a href="#index">Index</a></p></div>
<ol class="near">${items}</ol></div>
${
    blank && html`<p class="how">The network is sure of this picture: its profile is almost zero, as that of every sure picture, so these \
say nothing.</p>
`
  }${
    copies.length > 0 && html`<p class="how">Left out, being the same picture under another name: \
${copies.map(({ id, path }) => `${id} (${path})`).join(', ')}.</p>
`
  }<p class="how">${same} of ${plural(neighbors.length, 'neighbour')} ${same === 1 ? 'has' : 'have'} the same label and answer. \
${
    shared.length > 0 ?
      `Of its ${own.length} most salient filters they share (how many neighbours): ${filters}.` :
      'They share none of its '
      + `${own.length} most salient filters.`
  }</p></section>
`;
}

const filterName = (layers: Result['meta']['model']['layers'], index: number): string => {
  const { layer, filter } = locate(layers, index);
  return `${layer.name}:${filter}`;
};

/** A picture stands in the page once, however often it is shown. */
function thumbnail(kind: 'q' | 'n', row: Row, uris: ReadonlyMap<number, string | null>, name: (label: number) => string): Html {
  return uris.get(row.id)
    ? html`<span class="thumb ${kind}${row.id}" role="img" aria-label="Sample ${row.id}: ${called(row, name)}"></span>`
    : html`<span class="file">${row.path}</span>`;
}

function pictureRules({ queryPictures, neighborPictures }: NeighborsPageParts): string {
  const rule = (kind: string) => ([id, uri]: readonly [number, string | null]): string =>
    uri ? `.${kind}${id} { background-image: url(${uri}); }\n` : '';
  return [...[...queryPictures].map(rule('q')), ...[...neighborPictures].map(rule('n'))].join('');
}

const STYLE = `
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 2rem; }
.beside .scroll { min-width: 0; }
.thumb {
  display: block; width: 7rem; height: 7rem; background: center / contain no-repeat; image-rendering: pixelated;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; margin-bottom: .3rem;
}
.query { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 1rem 1.5rem; align-items: start; }
.query .how { margin: .25rem 0; }
.near {
  list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 1rem; padding: 0; margin: 0;
  max-width: none;
}
.near li { font-size: .88rem; line-height: 1.35; min-width: 0; } .near li > span:not(.thumb) { display: block; }
@media (max-width: 30rem) { .query { grid-template-columns: minmax(0, 1fr); } }
@media print { section { break-inside: avoid; } }
`;
