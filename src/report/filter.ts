/** What a filter responds to in numbers, sentences and tables: what `misfire filter` says. */
import { QUANTILES, type Distribution, type FilterGroup, type FilterResponse, type FilterSample } from '../saliency/responses.js';
import type { Field } from '../saliency/field.js';
import { csvLine } from './csv.js';
import { nineDigits, percent, plural, whole } from './numbers.js';
import { table } from './text-table.js';

/** A picture of a run with what it does to the filter. */
export interface FilterPicture extends FilterSample {
  readonly id: number;
  readonly path: string;
  /** Where it excites the filter most, in pixels of the network's input; null where that is not known. */
  readonly patch: Field | null;
}

export interface FilterResult {
  readonly run: string;
  readonly model: string;
  readonly filter: { readonly index: number; readonly layer: string; readonly channel: number };
  /** In the order of the run. */
  readonly pictures: readonly FilterPicture[];
  /** Pictures of the run, where only some were looked at. */
  readonly of: number;
  readonly response: FilterResponse;
}

/** Pictures, classes and confusions that the text lists. */
const LISTED = 10;
/** Bins of the sketch. */
const BINS = 40, BARS = ' ▁▂▃▄▅▆▇█';

export const short = (v: number | null): string => (v === null ? '' : v.toPrecision(4));

export const filterName = ({ layer, channel }: FilterResult['filter']): string => `${layer}:${channel}`;

/** Sentences that hold before any number. */
export function filterLead({ filter, pictures, of, response: { active } }: FilterResult): string {
  const looked = of === pictures.length ? plural(of, 'picture') : `${whole(pictures.length)} of ${plural(of, 'picture')}, drawn at random`;
  return `${filterName(filter)} (filter ${filter.index}) is above 0 somewhere in ${percent(active)} of ${looked}.`;
}

/** Distributions, the most exciting pictures, the classes and confusions it is most salient for. */
export function filterText(result: FilterResult, name: (k: number) => string): string {
  const { response, pictures } = result;
  const lines = [
    filterLead(result),
    '',
    ...table([[...DISTRIBUTION_HEAD], ...distributionRows(response)], DISTRIBUTION_HEAD.map((_, k) => k).slice(1), '  '),
    '',
    `  activations from ${short(response.activation.quantiles[0])} to ${short(response.activation.quantiles.at(-1)!)}: ` +
    `|${histogram(pictures.map((p) => p.activation))}|`,
    '',
    'pictures that excite it most:',
    ...table([['id', 'picture', 'activation', 'label', 'predicted', 'where'], ...response.exciting.slice(0, LISTED).map((k) => {
      const { id, path, activation, label, predicted, patch } = pictures[k];
      return [String(id), path, short(activation), name(label), name(predicted), patch ? corner(patch) : ''];
    })], [0, 2], '  '),
  ];
  const kind = response.standardized ? 'for which it is most salient' : 'that excite it most, on average';
  lines.push(...grouped(`classes ${kind}`, response.classes, ({ label }) => name(label)));
  lines.push(...grouped(`confusions ${kind}`, response.confusions, ({ label, predicted }) => `${name(label)} -> ${name(predicted)}`));
  return `${lines.join('\n')}\n`;
}

function grouped<G extends FilterGroup>(title: string, all: readonly G[], called: (group: G) => string): string[] {
  if (all.length === 0) return [];
  const rows = all.slice(0, LISTED).map((g) => [called(g), whole(g.samples), short(g.standardized), short(g.raw), short(g.activation)]);
  return ['', `${title}${all.length > LISTED ? `, the first ${LISTED} of ${whole(all.length)}` : ''}:`,
    ...table([['', 'pictures', 'standardized', 'saliency', 'activation'], ...rows], [1, 2, 3, 4], '  ')];
}

const quantileName = (q: number): string => (q === 0 ? 'least' : q === 1 ? 'most' : `${100 * q} %`);
const corner = ({ left, top, right, bottom }: Field): string => `x ${left}-${right}, y ${top}-${bottom}`;

/** A row for the activation, and for the saliency where the run has it. */
export function distributionRows({ activation, raw, standardized }: FilterResponse): string[][] {
  const row = (name: string, d: Distribution | null): string[][] =>
    d ? [[name, short(Math.abs(d.mean) < 1e-9 * d.std ? 0 : d.mean), short(d.std), ...d.quantiles.map(short)]] : [];
  return [...row('activation', activation), ...row('saliency', raw), ...row('standardized', standardized)];
}

/** Headings of `distributionRows`. */
export const DISTRIBUTION_HEAD: readonly string[] = ['', 'mean', 'std', ...QUANTILES.map(quantileName)];

/** How many values lie where between the least and the greatest, in one line. */
export function histogram(values: readonly number[]): string {
  const low = Math.min(...values), high = Math.max(...values);
  const counts = new Array<number>(BINS).fill(0);
  for (const v of values) counts[high > low ? Math.min(BINS - 1, Math.floor((BINS * (v - low)) / (high - low))) : 0]++;
  const most = Math.max(...counts);
  return counts.map((n) => BARS[Math.ceil(((BARS.length - 1) * n) / most)]).join('');
}

/** A line for every picture, in the order of the run. */
export function* filterCsv({ pictures }: FilterResult, name: (k: number) => string): Generator<string> {
  yield csvLine(['id', 'path', 'label', 'label_name', 'predicted', 'predicted_name', 'activation', 'left', 'top', 'right', 'bottom',
    'saliency', 'standardized']);
  for (const { id, path, label, predicted, activation, patch, raw, standardized } of pictures) {
    const place = patch ? [patch.left, patch.top, patch.right, patch.bottom] : ['', '', '', ''];
    yield csvLine([id, path, label, name(label), predicted, name(predicted), nineDigits(activation), ...place, cell(raw),
      cell(standardized)]);
  }
}

/** A line for every class and every confusion; a class has no prediction. */
export function* filterGroupsCsv({ response: { classes, confusions } }: FilterResult, name: (k: number) => string): Generator<string> {
  yield csvLine(['label', 'label_name', 'predicted', 'predicted_name', 'pictures', 'activation', 'saliency', 'standardized']);
  const cells = (
    { samples, activation, raw, standardized }: FilterGroup
  ) => [samples, nineDigits(activation), cell(raw), cell(standardized)];
  for (const c of classes) yield csvLine([c.label, name(c.label), '', '', ...cells(c)]);
  for (const c of confusions) yield csvLine([c.label, name(c.label), c.predicted, name(c.predicted), ...cells(c)]);
}

const cell = (v: number | null): number | string => (v === null ? '' : nineDigits(v));

/** Every number; the most exciting pictures first are `response.exciting`, indices into `pictures`. */
export function* filterJson({ pictures, response, ...rest }: FilterResult, name: (k: number) => string): Generator<string> {
  const { classes, confusions, ...numbers } = response;
  const described = { ...rest,
    response: { ...numbers, classes: classes.map((c) => ({ ...c, name: name(c.label) })),
      confusions: confusions.map((c) => ({ ...c, name: name(c.label), predictedName: name(c.predicted) })) } };
  yield `${JSON.stringify(described).slice(0, -1)},"pictures":[`;
  for (const [k, picture] of pictures.entries()) {
    const named = { ...picture, labelName: name(picture.label), predictedName: name(picture.predicted) };
    yield `${k > 0 ? ',' : ''}\n${JSON.stringify(named)}`;
  }
  yield '\n]}\n';
}
