/** The sections of one report, in their order. `id` sets several reports in one page apart. */
import type { Chart } from './page/chart.js';
import { html, type Html } from './page/html.js';
import { answerFigure, maskedFigure, offFigure, profileFigure } from './figures.js';
import type { PixelStep, Report } from './data.js';
import { mapsSection } from './maps.js';
import type { ReportPictures } from './pictures.js';
import { changesTable, filtersTable } from './tables.js';
import { fileName, isMistake, percent, plural, whole } from './words.js';

export interface Section {
  readonly html: Html;
  readonly charts: readonly Chart[];
}

export async function sections(id: string, report: Report, pictures: ReportPictures): Promise<Section> {
  const mistake = isMistake(report);
  const { predicted, label, loss } = report.answer;
  const parts: Section[] = [
    { html: mapsSection(id, report, pictures), charts: [] },
    await answerSection(id, report),
    await profileSection(id, report),
    await offSection(id, report),
    ...(report.masked ? [await maskedSection(id, report, report.masked)] : []),
    ...(report.neighbors ? [neighborsSection(report, pictures)] : []),
    provenance(report),
  ];
  return {
    charts: parts.flatMap((p) => p.charts),
    html: html`<p class="lead"><span class="file">${fileName(report.input)}</span> is called <strong class="${
      mistake ? 'mark' : 'good'
    }">${predicted.name}</strong> (${percent(predicted.probability)})${
      mistake ? html` and should be <strong class="good">${label.name}</strong> (${percent(label.probability)})` : ', which is its label'
    }; loss ${loss.toPrecision(4)}.</p>
<div class="conclusion"><p>${report.conclusion.slice(1).join(' ')}</p></div>
${parts.map((p) => p.html)}`,
  };
}

async function answerSection(id: string, report: Report): Promise<Section> {
  const figure = await answerFigure(`${id}-answer`, report);
  const { label, top } = report.answer;
  const beyond = top.length > 1 && label.probability < top[top.length - 2].probability && top[top.length - 1].class === label.class;
  return {
    charts: [figure],
    html: html`<section><h2>What it said, and what it should have said</h2>
${figure.html}
<p class="how">How to read this: the bars are the network's confidences (softmax). ${
      isMistake(report) ? 'Red is its answer and blue the label' : 'Blue is its answer, which is the label'
    }${
      beyond && top.length > 5 ? ', which is not among its five most probable classes and stands last' : ''
    }; grey are other classes.</p></section>`,
  };
}

async function profileSection(id: string, report: Report): Promise<Section> {
  const figure = await profileFigure(`${id}-profile`, report);
  const { saliency: { standardized, dead }, made: { statistics, model } } = report;
  return {
    charts: [figure],
    html: html`<section><h2>Which filters are to blame</h2>
${figure.html}
<p class="how screen">Drag or use the arrow keys to move, the wheel or + and − to zoom, double-click or Home to see everything; hovering names a filter.</p>
${filtersTable(report)}
<p class="how">How to read this: ${
      standardized
        ? html`a filter's saliency is the mean size of the loss's gradient over its weights; standardized, it is how many deviations that is above what is usual for this filter${
          statistics?.samples ? html` (over ${whole(statistics.samples)} other pictures)` : ''
        }. Filters far above 0 would have to change most unusually to mend this answer.`
        : "a filter's saliency is the mean size of the loss's gradient over its weights. Without statistics over other pictures, filters that always have large gradients stand high: give --stats to see what is unusual."
    }
 Within each layer the filters fall from most to least salient; red are the ${whole(report.top.length)} in the table.${
      dead.length > 0
        ? ` ${plural(dead.length, 'filter')} of ${whole(model.filters)} never vary; they stand where they are and are never chosen.`
        : ''
    }</p></section>`,
  };
}

async function offSection(id: string, report: Report): Promise<Section> {
  const figure = await offFigure(`${id}-off`, report);
  const { draws } = report.made.settings;
  return {
    charts: [figure],
    html: html`<section><h2>What happens when they are turned off</h2>
${figure.html}
${changesTable(report, 'filters off', report.off, (s) => whole(s.count))}
<p class="how">How to read this: the solid lines have the most salient filters turned off (their channels are exactly zero), the dashed ones as many random filters, on average over ${
      plural(draws, 'draw')
    }; the bands reach from the least to the greatest of the draws. If the filters named above are to blame, the solid lines move and the dashed ones do not.</p></section>`,
  };
}

async function maskedSection(id: string, report: Report, steps: readonly PixelStep[]): Promise<Section> {
  const figure = await maskedFigure(`${id}-masked`, report);
  return {
    charts: [figure],
    html: html`<section><h2>What happens when the pixels are covered</h2>
${figure.html}
${changesTable(report, 'pixels covered', steps, (s) => `${100 * (s as PixelStep).share} % (${whole(s.count)})`)}
<p class="how">How to read this: the most salient pixels of the map are replaced by the data set's mean colour, and as many random pixels for comparison. Scattered random pixels also disturb a network, so what tells is the difference between the lines.</p></section>`,
  };
}

function neighborsSection({ neighbors, answer }: Report, pictures: ReportPictures): Section {
  const { run, candidates, found } = neighbors!;
  return {
    charts: [],
    html: html`<section><h2>Other mistakes with the same filters to blame</h2>
<ol class="neighbors">${
      found.map((n, k) => {
        const uri = pictures.neighbors[k];
        return html`<li>${uri ? html`<img src="${uri}" alt="${fileName(n.path)}">` : html`<span class="file">${fileName(n.path)}</span>`}
<span>${n.labelName}</span> <span class="mark">called ${n.predictedName}</span> <span class="quiet">${n.similarity.toFixed(3)}</span></li>`;
      })
    }</ol>
<p class="how">How to read this: of ${
      plural(candidates, 'other mistake')
    } in ${run}, these have the profiles most like this one (cosine similarity, most alike first; 1 is the same direction). Each is shown with its label and what the network calls it${
      answer.label.class === answer.predicted.class
        ? ''
        : html`; pictures that are ${answer.label.name} called ${answer.predicted.name} share this mistake`
    }.</p></section>`,
  };
}

function provenance({ input, map, made }: Report): Section {
  const { model, statistics, adapter, settings, pictureShape } = made;
  const rows: [string, string][] = [
    ['Picture', `${input}, prepared as ${pictureShape.join(' × ')}`],
    ['Model', `${model.file}, ${plural(model.filters, 'filter')} in ${plural(model.layers.length, 'layer')}`],
    ['SHA-256 of the model', model.sha256],
    ['Statistics', statistics
      ? `${statistics.file}${statistics.samples === null ? '' : `, over ${plural(statistics.samples, 'sample')}`}`
      : 'none: saliency is not standardized'],
    ['Aggregation', made.aggregation],
    ...(map
      ? [
        ['Map',
          `gradient of the cosine distance to the profile with ${plural(map.boosted.length, 'filter')} boosted ${
            whole(map.boost)
          } times; the distance is ${map.distance.toPrecision(4)}`] as [string, string],
      ]
      : []),
    ['Random controls', `${plural(settings.draws, 'draw')}, seed ${settings.seed}`],
    ['Adapter', `${adapter.description}${adapter.software ? ' (software)' : ''}`],
    ['Made with', `misfire ${made.version}`],
  ];
  return {
    charts: [],
    html: html`<section><h2>How this was made</h2>
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="how">Every number on this page is also in it as JSON, in the element with the id “data”. The method is parameter-space saliency (Levin et al., arXiv 2108.01335).</p></section>`,
  };
}
