/** What a section of a report is: its markup, and the charts that stand in it. */
import type { Chart } from '../page/chart.js';
import type { Html } from '../page/html.js';

export interface Section {
  readonly html: Html;
  readonly charts: readonly Chart[];
}
