/** What `misfire sparse mistakes` says: which feature made each mistake, and whether the answer is right without it. */
import type { Agreement } from '../../sparse/reading/agreement.js';
import type { BlameGroup, BlamedMistake, Control, Repairs } from '../../sparse/reading/mistakes.js';
import { csvLine } from '../csv.js';
import { nineDigits, plural, spread, whole } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';
import { aboutText, featureName, spreadOr, withInterval, type FeatureNames, type ReadingAbout } from './about.js';

/** A picture of the held set. */
export interface HeldPicture {
  readonly id: number;
  readonly path: string | null;
}

/** How often the filter that the blamed feature pools is among a mistake's most salient filters. */
export interface FilterAgreement extends Agreement {
  /** How many filters count as most salient, and how many there are. */
  readonly top: number;
  readonly filters: number;
}

/** Mistakes of a layer as a whole. */
export interface LayerMistakes {
  /** Mistakes, and those in which some feature speaks for the wrong answer: the others rest on intercepts. */
  readonly mistakes: number;
  readonly repairs: Repairs | null;
}

export interface MistakesResult {
  readonly about: ReadingAbout;
  readonly sparse: LayerMistakes;
  /** The network's own layer, likewise, where it is known. */
  readonly own: LayerMistakes | null;
  readonly groups: readonly BlameGroup[];
  readonly samples: readonly BlamedMistake[];
  readonly filters: FilterAgreement | null;
}

/** Features listed in the text. */
const LISTED = 12;

/** Headings of `repairRows`. */
export const REPAIR_HEAD: readonly string[] = ['', 'mistakes', 'repaired, %', 'random of the class', 'difference', 'random of either',
  'difference'];

/** A row for each layer. */
export function repairRows({ sparse, own }: MistakesResult): string[][] {
  // A class of one feature has no other: then it is said of how many mistakes the control is.
  const control = (r: Repairs | null, of: 'ofClass' | 'ofPair'): string[] => {
    const c = r && r[of];
    return c ? [others(r, c), spread(c.difference)] : ['', ''];
  };
  const row = (name: string,
    { mistakes, repairs: r }: LayerMistakes): string[] => [name, whole(mistakes), spreadOr(r && r.repaired), ...control(r, 'ofClass'),
    ...control(r, 'ofPair')];
  return [row('this layer', sparse), ...(own ? [row("the network's own", own)] : [])];
}

/** Headings of `groupRows`. */
export const GROUP_HEAD: readonly string[] = ['feature', 'mistakes', 'repaired, %', 'random of the class', 'most often'];

/** A row for each feature that is to blame. */
export function groupRows({ groups }: MistakesResult, names: FeatureNames, name: (k: number) => string): string[][] {
  return groups.map((
    { feature, mistakes, repairs: { repaired, ofClass }, confusions: [most] }
  ) => [featureName(feature, names), whole(mistakes.length), spreadOr(repaired),
    ofClass ? others({ mistakes: mistakes.length }, ofClass) : '', `${name(most.label)} called ${name(most.predicted)} (${most.count})`]
  );
}

/** With the number of mistakes where that is not all of them. */
const others = ({ mistakes }: { readonly mistakes: number }, control: Control): string =>
  spread(control.others) + (control.mistakes < mistakes ? ` (${whole(control.mistakes)})` : '');

/** One sentence about filters; null where nothing is known of them. */
export function agreementText({ filters }: MistakesResult): string | null {
  if (filters === null) return null;
  const { top, filters: all, mistakes, blamed, other, any } = filters;
  const beside = other === null ? '' : `; that of another feature of the wrong class in ${withInterval(other)}`;
  return `The filter that the blamed feature pools is among the ${top} most salient of ${whole(all)} filters in ${withInterval(blamed)} of `
    + `${plural(mistakes, 'mistake')} that the network makes too${beside}; that of any feature in ${withInterval(any)}.`;
}

/** The tables a person reads first. */
export function mistakesText(result: MistakesResult, names: FeatureNames, name: (k: number) => string): string {
  const rows = groupRows(result, names, name);
  const agreement = agreementText(result);
  return `${
    [
      ...hanging(aboutText(result.about), ''),
      '',
      'The feature with the largest D_j set to its mean (shares in %, 95 % intervals):',
      ...fittedTable([[...REPAIR_HEAD], ...repairRows(result)], [1, 2, 3, 4, 5, 6], '  '),
      '',
      `Features to blame${rows.length > LISTED ? `, the first ${LISTED} of ${rows.length}` : ''}:`,
      ...fittedTable([[...GROUP_HEAD], ...rows.slice(0, LISTED)], [1, 2, 3], '  '),
      ...(agreement === null ? [] : ['', ...hanging(agreement, '')]),
    ].join('\n')
  }\n`;
}

/** A line for every mistake. */
export function* mistakesCsv({ samples }: MistakesResult, picture: (row: number) => HeldPicture,
  name: (k: number) => string): Generator<string> {
  yield csvLine(['id', 'path', 'label', 'label_name', 'predicted', 'predicted_name', 'margin', 'feature', 'difference', 'z',
    'weight_predicted', 'weight_label', 'after', 'after_name', 'repaired', 'random_of_class', 'random_of_either']);
  for (const { row, label, predicted, margin, blame: [first], after, repaired, ofClass, ofPair } of samples) {
    const { id, path } = picture(row);
    yield csvLine([id, path ?? '', label, name(label), predicted, name(predicted), nineDigits(margin), first.feature,
      nineDigits(first.difference), nineDigits(first.z), nineDigits(first.weightOf), nineDigits(first.weightAgainst), after, name(after),
      Number(repaired), cell(ofClass), cell(ofPair)]);
  }
}

/** A line for every feature that is to blame and every confusion that it makes. */
export function* blameCsv({ groups }: MistakesResult, names: FeatureNames, name: (k: number) => string): Generator<string> {
  yield csvLine(['feature', 'filter', 'mistakes', 'repaired', 'repaired_low', 'repaired_high', 'random_of_class', 'label', 'label_name',
    'predicted', 'predicted_name', 'count']);
  for (const { feature, mistakes, repairs: { repaired, ofClass }, confusions } of groups) {
    for (const { label, predicted, count } of confusions) {
      yield csvLine([feature, names.filter(feature) ?? '', mistakes.length, nineDigits(repaired.mean), nineDigits(repaired.low),
        nineDigits(repaired.high), cell(ofClass && ofClass.others.mean), label, name(label), predicted, name(predicted), count]);
    }
  }
}

const cell = (v: number | null): number | string => (v === null ? '' : nineDigits(v));

/** Every number, names of classes included. */
export function* mistakesJson({ samples, groups, ...rest }: MistakesResult, picture: (row: number) => HeldPicture,
  name: (k: number) => string): Generator<string> {
  const named = groups.map(({ feature, mistakes, repairs, confusions }) => ({ feature, mistakes: mistakes.length, repairs,
    confusions: confusions.map((c) => ({ ...c, labelName: name(c.label), predictedName: name(c.predicted) })) })
  );
  yield `${JSON.stringify({ ...rest, groups: named }).slice(0, -1)},"samples":[`;
  for (const [k, { row, ...sample }] of samples.entries()) {
    const one = { ...picture(row), labelName: name(sample.label), predictedName: name(sample.predicted), ...sample };
    yield `${k > 0 ? ',' : ''}\n${JSON.stringify(one)}`;
  }
  yield '\n]}\n';
}
