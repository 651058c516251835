/** A picture for a person: as a PNG large enough to look at, and in a terminal as coloured half blocks. */
import sharp from 'sharp';
import { writeAtomic } from '../../src/files/files.js';
import type { Picture } from '../../src/data/picture.js';

const MARGIN = '  ';
const GAP = '   ';

/** Writes a PNG, each pixel as `zoom` by `zoom` pixels. */
export async function writePng(path: string, { width, height, data }: Picture, zoom: number): Promise<void> {
  const image = sharp(data, { raw: { width, height, channels: 3 } }).resize(width * zoom, height * zoom, { kernel: 'nearest' });
  await writeAtomic(path, await image.png().toBuffer());
}

/**
 * Pictures side by side, two rows of pixels to a line of text; '' where the terminal shows fewer than 256 colours.
 * `depth` is the bits of a terminal's colours (tty.WriteStream.getColorDepth), 0 where there is no terminal.
 */
export function halfBlocks(pictures: readonly Picture[], depth: number): string {
  if (depth < 8) return '';
  const paint = depth >= 24 ? ([r, g, b]: Uint8Array) => `2;${r};${g};${b}` : (rgb: Uint8Array) => `5;${cube(rgb)}`;
  const [{ height }] = pictures;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    const parts = pictures.map(({ width, data }) => {
      const pixel = (x: number, row: number): Uint8Array => data.subarray((row * width + x) * 3, (row * width + x) * 3 + 3);
      return Array.from({ length: width }, (_, x) =>
        `\x1b[38;${paint(pixel(x, y))}m\x1b[48;${paint(pixel(x, Math.min(y + 1, height - 1)))}m▀`).join('');
    });
    lines.push(MARGIN + parts.map((p) => `${p}\x1b[0m`).join(GAP));
  }
  return `${lines.join('\n')}\n`;
}

/** Columns that halfBlocks fills. */
export function blocksWidth(pictures: readonly Picture[]): number {
  return MARGIN.length + GAP.length * (pictures.length - 1) + pictures.reduce((n, p) => n + p.width, 0);
}

/** Number of the nearest colour in the 6 x 6 x 6 cube of 256-colour terminals. */
function cube(rgb: Uint8Array): number {
  const [r, g, b] = Array.from(rgb, (v) => Math.round((v / 255) * 5));
  return 16 + 36 * r + 6 * g + b;
}
