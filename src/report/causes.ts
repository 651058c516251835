/** What `misfire causes` says: groups of mistakes in sentences, tables, CSV and JSON. */
import { locate, type Layer } from '../saliency/network.js';
import { shareOf } from '../saliency/binomial.js';
import { mcnemar } from '../saliency/significance.js';
import type { Cause } from '../causes/causes.js';
import { DOUBTFUL, STABLE } from '../causes/stability.js';
import type { Trial } from '../causes/trial.js';
import { csvTable } from './csv.js';
import { nineDigits, percent, plural, points, whole } from './numbers.js';
import { SAMPLE_COLUMNS, sampleCells, type TableSample } from './sample-columns.js';
import { table, wrapped } from './text-table.js';

type Named = (label: number) => string;

/** A cause, what turning its filters off did (null: not tried), and its members as the run has them. */
export interface ShownCause<Row extends TableSample = TableSample> extends Cause {
  readonly rows: readonly Row[];
  readonly trial: Trial | null;
}

export interface CausesResult<Row extends TableSample = TableSample> {
  readonly run: string;
  /** The model's file name. */
  readonly model: string;
  readonly layers: readonly Layer[];
  /** Filters compared, and how many of a mistake's count as its most salient. */
  readonly filters: number;
  readonly top: number;
  readonly samples: number;
  readonly mistakes: number;
  readonly settings: { readonly by: 'filters' | 'layers' | 'pairs'; readonly k: number; readonly resolution: number;
    readonly seed: number };
  /** Of the grouping as a whole, over resamples; null where the groups are pairs of classes. */
  readonly adjustedRand: number | null;
  readonly causes: readonly ShownCause<Row>[];
  /** Where each mistake stands on the plane, by its id. */
  readonly plane: ReadonlyMap<number, readonly [number, number]>;
}

/** Smaller groups are listed together: nothing can be said of them. */
export const SMALLEST = 3;
/** A p-value below which a difference counts as decided. */
const DECIDED = 0.05;

/** "stable", "doubtful" or "unstable", by the mean Jaccard index over resamples. */
export const sureness = (jaccard: number): string => (jaccard >= STABLE ? 'stable' : jaccard >= DOUBTFUL ? 'doubtful' : 'unstable');

/** The confusions of a group in words, the most frequent first. */
export function confusionWords({ confusions }: Pick<Cause, 'confusions'>, name: Named, most = 3): string {
  const shown = confusions.slice(0, most).map(({ label, predicted, count }) => `${name(label)} as ${name(predicted)} (${count})`);
  return shown.join(', ') + (confusions.length > most ? ` and ${confusions.length - most} more` : '');
}

export const filterWords = (layers: readonly Layer[], index: number): string => {
  const { layer, filter } = locate(layers, index);
  return `${layer.name}:${filter}`;
};

/** Corrected members of those asked about, with the exact interval. */
export function correctedWords(corrected: number, members: number): string {
  const { low, high } = shareOf(corrected, members);
  return `${corrected} of ${members} (${percent(corrected / members)} [${points(low)}, ${points(high)}])`;
}

/**
 * What the trial says of the group: one cause, where the salient filters correct more members than those of each of the five controls,
 * by McNemar's exact test at 0.05.
 */
export function verdictOf({ trial }: ShownCause): string {
  if (!trial) return 'not tried: too few members, or beyond --try';
  const [salient, ...controls] = trial.outcomes;
  const decided = controls.every(({ each }) => {
    const only = salient.each.filter((is, k) => is && !each[k]).length, lost = each.filter((is, k) => is && !salient.each[k]).length;
    return only > lost && mcnemar(only, lost).p! < DECIDED;
  });
  if (decided) return 'one cause: they correct more than every control';
  return controls.every((c) => salient.corrected > c.corrected)
    ? 'more than every control, by a margin that chance may have made'
    : 'no cause shown: a control corrects as many';
}

