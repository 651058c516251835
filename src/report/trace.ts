/** What is said of a trace: its faithfulness before everything else, then its layers. */
import type { TraceRecord } from '../spade/record.js';
import { csvTable } from './csv.js';
import { confidence, nineDigits, percent, plural, whole } from './numbers.js';
import { table } from './text-table.js';

/** A class as a person calls it. */
export type ClassName = (k: number) => string;

/** Whether a trace speaks for the network, in a sentence. */
export function faithfulnessSentence(record: TraceRecord, name: ClassName): string {
  const { agrees, denseClass, traceClass, denseProbability, traceProbability, views, viewsKept } = record;
  const change = `${confidence(denseProbability)} by the network, ${confidence(traceProbability)} by the trace`;
  const kept = `${whole(viewsKept)} of ${plural(views, 'view')} keep the network's answer`;
  return agrees
    ? `the trace names the same class, ${name(denseClass)} (${change}); ${kept}`
    : `the trace names another class, ${name(traceClass)} instead of ${
      name(denseClass)
    } (${change}), and explains another network; ${kept}`;
}

/** Which of the layers has the greatest relative error. */
const worstOf = ({ layers }: TraceRecord) => layers.reduce((a, b) => (b.relative > a.relative ? b : a));

/** Of the pruned layers together, the share that is pruned. */
function prunedShare({ layers }: TraceRecord): number {
  const sum = (of: (l: TraceRecord['layers'][number]) => number): number => layers.reduce((n, l) => n + of(l), 0);
  return 1 - sum((l) => l.kept) / sum((l) => l.weights);
}

/** A line for each trace. */
export function tracesText(records: readonly TraceRecord[], name: ClassName): string {
  const heading = ['picture', 'network', '', 'trace', 'of that class', 'views kept', 'pruned', 'worst layer', 'error'];
  const rows = records.map((record) => {
    const worst = worstOf(record);
    return [record.picture, name(record.denseClass), confidence(record.denseProbability), record.agrees ? 'same' : name(record.traceClass),
      confidence(record.traceProbability), percent(record.viewsKept / record.views), percent(prunedShare(record)), worst.name,
      percent(worst.relative)];
  });
  const agreeing = records.filter((r) => r.agrees).length;
  return [
    ...table([heading, ...rows], [2, 4, 5, 6, 8]),
    '',
    `${whole(agreeing)} of ${plural(records.length, 'trace')} ${agreeing === 1 ? 'names' : 'name'} the network's class` +
    (agreeing < records.length ? '; one that does not explains another network' : ''),
    '',
  ].join('\n');
}

/** A line for each trace and layer. */
export const traceLayersCsv = (records: readonly TraceRecord[]): Iterable<string> =>
  csvTable(['picture', 'layer', 'weight', 'sparsity', 'weights', 'kept', 'error', 'relative_error', 'dead_columns'], records,
    ({ picture, layers }) =>
      layers.map((l) => [picture, l.name, l.weight, l.sparsity, l.weights, l.kept, nineDigits(l.error), nineDigits(l.relative), l.dead]));

/** A line for each trace. */
export const tracesCsv = (records: readonly TraceRecord[]): Iterable<string> =>
  csvTable(['picture', 'network_class', 'trace_class', 'agrees', 'network_probability', 'trace_probability', 'views', 'views_kept',
    'pruned'], records, (
    r
  ) => [[r.picture, r.denseClass, r.traceClass, Number(r.agrees), nineDigits(r.denseProbability), nineDigits(r.traceProbability), r.views,
    r.viewsKept, nineDigits(prunedShare(r))]]);
