/** The pictures below a folder, links followed, and what else lies there: told, never dropped in silence. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileError } from '../files/files.js';

export const PICTURE = /\.(jpe?g|jpe|jfif|png|webp)$/i;
/** Extensions that stand in a message. */
const NAMED = 4;

/** What unpackers, file servers and tools leave beside the data: folders that are never classes. */
const CLUTTER = /^(__MACOSX|__pycache__|@eaDir|lost\+found|\$RECYCLE\.BIN|System Volume Information)$/i;

/** Folders of a folder, sorted by name, also those that are links; without hidden ones, clutter and links that lead nowhere. */
export async function subfolders(path: string,
  entries: readonly Dirent[]): Promise<{ folders: string[]; clutter: string[]; lost: string[] }> {
  const folders: string[] = [], clutter: string[] = [], lost: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const target = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => null) : entry;
    if (target === null) lost.push(entry.name);
    else if (target.isDirectory()) (CLUTTER.test(entry.name) ? clutter : folders).push(entry.name);
  }
  return { folders: folders.sort(), clutter: clutter.sort(), lost: lost.sort() };
}

export class PictureWalk {
  /** How many files of each extension are no pictures that can be read. */
  private readonly others = new Map<string, number>();
  private readonly lost: string[] = [];

  constructor(private readonly root: string) {}

  /** Paths of the pictures below `under`, relative to the root, sorted by name in each folder. Throws where a folder cannot be read. */
  async pictures(under: string, above?: readonly string[]): Promise<string[]> {
    const folder = join(this.root, under);
    const refuse = (error: unknown): never => {
      throw fileError('read', folder, error);
    };
    const entries = await readdir(folder, { withFileTypes: true }).catch(refuse);
    const real = await realpath(folder).catch(refuse);
    above ??= [await realpath(this.root)];
    if (above.includes(real)) return []; // a link to a folder that it lies in
    const out: string[] = [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const path = `${under}/${entry.name}`;
      const target = entry.isSymbolicLink() ? await stat(join(this.root, path)).catch(() => null) : entry;
      if (target === null) this.lost.push(path);
      else if (target.isDirectory()) { if (!CLUTTER.test(entry.name)) out.push(...await this.pictures(path, [...above, real])); }
      else if (!PICTURE.test(entry.name)) this.leave(entry.name);
      else if (target.isFile()) out.push(path);
    }
    return out;
  }

  /** What was left out, a clause each. */
  notices(): string[] {
    const kinds = [...this.others].sort((a, b) => b[1] - a[1]);
    const count = kinds.reduce((n, [, k]) => n + k, 0);
    const shown = kinds.slice(0, NAMED).map(([kind, n]) => `${n} ${kind}`).join(', ') + (kinds.length > NAMED ? ', ...' : '');
    return [
      ...(count > 0 ? [`${count} files of ${this.root} are no .jpg, .png or .webp and are left out (${shown})`] : []),
      ...(this.lost.length > 0 ? [`${this.lost.length} links of ${this.root} lead nowhere and are left out (${this.lost[0]})`] : []),
    ];
  }

  private leave(name: string): void {
    const kind = extname(name) === '' ? 'without an extension' : extname(name).toLowerCase();
    this.others.set(kind, (this.others.get(kind) ?? 0) + 1);
  }
}
