/** What `misfire sparse counterfactuals` says: how few features have to be set to their means until the answer is another. */
import { WITHIN, type Counterfactual, type FlipCounts } from '../../sparse/reading/counterfactuals.js';
import { csvLine } from '../csv.js';
import { plural } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';
import { aboutText, spreadOr, type ReadingAbout } from './about.js';
import type { HeldPicture } from './mistakes.js';

/** Of one layer, the fewest features and those in random order. */
export interface LayerFlips {
  readonly fewest: FlipCounts;
  readonly random: FlipCounts;
}

export interface CounterfactualsResult {
  readonly about: ReadingAbout;
  /** Pictures looked at. */
  readonly pictures: number;
  readonly sparse: LayerFlips;
  /** The network's own layer, where it is known. */
  readonly own: LayerFlips | null;
  /** Each picture with this layer, and with the network's own. */
  readonly samples: readonly Counterfactual[];
  readonly ownSamples: readonly Counterfactual[] | null;
}

/** Headings of `flipRows`. */
export const FLIP_HEAD: readonly string[] = ['', 'median', 'changes at all, %', ...WITHIN.map((n) => `with ${n}, %`)];

/** A row for each layer and order. */
export function flipRows({ sparse, own }: CounterfactualsResult): string[][] {
  const row = (name: string,
    { median, medianLow, medianHigh, flipped, within }: FlipCounts): string[] => [name,
    median === null ? 'never' : `${median} [${medianLow ?? 'unknown'}, ${medianHigh ?? 'never'}]`, spreadOr(flipped),
    ...within.map((w) => spreadOr(w.share))];
  const rows = (name: string,
    flips: LayerFlips): string[][] => [row(`${name}, fewest`, flips.fewest), row(`${name}, random`, flips.random)];
  return [...rows('this layer', sparse), ...(own ? rows("the network's own", own) : [])];
}

/** What the numbers are. */
export const FLIP_HOW = 'Each feature that is set to its mean takes its D_j from the difference of two logits, whatever the others do, so '
  + 'that the largest first are the fewest there can be, for each class that could overtake. In random order: of the features that the '
  + 'answer or the class that overtakes uses.';

/** The table a person reads first. */
export function counterfactualsText(result: CounterfactualsResult): string {
  return `${
    [
      ...hanging(aboutText(result.about), ''),
      '',
      `Features set to their means until the answer changes, ${plural(result.pictures, 'picture')} (95 % intervals):`,
      ...fittedTable([[...FLIP_HEAD], ...flipRows(result)], FLIP_HEAD.map((_, k) => k).slice(1), '  '),
      '',
      ...hanging(FLIP_HOW, ''),
    ].join('\n')
  }\n`;
}

/** A line for every picture; an empty number is "never". */
export function* counterfactualsCsv({ samples, ownSamples }: CounterfactualsResult, picture: (row: number) => HeldPicture,
  name: (k: number) => string): Generator<string> {
  yield csvLine(['id', 'path', 'label', 'label_name', 'predicted', 'predicted_name', 'fewest', 'features', 'to', 'to_name', 'random',
    ...(ownSamples ? ['own_predicted', 'own_fewest', 'own_to', 'own_random'] : [])]);
  for (const [k, { row, label, predicted, flip, random }] of samples.entries()) {
    const { id, path } = picture(row);
    const own = ownSamples?.[k];
    yield csvLine([id, path ?? '', label, name(label), predicted, name(predicted), flip?.features.length ?? '',
      flip?.features.join(' ') ?? '', flip?.to ?? '', flip ? name(flip.to) : '', random ?? '',
      ...(own ? [own.predicted, own.flip?.features.length ?? '', own.flip?.to ?? '', own.random ?? ''] : [])]);
  }
}

/** Every number, names of classes included. */
export function* counterfactualsJson({ samples, ownSamples, ...rest }: CounterfactualsResult, picture: (row: number) => HeldPicture,
  name: (k: number) => string): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"samples":[`;
  for (const [k, { row, flip, ...sample }] of samples.entries()) {
    const own = ownSamples?.[k];
    const one = { ...picture(row), ...sample, labelName: name(sample.label), predictedName: name(sample.predicted), flip,
      ...(flip && { toName: name(flip.to) }), ...(own && { own: { predicted: own.predicted, flip: own.flip, random: own.random } }) };
    yield `${k > 0 ? ',' : ''}\n${JSON.stringify(one)}`;
  }
  yield '\n]}\n';
}
