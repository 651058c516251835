/** The region that `misfire mask --paste` pastes: one that was given, or the salient one. */
import { isWhole, salientRegion, type Region } from '../../src/saliency/experiments/regions.js';
import type { PictureShape } from '../../src/saliency/masking.js';
import { UsageError } from '../shared/usage.js';

/** Reads x0,y0,x1,y1. Throws one sentence where that is no region of the picture, or all of it, and a UsageError where it is no region. */
export function parseRegion(text: string, shape: PictureShape): Region {
  const [, height, width] = shape;
  const numbers = text.split(',').map((v) => (/^\d+$/.test(v.trim()) ? Number(v) : NaN));
  const [x0, y0, x1, y1] = numbers;
  const said = `--paste takes x0,y0,x1,y1, whole pixels of the prepared picture of ${width} x ${height} with x0 < x1 and y0 < y1, ` +
    `got "${text}"`;
  if (numbers.length !== 4 || !(x0 < x1 && y0 < y1)) throw new UsageError(said);
  if (!(x1 <= width && y1 <= height)) throw new Error(said);
  return checkPart({ x0, y0, x1, y1 }, shape);
}

/** The salient region of a map [H*W]. Throws one sentence, with what to do, where there is none or it is the whole picture. */
export function findRegion(map: Float32Array, shape: PictureShape, allowed: Uint8Array | null): Region {
  let region: Region;
  try {
    region = salientRegion(map, shape, allowed);
  } catch (error) {
    throw new Error(`${(error as Error).message}; name one with --paste x0,y0,x1,y1`);
  }
  return checkPart(region, shape);
}

/** Without another place of that size there is nothing to compare with. */
function checkPart(region: Region, shape: PictureShape): Region {
  if (isWhole(region, shape)) throw new Error('the region is the whole picture; name a part of it with --paste x0,y0,x1,y1');
  return region;
}
