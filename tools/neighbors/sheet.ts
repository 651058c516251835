/** A contact sheet: a query on the left, its neighbours beside it, five to a row. */
import sharp, { type OverlayOptions } from 'sharp';
import type { Picture } from '../../src/data/picture.js';
import { pictureOf } from '../../src/store/sample.js';
import type { Meta, Row } from '../../src/store/format.js';

const SIDE = 160, TEXT = 54, GAP = 8, ACROSS = 5;
const CELL = { width: SIDE + GAP, height: SIDE + TEXT + GAP };
/** Characters of a class name that fit under a picture. */
const FITS = 22;

export interface Cell {
  readonly row: Row;
  /** The set the sample is from. */
  readonly data: Meta['data'];
  /** Null for the query. */
  readonly similarity: number | null;
  /** Of a query: the network is so sure of it that its neighbours say nothing. */
  readonly blank?: boolean;
}

/** Throws one sentence where the set has no pictures to show. */
export function checkPictures({ kind, root }: Meta['data']): void {
  if (kind === 'npy') throw new Error(`--sheet shows pictures, and the samples of ${root} are arrays that came prepared; leave it out`);
}

/** The PNG file's bytes; `name` shows a class. Throws one sentence where a picture cannot be read any more. */
export async function drawSheet(query: Cell, neighbors: readonly Cell[], name: (label: number) => string): Promise<Uint8Array> {
  const rows = Math.max(1, Math.ceil(neighbors.length / ACROSS));
  const columns = 1 + Math.min(ACROSS, neighbors.length);
  const overlays: OverlayOptions[] = [];
  for (const [k, cell] of [query, ...neighbors].entries()) {
    const left = GAP + (k === 0 ? 0 : 1 + ((k - 1) % ACROSS)) * CELL.width;
    const top = GAP + (k === 0 ? 0 : Math.floor((k - 1) / ACROSS)) * CELL.height;
    overlays.push({ input: await thumbnail(await pictureOf(cell.data, cell.row)), left, top }, { input: Buffer.from(caption(cell, name)),
      left, top: top + SIDE });
  }
  const canvas = { width: GAP + columns * CELL.width, height: GAP + rows * CELL.height, channels: 3, background: 'white' } as const;
  return sharp({ create: canvas }).composite(overlays).png().toBuffer();
}

/** SVG of SIDE x TEXT: which sample, and what it is and was taken for. */
export function caption({ row, similarity, blank }: Cell, name: (label: number) => string): string {
  const short = (text: string) => (text.length > FITS ? `${text.slice(0, FITS - 1)}…` : text);
  const wrong = row.label !== row.predicted;
  const lines = [
    { text: similarity === null ? `query ${row.id}${blank ? ' (sure: says nothing)' : ''}` : `${row.id}: ${similarity.toFixed(3)}`,
      fill: 'black' },
    { text: short(name(row.label)), fill: 'black' },
    { text: short(wrong ? `→ ${name(row.predicted)}` : 'right'), fill: wrong ? '#b00020' : '#00702a' },
  ];
  const texts = lines.map(({ text, fill }, k) => `<text x="2" y="${15 + 17 * k}" fill="${fill}">${escape(text)}</text>`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${TEXT}" font-family="sans-serif" font-size="13">${texts}</svg>`;
}

/** XML's own characters as entities; control characters, which XML does not know, as blanks. */
function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[\x00-\x1f\ufffe\uffff]/g, ' ').replace(/[&<>"']/g, (c) => entities[c]);
}

async function thumbnail({ data, width, height }: Picture): Promise<Buffer> {
  // Small pictures keep their pixels visible.
  const kernel = Math.max(width, height) < SIDE ? 'nearest' : 'lanczos3';
  return sharp(data, { raw: { width, height, channels: 3 } }).resize(SIDE, SIDE, { fit: 'contain', background: 'white', kernel }).png()
    .toBuffer();
}
