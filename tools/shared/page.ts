/** Pages as commands write them: those of src/report, with the scripts that lie on this disk. */
import { page as assemble, type PageOptions } from '../../src/report/page/page.js';
import { chartScripts } from '../../src/local/page-scripts.js';

export { chart, COLORS, type Chart, type ChartOptions, type ChartText } from '../../src/report/page/chart.js';
export { html, type Html, type Value } from '../../src/report/page/html.js';

/** The text of the whole file. */
export async function page(options: Omit<PageOptions, 'chartScripts'>): Promise<string> {
  return assemble({ ...options, chartScripts: options.charts.length > 0 ? await chartScripts() : undefined });
}
