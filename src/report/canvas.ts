/** A report's pictures as data URIs, encoded by a browser's canvas. */
import type { Picture } from '../data/picture.js';
import { THUMBNAIL, type PictureUse } from './pictures.js';

const JPEG_QUALITY = 0.8;

/** As `reportPictures` asks for it; in browsers and their workers. */
export async function encodeByCanvas(picture: Picture, use: PictureUse): Promise<string> {
  const { width, height } = picture;
  const canvas = drawn(picture);
  if (use !== 'thumbnail' || Math.max(width, height) <= THUMBNAIL) return dataUri(await canvas.convertToBlob({ type: 'image/png' }));
  const scale = Math.min(1, (2 * THUMBNAIL) / Math.max(width, height));
  const small = new OffscreenCanvas(Math.max(1, Math.round(scale * width)), Math.max(1, Math.round(scale * height)));
  const context = small.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(canvas, 0, 0, small.width, small.height);
  return dataUri(await small.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY }));
}

function drawn({ width, height, data }: Picture): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  for (let k = 0; k < width * height; k++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * k + c] = data[3 * k + c];
    pixels.data[4 * k + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas;
}

async function dataUri(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:${blob.type};base64,${btoa(binary)}`;
}
