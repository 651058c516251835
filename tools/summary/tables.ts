/** The tables of a summary: CSV files, and what a person sees on the terminal. */
import type { Layer } from '../../src/saliency/network.js';
import type { Confusion, Curve, GroupProfile, LayerShare } from '../../src/saliency/summary.js';
import { table } from '../shared/terminal.js';
import { csvLine } from '../shared/csv.js';
import { short } from '../shared/numbers.js';

/** One row per group and filter, by falling raw saliency within each layer. What a filter or a run does not have is empty. */
export function* profileCsv(layers: readonly Layer[], profiles: readonly GroupProfile[]): Generator<string> {
  const kinds = ['raw', 'standardized'] as const;
  yield csvLine(['group', 'layer', 'node', 'filter', 'index',
    ...kinds.flatMap((kind) => ['rank', 'mean', 'std', 'p10', 'p90'].map((what) => `${what}_${kind}`))]);
  for (const profile of profiles) {
    for (const [l, { node, offset }] of layers.entries()) {
      const ranks = new Map(profile.standardized.order[l].map((k, rank) => [k, rank]));
      const numbers = (curve: Curve, k: number, rank: number | undefined) => (rank === undefined
        ? ['', '', '', '', '']
        : [rank, ...[curve.mean, curve.std, curve.low, curve.high].map((of) => (of ? short(of[k]) : ''))]);
      yield profile.raw.order[l].map((k, rank) =>
        csvLine([profile.group, l, node, k - offset, k, ...numbers(profile.raw, k, rank),
          ...numbers(profile.standardized, k, ranks.get(k))])
      ).join('');
    }
  }
}

export function layersCsv(shares: readonly LayerShare[]): string {
  return [
    csvLine(['layer', 'node', 'weight', 'filters', 'living', 'count', 'share', 'chance']),
    ...shares.map(({ layer: { node, weight, filters }, living, count, share, chance }, k) =>
      csvLine([k, node, weight, filters, living, count, short(share), short(chance)])
    ),
  ].join('');
}

export function confusionsCsv(confusions: readonly Confusion[], name: (k: number) => string): string {
  return [
    csvLine(['label', 'label_name', 'predicted', 'predicted_name', 'count', 'share_of_label']),
    ...confusions.map(({ label, predicted, count, ofLabel }) =>
      csvLine([label, name(label), predicted, name(predicted), count, short(ofLabel)])
    ),
  ].join('');
}

/** Accuracy, the layers with the most of the most salient filters, and the most frequent confusions. */
export function summaryText(of: { run: string; right: number; wrong: number; errors: number; top: number },
  shares: readonly LayerShare[] | null, confusions: readonly Confusion[], name: (k: number) => string): string {
  const { run, right, wrong, errors, top } = of;
  const samples = right + wrong;
  const percent = (v: number) => `${(100 * v).toFixed(1)} %`;
  const named = samples > 0 ? `, ${right} named rightly (${((100 * right) / samples).toFixed(2)} %), ${wrong} wrongly` : '';
  const lines = [`${run}: ${samples} samples${named}${errors > 0 ? `, ${errors} that could not be computed` : ''}`];
  if (shares) {
    const most = shares.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count).slice(0, 10);
    lines.push('', `layers of the ${top} most salient filters of wrong samples:`,
      ...indented([['layer', 'share', 'by chance'],
        ...most.map(({ layer, share, chance }) => [layer.node, percent(share), percent(chance)])], [1, 2]));
  }
  if (confusions.length > 0) {
    lines.push('', 'most frequent confusions:',
      ...indented([['label', 'predicted', 'count', 'of the label'], ...confusions.slice(0, 10).map((
        { label, predicted, count, ofLabel }
      ) => [name(label), name(predicted), String(count), percent(ofLabel)])], [2, 3]));
  }
  return `${lines.join('\n')}\n`;
}

const indented = (rows: string[][], right: number[]): string[] => table(rows, right).map((line) => `  ${line}`);