/** The groups, largest first, and what is to be known of them. */
export function causesText(result: CausesResult, name: Named): string {
  const { causes, mistakes, adjustedRand } = result;
  const shown = causes.filter((c) => c.members.length >= SMALLEST);
  const rest = causes.length - shown.length;
  const lines = [
    ...wrapped(`${plural(mistakes, 'mistake')} in ${plural(shown.length, 'group')} of ${SMALLEST} or more` +
      (rest > 0 ? `, and ${mistakes - shown.reduce((n, c) => n + c.members.length, 0)} alone or in pairs` : '') +
      (adjustedRand === null ?
        ' (by label and answer).' :
        `; with a fifth of them left out the groups agree to ${adjustedRand.toFixed(2)} ` +
        `(adjusted Rand index: 1 the same, 0 unrelated).`)),
    '',
  ];
  shown.forEach((cause, g) => {
    const sure = cause.jaccard === null ? '' : `, ${sureness(cause.jaccard)} (${cause.jaccard.toFixed(2)})`;
    lines.push(`${g + 1}. ${plural(cause.members.length, 'mistake')}${sure}`);
    lines.push(...wrapped(confusionWords(cause, name, 5), '   '));
    const filters = cause.shared.slice(0, 6).map((s) => `${filterWords(result.layers, s.filter)} (${s.members})`).join(', ');
    lines.push(...wrapped(cause.shared.length === 0 ?
      'no filter is shared beyond chance' :
      `${plural(cause.shared.length, 'filter')} shared beyond chance: ${filters}${cause.shared.length > 6 ? ', ...' : ''}`, '   '));
    if (cause.trial) {
      const { trial } = cause;
      const rows = trial.outcomes.map((o) => [o.choice, correctedWords(o.corrected, trial.members), `${o.broken} of ${trial.asked}`]);
      lines.push(
        ...wrapped(`off for members that did not choose them (${trial.counts.join(' and ')} filters), ${verdictOf(cause)}:`, '   ')
      );
      lines.push(...table([['filters', 'corrected', 'right ones broken'], ...rows], [], '     '));
    }
    lines.push('');
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** A line for each mistake: its group, how typical it is of it, its place on the plane. */
export function membersCsv({ causes, plane }: CausesResult, name: Named): Generator<string> {
  const members = causes.flatMap((cause, g) => cause.rows.map((row, k) => ({ g, row, typicality: cause.typicality[k] })));
  return csvTable(['group', ...SAMPLE_COLUMNS, 'typicality', 'x', 'y'], members,
    ({ g, row, typicality }) => [[g + 1, ...sampleCells(row, name), nineDigits(typicality), ...plane.get(row.id)!.map(nineDigits)]]);
}

/** A line for each filter that marks a group. */
export function sharedCsv({ causes, layers }: CausesResult): Generator<string> {
  const found = causes.flatMap((cause, g) => cause.shared.map((s) => ({ g, s, size: cause.members.length })));
  return csvTable(['group', 'layer', 'filter', 'index', 'members', 'of', 'others', 'p', 'adjusted_p'], found, ({ g, s, size }) => {
    const { layer, filter } = locate(layers, s.filter);
    return [[g + 1, layer.name, filter, s.filter, s.members, size, s.others, nineDigits(s.p), nineDigits(s.adjusted)]];
  });
}

/** A line for each group. */
export function causesCsv({ causes }: CausesResult, name: Named): Generator<string> {
  const heading = ['group', 'mistakes', 'jaccard', 'confusion', 'confusion_count', 'shared_filters', 'filters_off', 'tried', 'corrected',
    'best_control', 'best_control_corrected', 'right_asked', 'right_broken'];
  return csvTable(heading, [...causes.entries()], ([g, c]) => {
    const [first] = c.confusions;
    const [salient, ...controls] = c.trial?.outcomes ?? [];
    const best = controls.length > 0 ? controls.reduce((a, b) => (b.corrected > a.corrected ? b : a)) : null;
    return [[g + 1, c.members.length, c.jaccard === null ? '' : nineDigits(c.jaccard), `${name(first.label)} as ${name(first.predicted)}`,
      first.count, c.shared.length, c.trial?.counts.join(' ') ?? '', c.trial?.members ?? '', salient?.corrected ?? '', best?.choice ?? '',
      best?.corrected ?? '', c.trial?.asked ?? '', salient?.broken ?? '']];
  });
}

/** Everything, filters by layer and channel too. */
export function causesJson(result: CausesResult): string {
  const { causes, plane, layers, ...rest } = result;
  const named = causes.map(({ members: _, rows, typicality, shared, ...cause }) => ({
    ...cause,
    shared: shared.map((s) => ({ ...s, layer: locate(layers, s.filter).layer.name, channel: locate(layers, s.filter).filter })),
    members: rows.map(({ id, path, label, predicted }, k) => ({ id, path, label, predicted, typicality: typicality[k],
      at: plane.get(id) })
    ),
  }));
  return `${JSON.stringify({ ...rest, causes: named }, undefined, 2)}\n`;
}

/** The first words of a page or a terminal: how many mistakes the largest groups hold. */
export function headline({ causes, mistakes }: CausesResult, name: Named): string {
  const [first] = causes;
  return `The largest group holds ${whole(first.members.length)} of ${plural(mistakes, 'mistake')}: ${confusionWords(first, name)}.`;
}
