/** How pictures are prepared most often, to be tried where nobody knows how a network's were. */
import type { Picture } from './picture.js';
import type { Framing } from './framing.js';
import type { InputForm } from './input-form.js';
import { PREPROCESSINGS, type Preprocessing } from './preprocess.js';

/** One of them, and what a person calls it. */
export interface NamedPreprocessing {
  readonly name: string;
  readonly how: Preprocessing;
}

type Colours = Pick<Preprocessing, 'scale' | 'mean' | 'std' | 'order'>;

const IMAGENET = PREPROCESSINGS.imagenet, CIFAR = PREPROCESSINGS.cifar10;
/** Mean and deviation, or scale, of red, green and blue. */
const COLOURS: readonly (readonly [name: string, colours: Colours])[] = [
  ["ImageNet's mean and deviation", { mean: IMAGENET.mean, std: IMAGENET.std }],
  ["CIFAR-10's mean and deviation", { mean: CIFAR.mean, std: CIFAR.std }],
  ["CIFAR-10's, deviation 0.2", { mean: CIFAR.mean, std: [0.2023, 0.1994, 0.2010] }],
  ['0 to 1', { mean: [0], std: [1] }],
  ['-1 to 1', { mean: [0.5], std: [0.5] }],
  ['0 to 255', { scale: [0, 255], mean: [0], std: [1] }],
  ["0 to 255 less ImageNet's mean", { scale: [0, 255], mean: [123.68, 116.779, 103.939], std: [1] }],
];
const GREY: readonly (readonly [name: string, colours: Colours])[] = [
  ['0 to 1', { mean: [0], std: [1] }],
  ['-1 to 1', { mean: [0.5], std: [0.5] }],
  ['0 to 255', { scale: [0, 255], mean: [0], std: [1] }],
  ["MNIST's mean and deviation", { mean: [0.1307], std: [0.3081] }],
];

/** Every usual way of colours for the input, with one framing: mean and deviation or scale, in both orders of channels. */
export function commonColours({ channels, whole }: InputForm, framing: Framing): NamedPreprocessing[] {
  if (channels === 1) return named(whole ? [['whole numbers', wholeNumbers(whole)]] : GREY, { ...framing, channels: 1 });
  const orders = whole ? [['whole numbers', wholeNumbers(whole)] as const] : COLOURS;
  return [...named(orders.map(([name, c]) => [`${name}, RGB`, c] as const), framing), ...named(
    orders.map(([name, c]) => [`${name}, BGR`, { ...c, order: 'BGR' as const, mean: [...c.mean].reverse(), std: [...c.std].reverse() }]),
    framing
  )];
}

const wholeNumbers = ({ low, high }: NonNullable<InputForm['whole']>): Colours => ({ scale: [low, high], mean: [0], std: [1] });

const named = (colours: readonly (readonly [string, Colours])[],
  framing: Framing & Pick<Preprocessing, 'channels'>): NamedPreprocessing[] =>
  colours.map(([name, c]) => ({ name, how: { ...framing, ...c } }));

/** Share of the resized side that is kept: 224 of 256. */
const CROPPED = 224 / 256;
/** Networks whose size the file leaves open take pictures up to this size as they are, larger ones cut to 224. */
const SMALL = 64, USUAL = 224;

/** The usual sizes and cuts that give the input's height and width from all the pictures, of these sizes, the most usual first. */
export function commonFramings({ height, width }: Pick<InputForm, 'height' | 'width'>,
  pictures: readonly Pick<Picture, 'width' | 'height'>[]): { name: string; how: Framing }[] {
  const [{ height: own, width: across }] = pictures;
  const same = pictures.every((p) => p.height === own && p.width === across) && (height ?? own) === own && (width ?? across) === across;
  if (same && (height !== null || own <= SMALL)) return [{ name: 'as large as they are', how: { resize: null, crop: null } }];
  const [h, w] = [height ?? USUAL, width ?? USUAL];
  const crop = h === w ? h : [h, w] as const;
  const short = Math.min(h, w);
  const size = h === w ? `${h}` : `${h} x ${w}`;
  const larger = Math.round(short / CROPPED);
  return [
    { name: `shorter side ${larger}, cut ${size}`, how: { resize: larger, crop } },
    { name: `stretched to ${size}`, how: { resize: [h, w], crop: null } },
    { name: `shorter side ${short}, cut ${size}`, how: { resize: short, crop } },
    ...(pictures.every((p) => p.height >= h && p.width >= w) ? [{ name: `cut ${size}, not resized`, how: { resize: null, crop } }] : []),
    { name: `shorter side ${larger} bicubic, cut ${size}`, how: { resize: larger, crop, interpolation: 'bicubic' } },
  ];
}
