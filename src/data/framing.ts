/** Which part of a picture the network sees, and how large: resize, then a cut from the middle, as torchvision, timm and others do it. */
import type { Picture } from './picture.js';
import { resize, type Interpolation } from './resize.js';

/** [height, width] */
export type Extent = readonly [number, number];
type Size = Pick<Picture, 'width' | 'height'>;

/** Absent keys are as files of before have it: bilinear, black beyond the edge. */
export interface Framing {
  /** Length the shorter side is resized to; [height, width] (see `fit`); or null to leave the size alone. */
  readonly resize: number | Extent | null;
  /** Whether a picture of other proportions covers [height, width] or lies within it; absent: it is stretched. */
  readonly fit?: 'cover' | 'contain';
  /** Pillow's filter, antialiased; bilinear where absent. */
  readonly interpolation?: Interpolation;
  /** Side of the square cut from the middle, or [height, width], or null to keep all of it. */
  readonly crop: number | Extent | null;
  /** Red, green and blue of what the crop reaches beyond the picture, 0 to 255; black where absent. */
  readonly fill?: readonly number[];
  /** Where the middle lies between two pixels: 'floor' takes the one to the left and above; absent: the even one, as torchvision. */
  readonly middle?: 'floor';
}

/** The resized picture, and the rectangle cut from it; `left` and `top` are negative where there is padding. */
interface Frame {
  readonly size: Size;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a framing makes of a picture of that size. */
export function frameOf(picture: Size, how: Framing): Frame {
  const size = resized(picture, how);
  if (how.crop === null) return { size, left: 0, top: 0, ...size };
  const [height, width] = extent(how.crop);
  const start = how.middle === 'floor' ? (length: number, side: number) => Math.floor((length - side) / 2) : cropStart;
  return { size, left: start(size.width, width), top: start(size.height, height), width, height };
}

/** Resized and cropped, still 8 bits a channel. */
export function frame(picture: Picture, how: Framing): Picture {
  const { size, left, top, width, height } = frameOf(picture, how);
  const resizedPicture = resize(picture, size.width, size.height, how.interpolation);
  return how.crop === null ? resizedPicture : cut(resizedPicture, left, top, width, height, how.fill);
}

/** [height, width] of every picture so framed; null where it depends on the picture. */
export function outputExtent({ resize, fit, crop }: Framing): Extent | null {
  if (crop !== null) return extent(crop);
  return Array.isArray(resize) && fit === undefined ? resize as unknown as Extent : null;
}

/** What is left of the picture after the crop, at the resolution it had before the resize; black where the crop reaches beyond it. */
export function seenPart(picture: Picture, how: Framing): Picture {
  if (how.crop === null) return picture;
  const { size, left, top, width, height } = frameOf(picture, how);
  const edge = (start: number, side: number, scale: number) => [Math.round(start * scale), Math.round((start + side) * scale)];
  const [x0, x1] = edge(left, width, picture.width / size.width);
  const [y0, y1] = edge(top, height, picture.height / size.height);
  return cut(picture, x0, y0, x1 - x0, y1 - y0, how.fill);
}

/** As timm's crop_pct has it: [height, width] is the share `share` of what the picture is resized to cover, rounded down. */
export function croppedBy(share: number, [height, width]: Extent): Framing {
  const to: Extent = [Math.floor(height / share), Math.floor(width / share)];
  return to[0] === to[1] ? { resize: to[0], crop: tidy([height, width]) } : { resize: to, fit: 'cover', crop: [height, width] };
}

/** A square as one number. */
export const tidy = ([height, width]: Extent): number | Extent => (height === width ? height : [height, width]);

/** Both sides of a square, or the two as they are. */
export const extent = (side: number | Extent): Extent => (typeof side === 'number' ? [side, side] : side);

function resized(picture: Size, { resize: to, fit }: Framing): Size {
  if (to === null) return { width: picture.width, height: picture.height };
  if (typeof to === 'number') return sizeByShorterSide(picture, to);
  const [height, width] = to;
  if (fit === undefined) return { width, height };
  const ratios = [picture.height / height, picture.width / width];
  const ratio = fit === 'cover' ? Math.min(...ratios) : Math.max(...ratios);
  return { width: Math.max(1, roundEven(picture.width / ratio)), height: Math.max(1, roundEven(picture.height / ratio)) };
}

/** torchvision's rule: the shorter side becomes `side`, the longer one keeps the proportion, rounded down. */
function sizeByShorterSide({ width, height }: Size, side: number): Size {
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: side, height: long } : { width: long, height: side };
}

/** First pixel of the crop, negative where there is padding: the odd row or column of that goes right and below. */
function cropStart(length: number, side: number): number {
  return length < side ? -Math.floor((side - length) / 2) : roundEven((length - side) / 2);
}

/** Python's round(): a half goes to the even neighbour. */
function roundEven(value: number): number {
  const down = Math.floor(value);
  const over = value - down;
  return over < 0.5 || (over === 0.5 && down % 2 === 0) ? down : down + 1;
}

/** A rectangle of the picture, filled where it reaches beyond. */
function cut(picture: Picture, left: number, top: number, width: number, height: number, fill?: readonly number[]): Picture {
  const out = new Uint8Array(width * height * 3);
  if (fill?.some((v) => v !== 0)) { for (let k = 0; k < out.length; k++) out[k] = fill[k % 3]; }
  const x0 = Math.max(0, -left), x1 = Math.min(width, picture.width - left);
  for (let y = Math.max(0, -top); y < Math.min(height, picture.height - top); y++) {
    const from = (y + top) * picture.width + left;
    out.set(picture.data.subarray((from + x0) * 3, (from + x1) * 3), (y * width + x0) * 3);
  }
  return { width, height, data: out };
}
