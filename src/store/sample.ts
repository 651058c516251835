/** From a row of a run back to the sample it stands for: its picture, and what the network was given. */
import { isAbsolute, join } from 'node:path';
import type { Picture } from '../data/picture.js';
import type { Source } from '../dataset/dataset.js';
import { SampleReader } from '../dataset/sample.js';
import type { Meta, Row } from './format.js';

/** Where the bytes of a row's sample lie: `path` is a file below the set's root, or an absolute one, or FILE[K] for a record of one. */
export function sourceOf({ kind, root }: Meta['data'], { path }: Pick<Row, 'path'>): Source {
  const file = (name: string): string => (isAbsolute(name) ? name : join(root, name));
  if (kind === 'folders' || kind === 'table') return { format: 'picture', file: file(path), record: 0 };
  const [, name, record] = /^(.*)\[(\d+)\]$/.exec(path)!;
  return { format: kind as Source['format'], file: file(name), record: Number(record) };
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

/** Reads the prepared pictures of a run's samples; files of records stay open until `close`. */
export class PreparedPictures {
  private readonly reader: SampleReader;

  constructor(private readonly meta: Meta) {
    this.reader = new SampleReader(meta.preprocessing, meta.model.channelsLast);
  }

  /** [C,H,W], ready for the network. Throws one sentence where the sample cannot be read any more or is of another size. */
  async read(row: Pick<Row, 'path'>): Promise<Float32Array> {
    const { data, shape } = await this.reader.read(sourceOf(this.meta.data, row));
    const want = this.meta.model.pictureShape;
    if (shape.join() !== want.join()) {
      throw new Error(
        `${row.path} gives an input of ${shape.join(' x ')}, but the run was made with ${want.join(' x ')}; the picture has changed since`
      );
    }
    return data;
  }

  /** Closes the files of records. */
  close(): void {
    this.reader.close();
  }
}
