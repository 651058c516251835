/** What `misfire sparse biases` says: features that classes share, the answers without each, whether it looks at the object. */
import { randomChange, type Intervention, type Interventions, type SharedFeature } from '../../sparse/reading/intervention.js';
import { outsideMeans, type OutsideShare } from '../../sparse/reading/outside.js';
import { csvLine } from '../csv.js';
import { nineDigits, plural, points, spread, whole } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';
import { aboutText, featureName, spreadOr, type FeatureNames, type ReadingAbout } from './about.js';

export interface BiasesResult {
  readonly about: ReadingAbout;
  /** Features of two classes or more, most classes first. */
  readonly shared: readonly SharedFeature[];
  readonly interventions: Interventions;
  /** Of the features looked at; null where there are no boxes. */
  readonly outside: readonly OutsideShare[] | null;
}

const LISTED = 12, CLASSES = 4;

/** "cat 0.31, dog -0.20 and 2 more" */
export function classesText({ classes }: SharedFeature, name: (k: number) => string): string {
  const some = classes.slice(0, CLASSES).map((c) => `${name(c.class)} ${c.weight.toFixed(2)}`).join(', ');
  return classes.length > CLASSES ? `${some} and ${classes.length - CLASSES} more` : some;
}

/** Headings of `sharedRows`. */
export const SHARED_HEAD: readonly string[] = ['feature', 'classes', 'which, and weights'];
export const sharedRows = ({ shared }: BiasesResult, names: FeatureNames, name: (k: number) => string): string[][] =>
  shared.map((s) => [featureName(s.feature, names), whole(s.classes.length), classesText(s, name)]);

/** The class whose accuracy changes most without the feature. */
export function mostChanged({ changes }: Intervention): { class: number; change: number } | null {
  let found: { class: number; change: number } | null = null;
  changes.forEach((change, c) => {
    if (change !== null && (found === null || Math.abs(change) > Math.abs(found.change))) found = { class: c, change };
  });
  return found;
}

/** Headings of `interventionRows`. */
export const INTERVENTION_HEAD: readonly string[] = ['feature', 'mended', 'broken', 'p', 'accuracy, points', 'random other',
  'class hit most', 'its accuracy', 'random other'];

/** Those that change the accuracy most first. */
export function interventionRows({ interventions }: BiasesResult, names: FeatureNames, name: (k: number) => string): string[][] {
  const order = [...interventions.each].sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.feature - b.feature);
  return order.map((one) => {
    const most = mostChanged(one);
    const random = randomChange(interventions, one.feature);
    const there = most && randomChange(interventions, one.feature, (o) => o.changes[most.class]);
    return [featureName(one.feature, names), whole(one.mended), whole(one.broken),
      one.p === null ? '' : one.p < 1e-4 ? 'under 0.0001' : one.p.toFixed(4), points(one.change), random === null ? '' : points(random),
      most === null ? '' : name(most.class), most === null ? '' : points(most.change), there === null ? '' : points(there)];
  });
}

/** Headings of `outsideRows`. */
export const OUTSIDE_HEAD: readonly string[] = ['feature', 'pictures', 'outside, %', 'area outside, %', 'beyond the area',
  'another feature, %', 'beyond it'];
export const outsideRows = ({ outside }: BiasesResult, names: FeatureNames): string[][] =>
  (outside ?? []).map((
    o
  ) => [featureName(o.feature, names), whole(o.pictures), spreadOr(o.share), spreadOr(o.area), spreadOr(o.beyondArea), spreadOr(o.other),
    spreadOr(o.beyondOther)]
  );

/** How many of the used features change the accuracy beyond chance. */
export function interventionText({ interventions: { each } }: BiasesResult): string {
  const better = each.filter((e) => e.p !== null && e.p < 0.05 && e.change > 0).length;
  const worse = each.filter((e) => e.p !== null && e.p < 0.05 && e.change < 0).length;
  return `Of ${
    plural(each.length, 'used feature')
  }, ${worse} lower the accuracy when set to their mean and ${better} raise it (p below 0.05 ` +
    'each by itself, McNemar; one in twenty would by chance alone).';
}

/** Over all features looked at; null where there are none. */
export function outsideText({ outside }: BiasesResult): string | null {
  const means = outside && outsideMeans(outside);
  if (!means) return null;
  const { features, beyondArea, beyondOther } = means;
  const other = beyondOther === null ? '' : `, and ${spread(beyondOther)} points more than another feature's in the same pictures`;
  return `Over ${plural(features, 'feature')}, the share of a map outside is ${
    spread(beyondArea)
  } points more than that of the area${other}.`;
}

