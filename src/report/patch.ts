/** Where in a picture a filter is most excited: the patch to show, cut out and outlined. */
import type { Picture } from '../data/picture.js';
import { receptiveField, type Field } from '../saliency/field.js';
import type { NetworkGraph } from '../saliency/network.js';
import { mapOf } from '../saliency/peaks.js';

/** A patch is at most this share of a picture's sides: the fields of deep layers are the whole picture, which points at nothing. */
const MOST = 0.5;
const OUTLINE = [255, 0, 160];

/**
 * The patch of a place in a layer's map (as `Explainer.peaks` gives it): its receptive field, or, where that is larger, half the
 * picture's sides around the place. Null where there is no place. `graph` is the network's, for a batch of any size.
 */
export function patchOf(graph: NetworkGraph, layer: number, place: number): Field | null {
  if (place < 0) return null;
  const { node, height, width } = mapOf(graph, layer);
  const [y, x] = [Math.floor(place / width), place % width];
  const [, , H, W] = graph.input.shape;
  const field = receptiveField(node, graph.input, y, x);
  const [top, bottom] = within(field.top, field.bottom, (y + 0.5) / height, H);
  const [left, right] = within(field.left, field.right, (x + 0.5) / width, W);
  return { top, bottom, left, right };
}

function within(low: number, high: number, middle: number, extent: number): [number, number] {
  const most = Math.max(1, Math.round(MOST * extent));
  if (high - low + 1 <= most) return [low, high];
  const start = Math.min(extent - most, Math.max(0, Math.round(middle * extent - most / 2)));
  return [start, start + most - 1];
}

/** The patch alone. */
export function cutPatch({ data, width }: Picture, { top, bottom, left, right }: Field): Picture {
  const size = { width: right - left + 1, height: bottom - top + 1 };
  const out = new Uint8Array(3 * size.width * size.height);
  for (let r = 0; r < size.height; r++) {
    const from = 3 * ((top + r) * width + left);
    out.set(data.subarray(from, from + 3 * size.width), 3 * r * size.width);
  }
  return { ...size, data: out };
}

/** The picture with the patch framed, by a line that shows at the size of a thumbnail. */
export function outlinePatch({ data, width, height }: Picture, { top, bottom, left, right }: Field): Picture {
  const out = Uint8Array.from(data);
  const line = Math.max(1, Math.round(Math.max(width, height) / 80));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      if (Math.min(y - top, bottom - y, x - left, right - x) < line) out.set(OUTLINE, 3 * (y * width + x));
    }
  }
  return { width, height, data: out };
}
