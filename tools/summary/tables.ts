/** The tables of a summary: CSV files, its JSON, and what a person sees on the terminal. */
import { csvLine } from '../../src/report/csv.js';
import { percent, nineDigits } from '../../src/report/numbers.js';
import { suspectLines } from '../../src/report/suspects.js';
import type { Suspects } from '../../src/store/suspects.js';
import { table } from '../../src/report/text-table.js';
import type { Layer } from '../../src/saliency/network.js';
import type { Confusion, Curve, GroupProfile, LayerShare } from '../../src/saliency/summary.js';

/** One row per group and filter, by falling raw saliency within each layer. What a filter or a run does not have is empty. */
export function* profileCsv(layers: readonly Layer[], profiles: readonly GroupProfile[]): Generator<string> {
  const kinds = ['raw', 'standardized'] as const;
  yield csvLine(['group', 'layer', 'layer_index', 'node', 'filter', 'index',
    ...kinds.flatMap((kind) => ['rank', 'mean', 'std', 'p10', 'p90'].map((what) => `${what}_${kind}`))]);
  for (const profile of profiles) {
    for (const [l, { name, node, offset }] of layers.entries()) {
      const ranks = new Map(profile.standardized.order[l].map((k, rank) => [k, rank]));
      const numbers = (curve: Curve, k: number, rank: number | undefined) => (rank === undefined
        ? ['', '', '', '', '']
        : [rank, ...[curve.mean, curve.std, curve.low, curve.high].map((values) => (values ? nineDigits(values[k]) : ''))]);
      yield profile.raw.order[l].map((k, rank) =>
        csvLine([profile.group, name, l, node, k - offset, k, ...numbers(profile.raw, k, rank),
          ...numbers(profile.standardized, k, ranks.get(k))])
      ).join('');
    }
  }
}

export function layersCsv(shares: readonly LayerShare[]): string {
  return [
    csvLine(['layer', 'layer_index', 'node', 'weight', 'filters', 'living', 'count', 'share', 'chance']),
    ...shares.map(({ layer: { name, node, weight, filters }, living, count, share, chance }, k) =>
      csvLine([name, k, node, weight, filters, living, count, nineDigits(share), nineDigits(chance)])
    ),
  ].join('');
}

export function confusionsCsv(confusions: readonly Confusion[], name: (k: number) => string): string {
  return [
    csvLine(['label', 'label_name', 'predicted', 'predicted_name', 'count', 'share_of_label']),
    ...confusions.map(({ label, predicted, count, ofLabel }) =>
      csvLine([label, name(label), predicted, name(predicted), count, nineDigits(ofLabel)])
    ),
  ].join('');
}

export interface SummaryResult {
  readonly run: string;
  readonly right: number;
  readonly wrong: number;
  readonly errors: number;
  /** How many filters of a wrong sample count as its most salient. */
  readonly top: number;
  /** Null where no profiles are stored, or no sample is wrong. */
  readonly shares: readonly LayerShare[] | null;
  readonly confusions: readonly Confusion[];
  /** Null where no profiles are stored, or no sample is right. */
  readonly suspects: Suspects | null;
}

export function summaryJson({ run, right, wrong, errors, top, shares, confusions, suspects }: SummaryResult,
  name: (k: number) => string): string {
  const samples = right + wrong;
  const accuracy = samples > 0 ? right / samples : null;
  const layers = shares && shares.map(({ layer, living, count, share, chance }) => {
    const { name, node, weight, filters, offset } = layer;
    return { name, node, weight, filters, offset, living, count, share, chance };
  });
  const named = confusions.map((c) => ({ ...c, labelName: name(c.label), predictedName: name(c.predicted) }));
  return `${JSON.stringify({ run, samples, right, wrong, accuracy, errors, top, layers, confusions: named, suspects }, null, 1)}\n`;
}

/** Accuracy, the layers with the most of the most salient filters, and the most frequent confusions. */
export function summaryText({ run, right, wrong, errors, top, shares, confusions, suspects }: SummaryResult,
  name: (k: number) => string): string {
  const samples = right + wrong;
  const named = samples > 0 ? `, ${right} named rightly (${percent(right / samples, 2)}), ${wrong} wrongly` : '';
  const lines = [`${run}: ${samples} samples${named}${errors > 0 ? `, ${errors} that could not be computed` : ''}`];
  if (shares) {
    const most = shares.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count).slice(0, 10);
    const rows = most.map(({ layer, share, chance }) => [layer.name, percent(share), percent(chance)]);
    lines.push('', `layers of the ${top} most salient filters of wrong samples:`,
      ...table([['layer', 'share', 'by chance'], ...rows], [1, 2], '  '));
  }
  if (confusions.length > 0) {
    const rows = confusions.slice(0, 10)
      .map(({ label, predicted, count, ofLabel }) => [name(label), name(predicted), String(count), percent(ofLabel)]);
    lines.push('', 'most frequent confusions:', ...table([['label', 'predicted', 'count', 'of the label'], ...rows], [2, 3], '  '));
  }
  if (suspects) lines.push(...suspectLines(suspects.suspects, name));
  return `${lines.join('\n')}\n`;
}
