/** The picture with the maps over it: one at a time under a slider where scripts run, side by side in print and without them. */
import type { Report } from '../data.js';
import { html, trusted, type Html } from '../page/html.js';
import { OWN_MAP, type ReportPictures } from '../pictures.js';
import { plural, whole } from '../numbers.js';
import { fileName } from '../words.js';
import type { Section } from './section.js';

/** Opacity of the map to begin with, in per cent. */
const OPACITY = 45;
/** Wider pictures are shown smoothly, smaller ones with their pixels visible. */
const SMOOTH = 128;

export function mapsSection(id: string, report: Report, pictures: ReportPictures): Section {
  const { width, height, picture, maps } = pictures;
  const size = trusted(`width="${width}" height="${height}"`);
  const base = `The picture ${fileName(report.input)} as the network saw it`;
  const over = maps.map(({ name, uri }, k) => {
    const hidden = k > 0 && trusted(' data-hidden');
    const text = described(name, report);
    return html`<figure class="over" data-map="${name}"${hidden}><img src="${uri}" ${size} alt="Map, ${text}: bright where it is strong">\
<figcaption>${text}</figcaption></figure>
`;
  });
  return {
    charts: [],
    html: html`<section><h2>${maps.length > 0 ? 'Which pixels matter' : 'The picture'}</h2>
<div class="maps ${width < SMOOTH ? 'pixels' : ''}" id="${id}-maps">
<div class="stack"><figure class="base"><img src="${picture}" ${size} alt="${base}"><figcaption>as the network saw it</figcaption></figure>
${over}</div>
${maps.length > 0 && controls(id, report, maps.map(({ name }) => name))}
</div>
${maps.length > 0 && meaning(report)}</section>`,
  };
}

/** The slider, and the choice where there are several maps. */
function controls(id: string, report: Report, names: readonly string[]): Html {
  const choices = names.map((name, k) => {
    const checked = k === 0 && trusted(' checked');
    return html`<label><input type="radio" name="${id}-map" value="${name}"${checked}> ${described(name, report)}</label>
`;
  });
  return html`<form class="screen" aria-label="The map over the picture">
<p><label for="${id}-opacity">Map over picture</label><br><input type="range" id="${id}-opacity"
min="0" max="100" step="5" value="${OPACITY}" aria-valuetext="${OPACITY} %"> <output for="${id}-opacity">${OPACITY} %</output></p>
${names.length > 1 && html`<fieldset><legend>Which map</legend>${choices}</fieldset>`}
</form>`;
}

function meaning({ map, comparisons }: Report): Html {
  const own = map &&
    html`The map of this method is the gradient, by pixel, of the distance between the profile and the same profile with the \
${blamed(map)} boosted ${whole(map.boost)} times: changing a bright pixel changes most how much these filters stand out. `;
  const others = comparisons.length > 0 &&
    'The others are maps of the answer itself and know nothing of filters; they are there to compare. ';
  return html`<p class="how">How to read this: bright pixels are those that matter most. ${own}${others}\
Colours go from the least value to the greatest but for the brightest half per cent, in each map by itself.</p>`;
}

const described = (name: string,
  { map }: Report): string => (name === OWN_MAP && map ? `${OWN_MAP}: what sets the ${blamed(map)} off` : name);

const blamed = ({ boosted, salient }: NonNullable<Report['map']>): string =>
  plural(boosted.length, salient ? 'most salient filter' : 'chosen filter');
