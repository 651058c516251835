/** The object boxes that a run has carried along with its samples. */
import { BOXES, outsideBoxes, parseBoxes } from '../../src/data/boxes.js';
import { pictureOf } from '../../src/store/sample.js';
import type { Meta, Row } from '../../src/store/format.js';

/** A row's boxes as text; none where its set had no column `boxes`. */
function boxesOf({ columns }: Meta['data'], row: Row): string {
  const k = columns.indexOf(BOXES);
  return k < 0 ? '' : row.carried[k];
}

/**
 * [H*W] of the prepared picture: 1 outside the sample's boxes; null where it has none. Throws one sentence where a box is
 * none, or the picture cannot be read.
 */
export async function maskableOf({ data, preprocessing }: Meta, row: Row): Promise<Uint8Array | null> {
  const boxes = parseBoxes(boxesOf(data, row), row.path);
  if (boxes.length === 0 || !preprocessing) return null;
  return outsideBoxes(boxes, await pictureOf(data, row), preprocessing);
}
