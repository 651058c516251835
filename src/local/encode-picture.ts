/** A page's pictures as data URIs, encoded by sharp. */
import sharp from 'sharp';
import type { Picture } from '../data/picture.js';
import { THUMBNAIL, type PictureUse } from '../report/pictures.js';

/** As `reportPictures` asks for it. */
export async function encodePicture({ data, width, height }: Picture, use: PictureUse): Promise<string> {
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  if (use !== 'thumbnail') return dataUri('png', await image.png({ compressionLevel: 9, palette: use === 'map' }).toBuffer());
  if (Math.max(width, height) <= THUMBNAIL) return dataUri('png', await image.png().toBuffer());
  const side = 2 * THUMBNAIL;
  return dataUri('jpeg', await image.resize(side, side, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality: 80 }).toBuffer());
}

const dataUri = (type: 'png' | 'jpeg', bytes: Buffer): string => `data:image/${type};base64,${bytes.toString('base64')}`;
