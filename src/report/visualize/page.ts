/** Neuron pictures as people see them: a page with a grid of units, network and trace side by side, and the same in lines of text. */
import type { Picture } from '../../data/picture.js';
import { plural } from '../numbers.js';
import { html, trusted, type Html } from '../page/html.js';
import { page } from '../page/page.js';
import { PAPER } from '../page/reader.js';
import { hanging, table } from '../text-table.js';

/** One picture of a unit. */
export interface DrawnSide {
  /** Of the network as it is, or of a trace of it. */
  readonly of: 'network' | 'trace';
  /** The unit's value for the noise that was begun with, and for the picture. */
  readonly before: number;
  readonly after: number;
  /** Whether it was the same for every picture on the way: in a trace, a filter that has lost all its weights. */
  readonly constant: boolean;
}

export interface DrawnUnit {
  /** As people call it: `layer4.2.conv3:12`, or `class 3 (cat)`. */
  readonly name: string;
  /** Whether its value was to rise or to fall. */
  readonly sign: 1 | -1;
  readonly sides: readonly DrawnSide[];
}

export interface NeuronsResult {
  /** The model's file, without its folder. */
  readonly model: string;
  /** What the trace is called, and how far it speaks for the network; null where there is none. */
  readonly trace: { readonly name: string; readonly says: string } | null;
  /** [height, width] of a picture. */
  readonly size: readonly [number, number];
  readonly steps: number;
  readonly rate: number;
  readonly seed: number;
  readonly transformations: { readonly pad: number; readonly shifts: readonly number[] };
  readonly adapter: string;
  readonly units: readonly DrawnUnit[];
}

/** Where the method comes from. */
const METHOD = trusted('<a href="https://distill.pub/2017/feature-visualization/">Olah and others, “Feature visualization”, 2017</a>');

const digits = (v: number): string => v.toPrecision(4);
const valuesOf = ({ before, after, constant }: DrawnSide): string =>
  constant ? `${digits(before)} for every picture` : `${digits(before)} to ${digits(after)}`;

/** Pixels of a picture [channels, height, width] in 0 to 1; grey where it has one channel. */
export function neuronPixels(picture: Float32Array, [channels, height, width]: readonly number[]): Picture {
  const plane = height * width;
  const data = new Uint8Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const from = Math.min(c, channels - 1) * plane;
    for (let k = 0; k < plane; k++) data[3 * k + c] = Math.round(255 * Math.min(1, Math.max(0, picture[from + k])));
  }
  return { width, height, data };
}

/** The page; `uris` are the pictures as data URIs, for each unit one for each of its sides. */
export function neuronsPage(result: NeuronsResult, uris: readonly (readonly string[])[]): Promise<string> {
  const { model, trace, size: [height, width], steps, rate, seed, transformations: { pad, shifts }, adapter, units } = result;
  const title = `What excites ${units.length === 1 ? units[0].name : plural(units.length, 'unit')} of ${model} most`;
  const figures = units.map((unit, k) => figure(unit, uris[k], result));
  const sides = trace === null
    ? ''
    : html` Left is the network itself, right its trace <span class="file">${trace.name}</span>: the same network with most of its weights \
removed, for one picture. Both began with the same noise.`;
  const body = html`<main>
<h1>${title}</h1>
<p class="how">How to read this: each picture was made from noise, in ${plural(steps, 'step')} that raise (or lower) one number of the \
network: the logit of a class, a filter’s channel after bias and normalization and before its activation function, or a feature that the \
last layer reads (${METHOD}).${sides} The numbers below a picture are the value for the noise and for the picture${
    units.some((u) => u.sides.some((s) => s.constant)) &&
    '; where it is the same for every picture, no step could move it and the noise is left: the unit, or all that it reads, is cut off'
  }.</p>
${
    trace !== null && html`<p class="how">Whether the trace speaks for the network: ${trace.says}.</p>
`
  }<div class="neurons">${figures}</div>
<p class="how">What it does not say: a unit may answer to several unlike things, and one picture shows one of them, often exaggerated. \
That a picture excites a unit does not mean that pictures like it are what the unit is used for; <code>misfire filter</code> shows those \
of a data set that excite a filter. Which filters a mistake is blamed on, <code>misfire explain</code> says, by the method of ${PAPER}.</p>
<section><h2>How they were made</h2>
<dl><dt>model</dt><dd class="file">${model}</dd>
${
    trace !== null && html`<dt>trace</dt><dd class="file">${trace.name}</dd>
`
  }<dt>pictures</dt><dd>${height} x ${width} pixels, by their spectrum, in colours that do not hang together</dd>
<dt>steps</dt><dd>${steps} of Adam at a rate of ${rate}; seed ${seed}</dd>
<dt>transformations</dt><dd>pad ${pad}, shifts to ${shifts.join(' and ')} pixels, scales 0.9 to 1.1, -10 to 10 degrees</dd>
<dt>computed on</dt><dd>${adapter}</dd></dl></section>
</main>`;
  return page({ title, body, data: result, charts: [], style: STYLE });
}

function figure({ name, sign, sides }: DrawnUnit, uris: readonly string[], { size: [height, width] }: NeuronsResult): Html {
  const heading = sign > 0 ? name : `${name}, lowered`;
  const images = sides.map((side, k) =>
    html`<div><img src="${uris[k]}" width="${width}" height="${height}" alt="What ${sign > 0 ? 'raises' : 'lowers'} ${name} most\
${side.of === 'trace' ? ', of the trace' : ''}">
<span class="quiet">${sides.length > 1 ? `${side.of}: ` : ''}${valuesOf(side)}</span></div>
`
  );
  return html`<figure class="${width < 128 ? 'pixels' : ''}"><div class="shown">${images}</div><figcaption>${heading}</figcaption></figure>
`;
}

const STYLE = `
.neurons { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11rem), max-content)); gap: 1.5rem; margin: 1rem 0; }
.neurons figure { margin: 0; min-width: 0; }
.neurons .shown { display: flex; flex-wrap: wrap; gap: .5rem; }
.neurons img { display: block; width: 10rem; height: 10rem; object-fit: contain; border-radius: 3px; }
.neurons .pixels img { image-rendering: pixelated; }
.neurons span { font-size: .85rem; font-variant-numeric: tabular-nums; }
.neurons figcaption { margin-top: .35rem; }
`;

/** The values in lines. */
export function neuronsText({ units, trace }: NeuronsResult): string {
  const rows = units.flatMap(({ name, sign, sides }) =>
    sides.map((s) => [name, sign > 0 ? 'raised' : 'lowered', s.of, digits(s.before), s.constant ? 'the same' : digits(s.after)])
  );
  return `${table([['unit', '', 'of', 'noise', 'picture'], ...rows], [3, 4]).join('\n')}\n${
    trace ? `\n${hanging(`Whether the trace speaks for the network: ${trace.says}.`).join('\n')}\n` : ''
  }`;
}
