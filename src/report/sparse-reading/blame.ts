/** The features to blame for an answer, in a report and on the console, beside the filters to blame. */
import { shareOf } from '../../saliency/binomial.js';
import { html } from '../page/html.js';
import { percent, plural, whole } from '../numbers.js';
import type { Section } from '../sections/section.js';
import { table, wrapped } from '../text-table.js';
import { withInterval } from './about.js';

/** A feature's part of the answer, and the filter that it pools. */
export interface BlamedFeature {
  readonly feature: number;
  /** D_j = (w_of - w_against) z, and what it is made of. */
  readonly difference: number;
  readonly z: number;
  readonly weightOf: number;
  readonly weightAgainst: number;
  /** `rank`: 1 for the most salient of all filters; null where features are no pooled channels. */
  readonly filter: { readonly index: number; readonly layer: string; readonly filter: number; readonly rank: number } | null;
}

/** What a sparse layer says of an answer of the network. */
export interface FeatureBlame {
  /** The folder of misfire sparse, and the layer of its path. */
  readonly folder: string;
  readonly layer: number;
  readonly lambda: number;
  /** The network's answer and the class it is held against: the label, where the answer is wrong. */
  readonly of: { readonly class: number; readonly name: string };
  readonly against: { readonly class: number; readonly name: string };
  /** What the layer answers itself, and without the first feature. */
  readonly predicted: { readonly class: number; readonly name: string };
  readonly after: { readonly class: number; readonly name: string };
  /** logit_of - logit_against by the layer, the part of the intercepts in it, and how many features have one. */
  readonly margin: number;
  readonly intercepts: number;
  readonly count: number;
  /** The first of them, by falling D_j. */
  readonly features: readonly BlamedFeature[];
  /** Filters that are listed as most salient, and all there are. */
  readonly listed: number;
  readonly filters: number;
}

const HEAD = ['feature', 'D', 'z', 'weight', 'weight against', 'filter', 'its rank'];

function rows({ features }: FeatureBlame): string[][] {
  return features.map((
    { feature, difference, z, weightOf, weightAgainst, filter }
  ) => [String(feature), difference.toFixed(3), z.toFixed(2), weightOf.toFixed(3), weightAgainst.toFixed(3),
    filter ? `${filter.layer}:${filter.filter}` : '', filter ? whole(filter.rank) : '']
  );
}

/** Sentences: whether the layer answers as the network does, and what it answers without the first feature. */
export function blameSentences({ of, against, predicted, after, margin, features: [first], listed, filters }: FeatureBlame): string[] {
  const same = predicted.class === of.class;
  const answers = same
    ? `The sparse layer answers ${of.name} too, by ${margin.toFixed(3)} over ${against.name}.`
    : `The sparse layer answers ${predicted.name} and not ${of.name} as the network does (${of.name} less ${against.name}: ${
      margin.toFixed(3)
    }).`;
  if (!first || first.difference <= 0) return [answers, `No feature speaks for ${of.name} against ${against.name}.`];
  const without = `With feature ${first.feature} at its mean it answers ${after.name}${after.class === predicted.class ? ' still' : ''}.`;
  if (!first.filter) return [answers, without];
  const { layer, filter, rank } = first.filter;
  const place = rank <= listed ? `among the ${listed} most salient` : `number ${whole(rank)} of ${whole(filters)} by saliency`;
  return [answers, without, `That feature pools the channel of filter ${layer}:${filter}, which is ${place}.`];
}

/** Lines for the console. */
export function blameText(blame: FeatureBlame): string {
  const { of, against } = blame;
  const lines = [
    `  features that speak for ${of.name} against ${against.name}, by the sparse layer (D = difference of weights times z):`,
    ...table([HEAD, ...rows(blame)], [0, 1, 2, 3, 4, 6], '  '),
    '',
    ...wrapped(blameSentences(blame).join(' '), '  '),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** Over several mistakes, how often the blamed feature's filter is among the listed ones; null where that is not known. */
export function togetherText(all: readonly { readonly mistake: boolean; readonly blame: FeatureBlame }[]): string | null {
  const first = all.flatMap(({ mistake, blame }) => {
    const [most] = blame.features;
    return mistake && most && most.difference > 0 && most.filter ? [{ ...blame, rank: most.filter.rank }] : [];
  });
  if (first.length < 2) return null;
  const among = first.filter(({ rank, listed }) => rank <= listed).length;
  const [{ listed, filters }] = first;
  return `The filter of the blamed feature is among the ${listed} most salient in ${among} of ${plural(first.length, 'mistake')}, `
    + `${withInterval(shareOf(among, first.length))}; a filter at random would be in ${percent(listed / filters)}.`;
}

/** The section of a report. */
export function blameSection(blame: FeatureBlame): Section {
  const { of, against, count, features, lambda, intercepts } = blame;
  const cells = rows(blame).map(([feature, ...rest]) =>
    html`<tr><th scope="row" class="number">${feature}</th>${
      rest.map((v, k) => html`<td class="${k === 4 ? 'text' : 'number'}">${v}</td>`)
    }</tr>
`
  );
  return {
    charts: [],
    html: html`<section><h2>Which features are to blame</h2>
<p>${blameSentences(blame).join(' ')}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Features that speak for the answer">
<table><caption>${count > features.length && `The first ${features.length} of `}${plural(count, 'feature')} by D, for ${of.name} against \
${against.name}</caption>
<thead><tr>${HEAD.map((h, k) => html`<th scope="col" class="${k === 5 ? 'text' : 'number'}">${h}</th>`)}</tr></thead>
<tbody>${cells}</tbody></table></div>
<p class="how">How to read this: a sparse layer (lambda ${lambda.toPrecision(3)}) answers from the same features as the network's own. A \
feature's z is in deviations from its mean; D is the difference of its two weights times z, and all D with the intercepts' \
${
      intercepts.toFixed(3)
    } are exactly the difference of the two logits. The rank is that of the filter whose channel the feature pools, 1 being \
the most salient of all. <code>misfire sparse show</code> has the pictures of each feature.</p></section>`,
  };
}
