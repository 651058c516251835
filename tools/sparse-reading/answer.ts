/** What every command that reads a sparse layer does around what it finds: the files it may write, and the layer opened and closed. */
import { join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { next } from '../shared/next.js';
import { checkJson, writeResult } from '../shared/results.js';
import { openReading, type OpenedReading } from './open.js';
import type { ReadingOptions } from './options.js';

/** What was found, in every form. */
export interface ReadingAnswer {
  readonly text: string;
  json(): Iterable<string>;
  /** The page, and the tables beside it by name; asked for where --out is given. */
  files(): Promise<readonly (readonly [name: string, text: string | Iterable<string>])[]>;
  /** The next command, and what it is for. */
  readonly next: readonly [why: string, args: readonly string[]];
}

/** Opens DIR, has `find` answer, and writes the answer. The first of the files is the page, called `page`. */
export async function answerReading(dir: string, text: string | undefined, options: ReadingOptions, page: string,
  find: (opened: OpenedReading) => Promise<ReadingAnswer>): Promise<void> {
  const { out, json } = options;
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, page);
  const opened = await openReading(dir, text, options);
  try {
    const answer = await find(opened);
    if (out !== undefined) await writeFolderAtomic(out, new Map((await answer.files()).map(([name, file]) => [join(out, name), file])));
    const where = out === undefined ? '' : `\nThe page: ${join(out, page)}\n`;
    await writeResult(() => answer.json(), `${answer.text}${where}`, options);
    next(answer.next[0], answer.next[1], options);
  } finally {
    opened.close();
  }
}
