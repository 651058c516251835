/** Trained networks of one task side by side: as text, tables and JSON. */
import type { Interval } from '../../saliency/bootstrap.js';
import type { ClassMeasures, PairMeasures } from '../../reproducibility/classes.js';
import type { ExplanationAgreement } from '../../reproducibility/explanations.js';
import { csvTable } from '../csv.js';
import type { FilterAnswer } from '../data.js';
import { percent, plural, whole } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';
import { fileName } from '../words.js';

/** One network's answer to a picture. */
export interface ModelAnswer {
  readonly predicted: number;
  /** Softmax at it, and at the label. */
  readonly confidence: number;
  readonly labelConfidence: number;
}

/** A picture as every network sees it. */
export interface ModelsPicture {
  readonly id: number;
  readonly path: string;
  readonly label: number;
  /** Greatest total variation of a pair of networks. */
  readonly variation: number;
  readonly answers: readonly ModelAnswer[];
}

/** A picture on which the networks differ, with what each of them blames. */
export interface ShownDifference extends ModelsPicture {
  /** As the networks see it, a data URI; null where it cannot be shown. */
  readonly uri: string | null;
  readonly blamed: readonly { readonly top: readonly FilterAnswer[]; readonly map: string | null }[];
}

/** How far two networks' explanations agree. */
export interface PairAgreement {
  readonly models: readonly [number, number];
  /** Over all pictures, and among the mistakes that both make; null where there are too few. */
  readonly all: ExplanationAgreement | null;
  readonly shared: ExplanationAgreement | null;
}

export interface ModelsReport {
  readonly models: readonly { readonly path: string; readonly filters: number; readonly layers: number }[];
  readonly data: readonly string[];
  readonly classes: number;
  readonly measures: ClassMeasures;
  readonly agreement: readonly PairAgreement[];
  /** Neighbours compared of each picture. */
  readonly k: number;
  readonly pictures: readonly ModelsPicture[];
  readonly shown: readonly ShownDifference[];
  readonly adapter: string;
  readonly version: string;
}

/** "0.060 [0.053, 0.067]". */
export const threePlaces = ({ mean, low, high }: Interval): string => `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** "not a number", or a share in percent. */
export const shareText = (v: number, digits = 1): string => (Number.isFinite(v) ? percent(v, digits) : 'none');

/** In the order in which a pair is told of. */
const PAIR_WORDS: { readonly [K in Exclude<keyof PairMeasures, 'error'>]: string } = {
  churn: 'pictures that the two call by another class',
  total_variation: 'half the sum over classes of |p - p|, a mean over pictures',
  pd_sym: "symmetric relative difference of the label's probability",
  mistakes_shared: 'of the mistakes of either, those that both make',
  error_kappa: "Cohen's kappa of wrong and right",
  both_wrong: 'pictures that both get wrong',
  same_wrong: 'of these, called by the same wrong class',
};

function pairText(key: keyof typeof PAIR_WORDS, m: PairMeasures): string {
  if (key === 'churn' || key === 'same_wrong') return shareText(m[key]);
  return key === 'both_wrong' ? whole(m.both_wrong) : m[key].toFixed(key === 'total_variation' ? 4 : 3);
}

/** Each network by the end of its path; by its whole path where that leaves one name. */
export function modelNames(models: readonly { readonly path: string }[]): string[] {
  const short = models.map(({ path }) => fileName(path));
  return new Set(short).size === short.length ? short : models.map(({ path }) => path);
}

/** What overlap and layer shape are, and what chance would give, in a line each. */
export function agreementLines({ all, shared }: PairAgreement, k: number): string[] {
  const line = (what: string, a: ExplanationAgreement): string[] => [
    `${what}: of the ${k} nearest pictures both have ${threePlaces(a.overlap)}, by chance ${a.chance.toFixed(3)}`,
    ...(a.telling && a.telling.pictures < a.pictures
      ? [
        `${what}: the same over the ${
          whole(a.telling.pictures)
        } of whose answer neither network is so sure that its profile says nothing, ` +
        threePlaces(a.telling.overlap),
      ]
      : []),
    ...(a.shape ?
      [`${what}: layer shapes of one picture ${threePlaces(a.shape.own)}, of two ${threePlaces(a.shape.other)} (cosine, ` +
        `${a.shape.layers} layers)`] :
      []),
  ];
  return [...(all ? line('all pictures', all) : []), ...(shared ? line(`${whole(shared.pictures)} shared mistakes`, shared) : [])];
}

export function modelsText({ models, measures, agreement, k, pictures }: ModelsReport): string {
  const names = modelNames(models);
  const rows = (Object.keys(PAIR_WORDS) as (keyof typeof PAIR_WORDS)[]).map((
    key
  ) => [key, ...measures.pairs.map(({ measures: m }) => pairText(key, m)), PAIR_WORDS[key]]);
  const lines = [
    ...hanging(
      `${plural(models.length, 'network')}, ${plural(pictures.length, 'picture')}; all call ${shareText(measures.unanimous)} of them `
        + 'the same.'
    ),
    ...names.flatMap((name, m) => hanging(`${m + 1}  ${name}: ${shareText(measures.error[m])} wrong`)),
    '',
    ...fittedTable([['pair', ...measures.pairs.map(({ models: [a, b] }) => `${a + 1}, ${b + 1}`), ''], ...rows],
      measures.pairs.map((_, p) => p + 1)),
    ...agreement.flatMap((pair) => {
      const [a, b] = pair.models;
      const said = agreementLines(pair, k);
      return said.length === 0
        ? []
        : ['', `Explanations of ${a + 1} and ${b + 1}:`, ...said.flatMap((l) => hanging(`  ${l}`, '    '))];
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A line for each picture. */
export function picturesCsv({ models, pictures }: ModelsReport, name: (label: number) => string): Generator<string> {
  const columns = models.flatMap((_,
    m) => [`predicted_${m + 1}`, `predicted_name_${m + 1}`, `confidence_${m + 1}`, `label_confidence_${m + 1}`]
  );
  return csvTable(['id', 'path', 'label', 'label_name', ...columns, 'wrong', 'total_variation'], pictures, (
    p
  ) => [[p.id, p.path, p.label, name(p.label),
    ...p.answers.flatMap((a) => [a.predicted, name(a.predicted), a.confidence, a.labelConfidence]),
    p.answers.filter((a) => a.predicted !== p.label).length, p.variation]]);
}

/** Everything but pictures as data URIs; JSON has no NaN, which is null. */
export function* modelsJson({ pictures, shown, ...report }: ModelsReport): Generator<string> {
  const head = { command: 'irreproducibility models', ...report,
    shown: shown.map(({ uri: _, blamed, ...rest }) => ({ ...rest, blamed: blamed.map(({ top }) => top) })) };
  yield `${JSON.stringify(head).slice(0, -1)},"pictures":[\n`;
  for (const [k, picture] of pictures.entries()) yield `${k > 0 ? ',\n' : ''}${JSON.stringify(picture)}`;
  yield '\n]}\n';
}
