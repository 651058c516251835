/** Reports as one page. */
import type { Report } from './data.js';
import { html, type Html } from './page/html.js';
import { page, type ChartScripts } from './page/page.js';
import type { ReportPictures } from './pictures.js';
import { sections } from './sections.js';
import type { Section } from './sections/section.js';
import { REPORT_STYLE } from './style.js';
import { plural } from './numbers.js';
import { fileName, isMistake, sent } from './words.js';

/** Texts of the scripts that a report runs. */
export interface ReportScripts extends ChartScripts {
  /** misfire/report/maps.js, which is client.js of this folder as compiled: the slider over a picture's maps. */
  readonly maps: string;
}

export interface IllustratedReport {
  readonly report: Report;
  readonly pictures: ReportPictures;
}

/**
 * The whole page of one answer as HTML, a file that needs nothing else. Its script element "data" holds
 * {"reports":[report]}. The same report, pictures and scripts give the same page in Node and in a browser.
 */
export const renderReport = (report: Report, pictures: ReportPictures, scripts: ReportScripts): Promise<string> =>
  renderReports([{ report, pictures }], scripts);

/** One page with a section for each; of several, the page begins with a list of them. Throws where there is none. */
export async function renderReports(all: readonly IllustratedReport[], scripts: ReportScripts): Promise<string> {
  if (all.length === 0) throw new Error('there is no answer to report');
  const made = await Promise.all(all.map(({ report, pictures }, k) => sections(`s${k + 1}`, report, pictures, k === 0)));
  const [{ report: first }] = all;
  return page({
    title: all.length === 1 ? heading(first) : titleOfAll(all),
    body: all.length === 1 ? html`<main>\n<h1>${heading(first)}</h1>\n${made[0].html}\n</main>` : listed(all, made),
    data: { reports: all.map(({ report }) => sent(report)) },
    charts: made.flatMap((m) => m.charts),
    chartScripts: scripts,
    style: REPORT_STYLE,
    script: scripts.maps,
  });
}

const heading = ({ answer: { predicted, label } }: Report): string => `Why ${label.name} was called ${predicted.name}`;

const titleOfAll = (all: readonly IllustratedReport[]): string =>
  `Why ${fileName(all[0].report.made.model.file)} answered so: ${plural(all.length, 'picture')}`;

function listed(all: readonly IllustratedReport[], made: readonly Section[]): Html {
  const links = all.map(({ report }, k) => {
    const { predicted, label } = report.answer;
    const verdict = isMistake(report) ? ` called ${predicted.name}` : ', named rightly';
    return html`<li><a href="#s${k + 1}">${fileName(report.input)}</a>: ${label.name}${verdict}</li>
`;
  });
  const articles = all.map(({ report }, k) =>
    html`<article id="s${k + 1}"><h1>${heading(report)}</h1>
${made[k].html}</article>
`
  );
  return html`<h1>${titleOfAll(all)}</h1>
<nav aria-label="Pictures"><ul>${links}</ul></nav>
<main>${articles}</main>`;
}