/** The tables a person reads first. */
export function biasesText(result: BiasesResult, names: FeatureNames, name: (k: number) => string): string {
  const part = (title: string, head: readonly string[], rows: string[][], words: readonly number[]): string[] => [
    `${title}${rows.length > LISTED ? `, the first ${LISTED} of ${whole(rows.length)}` : ''}:`,
    ...fittedTable([[...head], ...rows.slice(0, LISTED)], head.map((_, k) => k).filter((k) => !words.includes(k)), '  '),
    '',
  ];
  const lines = [
    ...hanging(aboutText(result.about), ''),
    '',
    ...(result.shared.length > 0
      ? part('Features that classes share', SHARED_HEAD, sharedRows(result, names, name), [0, 2])
      : ['No two classes share a feature.', '']),
    ...part('Answers with a feature at its mean', INTERVENTION_HEAD, interventionRows(result, names, name), [0, 6]),
    ...hanging(interventionText(result), ''),
    ...(result.outside && result.outside.length > 0
      ? ['',
        ...part("Share of a feature's map outside the object boxes, in the pictures that excite it most", OUTSIDE_HEAD,
          outsideRows(result, names), [0]), ...hanging(outsideText(result)!, '')]
      : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** A line for each class of each shared feature. */
export function* sharedCsv({ shared }: BiasesResult, names: FeatureNames, name: (k: number) => string): Generator<string> {
  yield csvLine(['feature', 'filter', 'classes', 'class', 'class_name', 'weight']);
  for (const { feature, classes } of shared) {
    for (const c of classes) {
      yield csvLine([feature, names.filter(feature) ?? '', classes.length, c.class, name(c.class), nineDigits(c.weight)]);
    }
  }
}

/** A line for each feature in all (class empty), and for each class. */
export function* interventionsCsv({ interventions }: BiasesResult, names: FeatureNames, name: (k: number) => string): Generator<string> {
  yield csvLine(['feature', 'filter', 'class', 'class_name', 'before', 'after', 'after_low', 'after_high', 'change', 'random_change',
    'mended', 'broken', 'p']);
  const { before, each } = interventions;
  for (const one of each) {
    const filter = names.filter(one.feature) ?? '';
    const { all, classes } = one.accuracies;
    yield csvLine([one.feature, filter, '', '', nineDigits(before.all.mean), nineDigits(all.mean), nineDigits(all.low),
      nineDigits(all.high), nineDigits(one.change), cell(randomChange(interventions, one.feature)), one.mended, one.broken, cell(one.p)]);
    for (const [c, now] of classes.entries()) {
      if (now === null) continue;
      yield csvLine([one.feature, filter, c, name(c), nineDigits(before.classes[c]!.mean), nineDigits(now.mean), nineDigits(now.low),
        nineDigits(now.high), cell(one.changes[c]), cell(randomChange(interventions, one.feature, (o) => o.changes[c])), '', '', '']);
    }
  }
}

/** A line for each feature looked at. */
export function* outsideCsv({ outside }: BiasesResult, names: FeatureNames): Generator<string> {
  const parts = ['share', 'area', 'other', 'beyond_area', 'beyond_other'];
  yield csvLine(['feature', 'filter', 'pictures', ...parts.flatMap((p) => [p, `${p}_low`, `${p}_high`])]);
  for (const o of outside ?? []) {
    const all = [o.share, o.area, o.other, o.beyondArea, o.beyondOther];
    yield csvLine([o.feature, names.filter(o.feature) ?? '', o.pictures,
      ...all.flatMap((i): (string | number)[] => (i === null ? ['', '', ''] : [i.mean, i.low, i.high].map(nineDigits)))]);
  }
}

const cell = (v: number | null): number | string => (v === null ? '' : nineDigits(v));

/** Every number, names of classes included. */
export function* biasesJson(result: BiasesResult, names: FeatureNames, name: (k: number) => string): Generator<string> {
  const { shared, interventions, ...rest } = result;
  const classes = (all: SharedFeature['classes']) => all.map((c) => ({ ...c, name: name(c.class) }));
  const random = (one: Intervention) => randomChange(interventions, one.feature);
  yield `${
    JSON.stringify({ ...rest,
      shared: shared.map((s) => ({ feature: s.feature, filter: names.filter(s.feature), classes: classes(s.classes) })),
      interventions: { ...interventions, each: interventions.each.map((one) => ({ ...one, randomChange: random(one) })) } })
  }\n`;
}
