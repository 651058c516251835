/** What a page of an experiment needs beside its result: names, pictures, and its place among the pages of a study. */
import { shownPicture } from '../../src/report/pictures.js';
import type { Meta, Row } from '../../src/store/format.js';
import { PreparedPictures } from '../../src/store/sample.js';
import { encodePicture } from '../../src/local/encode-picture.js';

export interface PageContext {
  /** A class as a person calls it. */
  name(label: number): string;
  /** Prepared pictures [C,H,W] of samples as data URIs, as the network saw them; null where one cannot be read any more. */
  pictures(rows: readonly Pick<Row, 'path'>[]): Promise<(string | null)[]>;
  /** Whether the page lies in a folder of a study's. */
  readonly chapter: boolean;
}

export function pageContext({ meta, name }: { readonly meta: Meta; name(label: number): string },
  { chapter = false }: { readonly chapter?: boolean }): PageContext {
  return { name, chapter, pictures: (rows) => shownPictures(meta, rows) };
}

/** Data URIs of prepared pictures, as the network saw them; null where one cannot be read any more. */
export async function shownPictures(meta: Meta, rows: readonly Pick<Row, 'path'>[]): Promise<(string | null)[]> {
  const pictures = new PreparedPictures(meta);
  try {
    const uris: (string | null)[] = [];
    for (const row of rows) {
      const prepared = await pictures.read(row).catch(() => null);
      uris.push(prepared && await encodePicture(shownPicture(prepared, meta.model.pictureShape, meta.preprocessing), 'thumbnail'));
    }
    return uris;
  } finally {
    pictures.close();
  }
}
