/** The files of a summary, figures (SVG) and tables (CSV), by their paths. */
import { basename, join } from 'node:path';
import { curvesFigure, layersFigure, standardizedCurves } from '../../src/report/figures/summary.js';
import type { RunSummary } from '../../src/saliency/summary.js';
import type { Meta } from '../../src/store/format.js';
import { summaryPage, type SummaryPageParts } from './page.js';
import { confusionsCsv, layersCsv, profileCsv } from './tables.js';

/** What only the page shows. */
export interface SummaryExtras {
  /** The run's folder, and its mistakes with the largest loss with their pictures. */
  readonly run: string;
  readonly worst: SummaryPageParts['worst'];
  /** Labels that may be wrong, by falling loss; null where that is not known. */
  readonly suspects: SummaryPageParts['suspects'];
}

/** Written only where profiles are stored and some sample is wrong. */
export const LAYER_FILES = ['layers.svg', 'layers.csv'] as const;
/** Written only where saliency was computed: not of a run made with --forward-only. */
export const PROFILE_FILES = ['figure1.svg', 'figure2.svg', 'profile.csv', ...LAYER_FILES] as const;

export async function outputs(folder: string, meta: Meta, found: RunSummary, name: (k: number) => string,
  page: SummaryExtras): Promise<Map<string, string | Iterable<string>>> {
  if (meta.forwardOnly) {
    const parts = { ...page, meta, name, counts: found.classCounts(), confusions: found.confusions(), profiles: [], shares: null,
      top: found.top };
    return new Map([[join(folder, 'page.html'), await summaryPage(parts)], [join(folder, 'confusions.csv'),
      confusionsCsv(found.confusions(), name)]]);
  }
  const { model: { file, layers }, aggregation } = meta;
  const profiles = found.groupProfiles();
  const shares = found.layerShares();
  const model = basename(file);
  const band = meta.profiles === 'none' ? '' : '; bands: 10th to 90th percentile of samples';
  const files = new Map<string, string | Iterable<string>>([
    ['figure1.svg', await curvesFigure(layers, profiles.map(({ group, samples, raw }) => ({ group, samples, curve: raw })), {
      title: 'Filter saliency, averaged over samples',
      subtitle: `${model}${band}`,
      y: aggregation === 'mean-abs' ? 'mean |gradient of the loss|' : '|mean gradient of the loss|',
    })],
    ['figure2.svg',
      await curvesFigure(layers,
        standardizedCurves(profiles).map(({ group, samples, standardized }) => ({ group, samples, curve: standardized })), {
        title: 'Standardized filter saliency, averaged over samples',
        subtitle: `${model}; 0 is the mean over all samples${band}`,
        y: 'saliency in standard deviations',
      })],
    ['page.html',
      await summaryPage({ ...page, meta, name, counts: found.classCounts(), confusions: found.confusions(), profiles, shares,
        top: found.top })],
    ['profile.csv', profileCsv(layers, profiles)],
    ['confusions.csv', confusionsCsv(found.confusions(), name)],
  ]);
  if (shares) {
    const [figure, table] = LAYER_FILES;
    files.set(figure, await layersFigure(shares, {
      title: `Layers of the ${found.top} most salient filters of each wrong sample`,
      subtitle: `${model}; ${found.wrong} wrong samples; by chance: the layer's share of living filters`,
      y: 'share of the most salient filters',
    }));
    files.set(table, layersCsv(shares));
  }
  return new Map([...files].map(([file, text]) => [join(folder, file), text]));
}
