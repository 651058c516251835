/** Reports of one command as one page. */
import { html } from './page/html.js';
import { clientScript, page } from './page/page.js';
import type { Report } from './data.js';
import type { ReportPictures } from './pictures.js';
import { sections } from './sections.js';
import { REPORT_STYLE } from './style.js';
import { fileName, isMistake, plural } from './words.js';

export interface Illustrated {
  readonly report: Report;
  readonly pictures: ReportPictures;
}

/** The whole page of one answer. Its script element "data" holds {"reports":[report]}. */
export const renderReport = (report: Report, pictures: ReportPictures): Promise<string> => renderReports([{ report, pictures }]);

/** One page with a section for each; of several, the page begins with a list of them. */
export async function renderReports(all: readonly Illustrated[]): Promise<string> {
  if (all.length === 0) throw new Error('there is no answer to report');
  const made = await Promise.all(all.map(({ report, pictures }, k) => sections(`s${k + 1}`, report, pictures)));
  const [{ report: first }] = all;
  const title = all.length === 1 ? heading(first) : `Why ${fileName(first.made.model.file)} answered so: ${plural(all.length, 'picture')}`;
  const body = all.length === 1 ? html`<main>\n<h1>${title}</h1>\n${made[0].html}\n</main>` : html`<h1>${title}</h1>
<nav aria-label="Pictures"><ul>${
    all.map(({ report }, k) =>
      html`<li><a href="#s${k + 1}">${fileName(report.input)}</a>: ${report.answer.label.name}${
        isMistake(report) ? ` called ${report.answer.predicted.name}` : ', named rightly'
      }</li>
`
    )
  }</ul></nav>
<main>${
    all.map(({ report }, k) =>
      html`<article id="s${k + 1}"><h1>${heading(report)}</h1>
${made[k].html}</article>
`
    )
  }</main>`;
  return page({
    title,
    body,
    data: { reports: all.map(({ report }) => report) },
    charts: made.flatMap((m) => m.charts),
    style: REPORT_STYLE,
    script: await clientScript(new URL('./client.js', import.meta.url)),
  });
}

const heading = ({ answer: { predicted, label } }: Report): string => `Why ${label.name} was called ${predicted.name}`;
