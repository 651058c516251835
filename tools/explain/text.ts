/** What a person sees of an explanation. */
import type { Classes } from '../../src/data/classes.js';
import type { Layer } from '../../src/saliency/network.js';
import { isDead, type Statistics } from '../../src/saliency/standardize.js';
import { alsoSentence } from '../../src/report/also.js';
import { fileName } from '../../src/report/words.js';
import { percent } from '../../src/report/numbers.js';
import { blameText } from '../../src/report/sparse-reading/blame.js';
import { hasLeftOut, leftOutText, standingSentences } from '../../src/report/statistics.js';
import { doubtSentence, SUSPECT_CAUTION } from '../../src/report/suspects.js';
import { table, wrapped } from '../../src/report/text-table.js';
import type { ExplainedSample } from './explained.js';

const BARS = '▁▂▃▄▅▆▇█';
const SKETCH_WIDTH = 64;

/** One picture: the answer and the label by name, its most salient filters, and a sketch of the profile. */
export function explanationText(explained: ExplainedSample, layers: readonly Layer[], stats: Statistics | null,
  classes: Classes | null): string {
  const name = (k: number) => (classes ? `${classes.show(k)} (${k})` : `class ${k}`);
  const doubt = doubtSentence(explained.labelDoubt, name(explained.label), name(explained.predicted));
  const kind = explained.standardized ? 'standardized saliency' : 'saliency (raw gradient)';
  const leaves = hasLeftOut(explained.top);
  const lines = [
    explained.id === undefined ? explained.input : `sample ${explained.id}: ${explained.input}`,
    ...table([
      ['predicted', name(explained.predicted), percent(explained.confidence), ''],
      ['label', name(explained.label), percent(explained.labelConfidence), `loss ${explained.loss.toPrecision(4)}`],
    ], [2], '  '),
    ...(doubt === null ? [] : [`  ${doubt[0]},`, `  ${doubt[1]};`, `  ${SUSPECT_CAUTION}.`]),
    ...alsoLines(explained, name),
    '',
    ...table([
      ['layer', 'filter', 'index', kind, ...(leaves ? ['left out'] : [])],
      ...explained.top.map((
        f
      ) => [f.layer, String(f.filter), String(f.index), f.saliency.toPrecision(4), ...(leaves ? [leftOutText(f)] : [])]),
    ], [1, 2, 3, 4], '  '),
    '',
    ...standing(explained, stats),
    `  highest ${kind} in each layer, ${layers[0].name} to ${layers[layers.length - 1].name}:`,
    ...sketch(explained.standardized ?? explained.profile, layers, stats).map((bars) => `  ${bars}`),
    '',
    ...mapLines(explained),
  ];
  return `${lines.join('\n')}\n${explained.features ? blameText(explained.features) : ''}`;
}

function standing({ among, label, top }: ExplainedSample, stats: Statistics | null): string[] {
  if (!stats) return [];
  const sentences = standingSentences({ samples: stats.samples, among, label, highest: top[0]?.saliency ?? 0 });
  return sentences.length > 0 ? [...wrapped(sentences.join(' '), '  '), ''] : [];
}

/** What other networks say, a line each, and what that says of a mistake. */
function alsoLines({ also, label, predicted, confidence, labelConfidence }: ExplainedSample, name: (k: number) => string): string[] {
  if (!also?.length) return [];
  const rows = also.map((o) => [fileName(o.model), name(o.predicted.class), percent(o.predicted.probability), `label ${percent(o.label)}`]);
  const answer = { predicted: { class: predicted, name: name(predicted), probability: confidence },
    label: { class: label, name: name(label), probability: labelConfidence } };
  return ['', '  other networks:', ...table(rows, [2], '    '), ...wrapped(alsoSentence(answer, also), '  ')];
}

function mapLines({ map, folder }: ExplainedSample): string[] {
  if (!map) return [];
  const filters = `${map.boosted.length} filters, ${map.boost} times`;
  const place = folder ? `; the map is in ${folder}` : '';
  return [`  the cosine distance of the boosted profile is ${map.distance.toPrecision(4)} (${filters})${place}`, ''];
}

/** A bar per layer: its highest saliency among filters that are not dead, on a scale from 0 to the highest of all. */
export function sketch(saliency: ArrayLike<number>, layers: readonly Layer[], stats: Statistics | null): string[] {
  const highest = layers.map(({ offset, filters }) => {
    let best = 0;
    for (let k = offset; k < offset + filters; k++) if (!(stats && isDead(stats, k))) best = Math.max(best, saliency[k]);
    return best;
  });
  const scale = Math.max(...highest);
  const bars = highest.map((v) => BARS[scale > 0 ? Math.min(BARS.length - 1, Math.floor((v / scale) * BARS.length)) : 0]);
  const rows: string[] = [];
  for (let k = 0; k < bars.length; k += SKETCH_WIDTH) rows.push(bars.slice(k, k + SKETCH_WIDTH).join(''));
  return rows;
}
