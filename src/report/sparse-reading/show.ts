/** What `misfire sparse show` says: the features of each class with their weights, and how far five of them tell the answer. */
import type { ClassListing, FeatureListing } from '../../sparse/reading/listing.js';
import { CHANCE, FEATURES, PICTURES, type Predictability } from '../../sparse/reading/predictability.js';
import { csvLine } from '../csv.js';
import { nineDigits, percent, plural, whole } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';
import { aboutText, featureName, withInterval, type FeatureNames, type ReadingAbout } from './about.js';
import type { HeldPicture } from './mistakes.js';

export interface ShowResult {
  readonly about: ReadingAbout;
  readonly classes: readonly ClassListing[];
  readonly features: readonly FeatureListing[];
  /** Of this layer and of the network's own; null where no class has three pictures. */
  readonly predictability: Predictability | null;
  readonly ownPredictability: Predictability | null;
}

/** Features listed for a class in the text, and classes. */
const LISTED = 6, CLASSES = 20;

/** Headings of `classRows`. */
export const CLASS_HEAD: readonly string[] = ['feature', 'weight', 'z in the class', 'z elsewhere'];
export const classRows = ({ features }: ClassListing, names: FeatureNames): string[][] =>
  features.map(({ feature, weight, inside, outside }) => [featureName(feature, names), weight.toFixed(3), number(inside), number(outside)]);

const number = (v: number | null): string => (v === null ? '' : v.toFixed(2));

/** Top-5 predictability in words; null where it could not be measured. */
export function predictabilityText({ predictability: mine, ownPredictability: own }: ShowResult): string | null {
  if (mine === null) return null;
  const beside = own === null ? '' : `, with the network's own layer ${withInterval(own.share)}`;
  return `Top-${FEATURES} predictability: a reader who knows z of the ${FEATURES} largest weights of a class picks, of ${PICTURES} `
    + `pictures that have the class among the model's first ${PICTURES}, the one that the model is surest of in ${
      withInterval(mine.share)
    } of `
    + `${plural(mine.triples, 'triple')}${beside}; chance is ${percent(CHANCE)}. It says nothing about people.`;
}

/** A class a line, with its first features. */
export function showText(result: ShowResult, names: FeatureNames, name: (k: number) => string): string {
  const { classes } = result;
  const rows = classes.slice(0, CLASSES).map((c) => {
    const first = c.features.slice(0, LISTED).map((f) => `${f.feature} (${f.weight > 0 ? '+' : ''}${f.weight.toFixed(2)})`).join('  ');
    return [name(c.class), whole(c.features.length), first];
  });
  const predictable = predictabilityText(result);
  const shown = classes.length > CLASSES ? `, the first ${CLASSES} of ${whole(classes.length)} classes` : '';
  const filter = result.features.length > 0 ? names.filter(result.features[0].feature) : null;
  return `${
    [
      ...hanging(aboutText(result.about), ''),
      '',
      `Features of each class by |weight|${shown}:`,
      ...fittedTable([['class', 'features', `the first ${LISTED} (weights)`], ...rows], [1], '  '),
      ...(filter === null ?
        [] :
        ['', ...hanging(`A feature is the pool of a filter's channel: ${result.features[0].feature} that of ${filter}.`, '')]),
      ...(predictable === null ? [] : ['', ...hanging(predictable, '')]),
    ].join('\n')
  }\n`;
}

/** A line for each weight. */
export function* classFeaturesCsv({ classes }: ShowResult, names: FeatureNames, name: (k: number) => string): Generator<string> {
  yield csvLine(['class', 'class_name', 'intercept', 'rank', 'feature', 'filter', 'weight', 'z_inside', 'z_outside']);
  for (const { class: c, intercept, features } of classes) {
    for (const [k, { feature, weight, inside, outside }] of features.entries()) {
      yield csvLine([c, name(c), nineDigits(intercept), k + 1, feature, names.filter(feature) ?? '', nineDigits(weight), cell(inside),
        cell(outside)]);
    }
  }
}

/** A line for each picture that excites a feature most. */
export function* featurePicturesCsv({ features }: ShowResult, names: FeatureNames,
  picture: (row: number) => HeldPicture): Generator<string> {
  yield csvLine(['feature', 'filter', 'sign', 'rank', 'id', 'path', 'z']);
  for (const { feature, sign, exciting } of features) {
    for (const [k, { row, z }] of exciting.entries()) {
      const { id, path } = picture(row);
      yield csvLine([feature, names.filter(feature) ?? '', sign, k + 1, id, path ?? '', nineDigits(z)]);
    }
  }
}

const cell = (v: number | null): number | string => (v === null ? '' : nineDigits(v));

/** Every number, names of classes included. */
export function* showJson({ classes, features, ...rest }: ShowResult, names: FeatureNames, picture: (row: number) => HeldPicture,
  name: (k: number) => string): Generator<string> {
  yield `${
    JSON.stringify({ ...rest, classes: classes.map((c) => ({ ...c, name: name(c.class) })),
      features: features.map((f) => ({ feature: f.feature, filter: names.filter(f.feature), sign: f.sign,
        classes: f.classes.map((c) => ({ ...c, name: name(c.class) })),
        exciting: f.exciting.map(({ row, z }) => ({ ...picture(row), z })) })
      ) })
  }\n`;
}
