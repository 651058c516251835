/** What turning the most salient filters off, and covering the most salient pixels, does to an answer: for the console. */
import type { Classes } from '../../src/data/classes.js';
import { measureChanges, type AnsweredPicture } from '../../src/report/changes.js';
import type { Report, Step } from '../../src/report/data.js';
import { percent, shortPercent } from '../../src/report/numbers.js';
import { table } from '../../src/report/text-table.js';
import { chooseFilters, lastStage, type ChooseFrom } from '../../src/saliency/controls.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { filterCount } from '../../src/saliency/network.js';
import { Random } from '../../src/saliency/random.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import type { SampleExplanation } from './explained.js';

/** Fewer than in a report, so that the table is there in seconds. */
const OFF = [1, 5, 10, 20, 50], SHARES = [0.01, 0.05, 0.1];
/** Names of classes are cut to this length in headings. */
const HEADING = 14;

export type Changes = Pick<Report, 'off' | 'masked'>;

/** Which tables are asked for, and how often filters or pixels are drawn at random for them. */
export interface WantedChanges {
  readonly off: boolean;
  readonly masked: boolean;
  readonly draws: number;
}

/** How many answers it takes. */
export const trialsOf = ({ off, masked, draws }: WantedChanges): number =>
  (draws + 1) * ((off ? OFF.length : 0) + (masked ? SHARES.length : 0));

/** The changes of one sample; `map` [H*W] where pixels are covered. The draws are those of a report with the same seed. */
export function changesOf(explainer: Explainer, explanation: SampleExplanation, subject: Pick<AnsweredPicture, 'picture' | 'shape'>,
  stats: Statistics | null, map: Float32Array | null, { off, draws }: WantedChanges, seed: number): Promise<Changes> {
  const { label, predicted, logits, profile, standardized } = explanation;
  const { network } = explainer;
  const from: ChooseFrom = { saliency: standardized ?? profile, profile, stats, layers: network.layers, lastStage: lastStage(network) };
  const ranking = chooseFilters('salient', filterCount(network.layers), from, new Random(seed));
  return measureChanges(explainer, { ...subject, label, predicted, logits }, { from, ranking, map, draws, seed, counts: off ? OFF : [],
    shares: SHARES });
}

/** A table of each kind that is there: what the network says, and its confidences in the first answer and in the label. */
export function changesText({ label, predicted }: SampleExplanation, { off, masked }: Changes, draws: number,
  classes: Classes | null): string {
  const name = (k: number): string => classes?.show(k) ?? `class ${k}`;
  const short = (k: number): string => (name(k).length > HEADING ? `${name(k).slice(0, HEADING - 1)}…` : name(k));
  const asked = label === predicted ? [predicted] : [predicted, label];
  const confidences = ({ wrong, label: right }: { readonly wrong: number; readonly label: number }): string[] =>
    [wrong, right].slice(0, asked.length).map((v) => percent(v));
  const cells = (what: string, { salient, random }: Step): string[] => [
    what,
    short(salient.predicted),
    ...confidences(salient),
    ...confidences({ wrong: random.wrong.mean, label: random.label.mean }),
    `${label === predicted ? random.moved : random.repaired} of ${draws}`,
  ];
  const kinds = [
    { heading: 'its most salient filters turned off', first: 'filters', lines: off.map((s) => cells(String(s.count), s)) },
    { heading: 'its most salient pixels covered', first: 'pixels', lines: (masked ?? []).map((s) => cells(shortPercent(s.share), s)) },
  ].filter(({ lines }) => lines.length > 1);
  return kinds.map(({ heading, first, lines: [unchanged, ...changed] }) => {
    const over = (text: string): string[] => asked.map((_, k) => (k === 0 ? text : ''));
    const end = label === predicted ? 'changed' : 'repaired';
    const rows = [
      ['', '', ...over('most salient:'), ...over('at random:'), ''],
      [first, 'answer', ...asked.map(short), ...asked.map(short), end],
      [...unchanged.slice(0, 2 + asked.length), ...over(''), ''],
      ...changed,
    ];
    const right = rows[0].map((_, c) => c).filter((c) => c !== 1);
    return `${[`  With ${heading}, and with as many at random (means of ${draws}):`, ...table(rows, right, '  '), ''].join('\n')}\n`;
  }).join('');
}
