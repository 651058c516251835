/** The picture, and beside it each map over the picture in grey, with what it is the gradient of. */
import { METHODS } from '../../attribution/methods.js';
import type { Report } from '../data.js';
import { INFERNO } from '../colors.js';
import { html, trusted, type Html } from '../page/html.js';
import { OWN_MAP, type ReportPictures } from '../pictures.js';
import { plural, whole } from '../numbers.js';
import { className, fileName } from '../words.js';
import type { Section } from './section.js';

/** Opacity of the maps to begin with, in per cent. */
const OPACITY = 65;
/** Wider pictures are shown smoothly, smaller ones with their pixels visible. */
const SMOOTH = 128;
/** Colours of the bar, which a browser runs together. */
const STOPS = 16;

/** From the least to the greatest, as `heatmap` draws a linear map. */
const BAR = Array.from({ length: STOPS + 1 }, (_, k) => `rgb(${INFERNO[Math.round((k * 255) / STOPS)].join(' ')})`).join(', ');

export function mapsSection(id: string, report: Report, pictures: ReportPictures): Section {
  const { width, height, picture, maps } = pictures;
  const size = trusted(`width="${width}" height="${height}"`);
  const beside = maps.some(({ name }) => name.endsWith(TRACED));
  const base = `The picture ${fileName(report.input)} as the network saw it`;
  const figure = (name: string, uri: string): Html => {
    const [title, of] = [titleOf(name, beside), gradientOf(name, report)];
    return html`<figure data-map="${name}"><div class="on-grey">\
<img class="over" src="${uri}" ${size} alt="Map over the picture in grey. ${title}: ${of}"></div>
<figcaption><b>${title}</b>: ${of}</figcaption></figure>
`;
  };
  const drawn = ([first, ...more]: typeof maps): Html =>
    more.length === 0
      ? figure(first.name, first.uri)
      : html`<div class="beside">${[first, ...more].map((m) => figure(m.name, m.uri))}</div>`;
  const own = maps.find(({ name }) => name === OWN_MAP);
  const others = maps.filter((map) => map !== own);
  const shown = html`<div class="pair"><figure><img src="${picture}" ${size} alt="${base}"><figcaption><b>The picture</b>, as the network \
saw it</figcaption></figure>
${own && figure(own.name, own.uri)}</div>`;
  const compared = others.length > 0 && html`<h3>Maps of the answer, to compare</h3>
<p class="how">They say what the answer hangs on and know nothing of filters.</p>
<div class="others">${besideEach(others).map(drawn)}</div>`;
  return {
    charts: [],
    html: html`<section><h2>${maps.length > 0 ? 'Which pixels matter' : 'The picture'}</h2>
<div class="maps ${width < SMOOTH ? 'pixels' : ''}" id="${id}-maps" style="--seen: url(${picture}); --bar: ${BAR}">
${shown}
${maps.length > 0 && scale(id)}
${compared}
</div></section>`,
  };
}

/** What the colours mean, and how strong they are over the grey. */
const scale = (id: string): Html =>
  html`<div class="scale"><div class="bar" role="img"
aria-label="The colours of the maps, from black over purple and orange to light yellow"></div>
<p class="ends"><span>matters least</span><span>matters most</span></p></div>
<form class="screen" aria-label="The maps over the picture">
<label for="${id}-opacity">Map over picture</label> <input type="range" id="${id}-opacity"
min="0" max="100" step="5" value="${OPACITY}" aria-valuetext="${OPACITY} %"> <output for="${id}-opacity">${OPACITY} %</output>
</form>
<p class="how">How to read this: each map has its own scale, from its least value to its greatest; the highest half per cent of its pixels
all have the last colour.</p>`;

const TRACED = ' on the trace';
/** What a map of an attribution method is called that was made on a trace of the network. */
export const onTrace = (method: string): string => `${method}${TRACED}`;

/** The attribution method that made a map, and whether on a trace. */
function attributed(name: string): { method: (typeof METHODS)[number]; traced: boolean } | null {
  const traced = name.endsWith(TRACED);
  const method = METHODS.find((m) => m.name === (traced ? name.slice(0, -TRACED.length) : name));
  return method ? { method, traced } : null;
}

/** Each map with that of the same method on a trace after it, where there is one. */
function besideEach<M extends { readonly name: string }>(maps: readonly M[]): M[][] {
  return maps.flatMap((map) => {
    if (map.name.endsWith(TRACED)) return [];
    return [[map, ...maps.filter(({ name }) => name === onTrace(map.name))]];
  });
}

/** With `beside`, maps on a trace stand beside those on the network. */
function titleOf(name: string, beside: boolean): string {
  const found = attributed(name);
  if (found) return `${found.method.title}${found.traced ? TRACED : beside ? ' on the network' : ''}`;
  return name === OWN_MAP ? 'What sets these filters off' : name;
}

/** What a map is the gradient of, with respect to the picture's pixels. */
function gradientOf(name: string, report: Report): string {
  const { map, answer: { predicted, label }, comparedOf } = report;
  const score = comparedOf === 'loss' ? `the loss against ${label.name}` : `the logit of ${predicted.name}`;
  switch (name) {
    case OWN_MAP:
      return `the gradient of the distance between the profile and the profile with ${map ? `the ${blamed(map)}` : 'some filters'} made ` +
        `${map ? `${whole(map.boost)} times as large` : 'larger'}. Changing a bright pixel changes most how far these filters stand out.`;
    case 'gradient':
      return `the gradient of ${score}.`;
    case 'gradient x input':
      return `the gradient of ${score}, times the picture.`;
    case 'SmoothGrad':
      return `the gradient of ${score}, averaged over noisy copies of the picture.`;
    case 'integrated gradients':
      return `the gradient of ${score}, averaged on the way from the mean colour to the picture, times the picture.`;
    case 'Grad-CAM':
      return `the last feature maps, weighed with the gradient of the logit of ${predicted.name}, and enlarged.`;
    default: {
      const found = attributed(name);
      if (!found) return `a map of ${score}.`;
      const { method: { says, source }, traced } = found;
      const of = report.attributed === undefined ? predicted.name : className(report, report.attributed);
      return `of the logit of ${of}${traced ? " in the network's trace of this picture" : ''}: ${says} (${source}).`;
    }
  }
}

const blamed = ({ boosted, salient }: NonNullable<Report['map']>): string =>
  plural(boosted.length, salient ? 'most salient filter' : 'chosen filter');
