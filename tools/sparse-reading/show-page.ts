/** A sparse layer to browse: classes, features, pictures. */
import { featureName } from '../../src/report/sparse-reading/about.js';
import { CLASS_HEAD, classRows, predictabilityText, type ShowResult } from '../../src/report/sparse-reading/show.js';
import { plural } from '../../src/report/numbers.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import type { ClassListing } from '../../src/sparse/reading/listing.js';
import { SQUARES } from '../../src/sparse/reading/maps.js';
import { html, page, type Html } from '../shared/page.js';
import { folded, pageTable } from '../shared/page-table.js';
import type { FeatureLooks, Look } from './looks.js';
import type { OpenedReading } from './open.js';
import { lead, sentAbout, SOURCE } from './shared-page.js';

/** Features of a class in sight; the others are folded. */
const OPEN = 10;
const STYLE = `
.looks { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 1rem; list-style: none; padding: 0; }
ol.looks { max-width: none; }
.looks li { min-width: 0; font-size: .88rem; line-height: 1.35; }
.looks li > span { display: block; overflow-wrap: anywhere; }
.looks img { display: block; width: 7rem; height: 7rem; object-fit: contain; image-rendering: pixelated; margin-bottom: .3rem; }
section.feature, section.class { border-top: 1px solid var(--line); padding-top: .5rem; }
section:target { background: var(--raised); }
.classes a { display: inline-block; padding: .15rem 0; }
`;

export function showPage(result: ShowResult, looks: readonly FeatureLooks[], opened: OpenedReading): Promise<string> {
  const { name, held } = opened;
  const title = 'What each class rests on';
  const shown = new Set(looks.map((l) => l.listing.feature));
  const predictable = predictabilityText(result);
  const body = html`<main>
<h1>${title}</h1>
${lead(opened)}
${predictable !== null && html`<p>${predictable}</p>`}
<nav class="classes" aria-label="Classes"><h2>Classes</h2>
<ul>${
    result.classes.map((c) =>
      html`<li><a href="#class-${c.class}">${name(c.class)}</a>: ${plural(c.features.length, 'feature')}</li>
`
    )
  }</ul></nav>
${result.classes.map((c) => classSection(c, shown, opened))}
<h2>Features</h2>
<p class="how">${
    plural(looks.length, 'feature')
  } with the largest weights, of ${result.features.length} that the layer uses. For each: the \
pictures that excite it most${
    held.run === null ? ' (rows of the arrays)' : ''
  }, or least where its largest weight is negative. The first image \
is the picture as the network sees it; the second its exact map, the gradient of the feature with respect to each pixel (the greatest \
absolute value over the colours); the third, for the first two, what covering each of ${SQUARES} x ${SQUARES} squares with the mean colour \
takes from the feature. These are squares and no superpixels, and nothing is fitted to them: it is not LIME.</p>
${looks.map((l) => featureSection(l, opened))}
${SOURCE}
</main>`;
  return page({ title, body, data: { about: sentAbout(opened), predictability: result.predictability }, charts: [],
    style: REPORT_STYLE + STYLE });
}

function classSection(listing: ClassListing, shown: ReadonlySet<number>, { names, name }: OpenedReading): Html {
  const rows = classRows(listing, names).map(([feature, ...rest], k): (string | Html)[] => {
    const { feature: j } = listing.features[k];
    return [shown.has(j) ? html`<a href="#feature-${j}">${feature}</a>` : feature, ...rest];
  });
  const table = (some: typeof rows, caption: string): Html => pageTable({ caption, head: CLASS_HEAD, rows: some, words: [0] });
  return html`<section class="class" id="class-${listing.class}"><h3>${name(listing.class)}</h3>
${
    rows.length === 0
      ? html`<p>No feature: its logit is its intercept, ${listing.intercept.toFixed(2)}.</p>`
      : table(rows.slice(0, OPEN), `Features of ${name(listing.class)} by |weight|; its intercept is ${listing.intercept.toFixed(2)}`)
  }
${
    rows.length > OPEN &&
    folded(`${plural(rows.length - OPEN, 'more feature')}`, table(rows.slice(OPEN), `More features of ${name(listing.class)}`))
  }</section>
`;
}

function featureSection({ listing: { feature, classes, sign }, looks, ascent }: FeatureLooks, { names, name }: OpenedReading): Html {
  const links = classes.map((c, k) =>
    html`${k > 0 && ', '}<a href="#class-${c.class}">${name(c.class)}</a> ${c.weight > 0 ? '+' : '−'}${Math.abs(c.weight).toFixed(2)}`
  );
  return html`<section class="feature" id="feature-${feature}"><h3>Feature ${featureName(feature, names)}</h3>
<p>For ${links}${sign < 0 && '; the pictures with least of it come first'}</p>
<ol class="looks">${
    ascent !== null && html`<li><img src="${ascent.uri}" alt="what gradient ascent makes of feature ${feature}">
<span>by gradient ascent${ascent.ofFilter && ' (of its filter: the feature is 0 for noise)'}</span></li>
`
  }${looks.map((look) => item(look, feature))}</ol></section>
`;
}

function item({ id, file, z, picture, map, covered }: Look, feature: number): Html {
  return html`<li>${picture ? html`<img src="${picture}" alt="${file}">` : html`<span class="file">${file}</span>`}
${map && html`<img src="${map}" alt="which pixels move feature ${feature} in ${file}">`}
${covered && html`<img src="${covered}" alt="which squares feature ${feature} needs in ${file}">`}
<span>z = ${z.toFixed(2)} <span class="quiet">(${id})</span></span></li>
`;
}
