/**
 * JPEG, PNG and WebP files to 8-bit RGB, as Pillow's Image.open(...).convert('RGB') gives it: colour profiles and the EXIF
 * orientation are not applied, alpha is dropped, grey is repeated, CMYK is converted by the plain product, 16-bit grey is
 * clipped at 255.
 */
import sharp, { type Sharp } from 'sharp';
import { butIs } from '../data/file-kind.js';
import { readBytes } from './files.js';
import type { Picture } from '../data/picture.js';

/** Reads a picture. Throws one sentence, naming the file, where it is no such picture or is damaged. */
export async function readPicture(path: string): Promise<Picture> {
  return decodePicture(await readBytes(path), path);
}

/** Decodes a file already in memory; `name` is what messages call it. */
export async function decodePicture(bytes: Uint8Array, name: string): Promise<Picture> {
  if (!isPicture(bytes)) throw new Error(`${name} is not a JPEG, PNG or WebP picture${butIs(bytes, 'picture')}.`);
  try {
    const image = sharp(bytes, { failOn: 'error', ignoreIcc: true });
    if (isDeepGrey(bytes)) return await clippedGrey(image);
    const { space } = await image.metadata();
    const raw = space === 'cmyk' ? image.pipelineColourspace('cmyk').toColourspace('cmyk') : image.toColourspace('srgb');
    const { data, info } = await raw.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const convert = space === 'cmyk' ? fromCmyk : info.channels <= 2 ? fromGrey : fromRgb;
    return { width: info.width, height: info.height, data: convert(data, info.channels, info.width * info.height) };
  } catch (error) {
    const why = String((error as Error).message).split('\n')[0].trim().replace(/\.$/, '');
    throw new Error(`${name} is a damaged picture: ${why}.`, { cause: error });
  }
}

/**
 * A PNG of 16-bit grey without an alpha channel: Pillow opens it as whole numbers, which convert('RGB') clips, where of all other
 * pictures of 16 bits it keeps the high byte.
 */
const isDeepGrey = (bytes: Uint8Array): boolean => bytes[0] === 0x89 && bytes[24] === 16 && bytes[25] === 0;

async function clippedGrey(image: Sharp): Promise<Picture> {
  const { data, info } = await image.toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values = new Uint16Array(data.buffer, data.byteOffset, width * height * channels);
  const grey = Uint8Array.from({ length: width * height }, (_, k) => Math.min(255, values[k * channels]));
  return { width, height, data: fromGrey(grey, 1, width * height) };
}

function isPicture(bytes: Uint8Array): boolean {
  const starts = (text: string, at = 0) => [...text].every((c, k) => bytes[at + k] === c.charCodeAt(0));
  return starts('\xff\xd8\xff') || starts('\x89PNG\r\n\x1a\n') || (starts('RIFF') && starts('WEBP', 8));
}

function fromRgb(data: Uint8Array, channels: number, pixels: number): Uint8Array {
  const out = new Uint8Array(pixels * 3);
  for (let k = 0; k < pixels; k++) {
    for (let c = 0; c < 3; c++) out[k * 3 + c] = data[k * channels + c];
  }
  return out;
}

function fromGrey(data: Uint8Array, channels: number, pixels: number): Uint8Array {
  const out = new Uint8Array(pixels * 3);
  for (let k = 0; k < pixels; k++) out.fill(data[k * channels], k * 3, k * 3 + 3);
  return out;
}

function fromCmyk(data: Uint8Array, channels: number, pixels: number): Uint8Array {
  const out = new Uint8Array(pixels * 3);
  for (let k = 0; k < pixels; k++) {
    const white = 255 - data[k * channels + 3];
    for (let c = 0; c < 3; c++) out[k * 3 + c] = white - Math.round((data[k * channels + c] * white) / 255);
  }
  return out;
}
