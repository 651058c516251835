/** From a row of a run back to the sample it is of. */
import { join } from 'node:path';
import { SampleReader } from '../dataset/sample.js';
import type { Source } from '../dataset/dataset.js';
import type { Picture } from '../data/picture.js';
import type { Meta, Row } from './format.js';

/** Where the bytes of a row's sample lie: `path` is a file below the set's root, or FILE[K] for a record of one. */
export function sourceOf({ kind, root }: Meta['data'], { path }: Pick<Row, 'path'>): Source {
  if (kind === 'folders' || kind === 'table') return { format: 'picture', file: join(root, path), record: 0 };
  const [, file, record] = /^(.*)\[(\d+)\]$/.exec(path)!;
  return { format: kind as Source['format'], file: join(root, file), record: Number(record) };
}

/** The picture of a row as it is stored. Throws one sentence where it cannot be read any more, or came as a prepared array. */
export async function pictureOf(data: Meta['data'], row: Pick<Row, 'path'>): Promise<Picture> {
  const reader = new SampleReader(null);
  try {
    return await reader.picture(sourceOf(data, row));
  } finally {
    reader.close();
  }
}
