/** The folder of `misfire visualize`: what a command was begun with, a journal of finished pictures, and their files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ndarray } from '../../src/data/ndarray.js';
import { parseFloatNpy, writeNpy } from '../../src/data/npy.js';
import type { Picture } from '../../src/data/picture.js';
import { sha256 } from '../../src/data/sha256.js';
import { readText, writeAllAtomic, writeAtomic } from '../../src/files/files.js';
import type { FolderKind } from '../../src/store/folder.js';
import { Journal, JSON_LINES, readJournal } from '../../src/store/journal.js';
import type { Lock } from '../../src/store/lock.js';
import { difference, refuseDifference, type Settings } from '../../src/store/settings.js';
import { neuronPixels } from '../../src/report/visualize/page.js';
import type { NeuronPicture } from '../../src/visualize/visualize.js';

const BEGUN = 'visualize.json', PICTURES = 'pictures.jsonl';

export const NEURONS: FolderKind = {
  mark: BEGUN,
  refusal: (folder, stranger) =>
    `${folder} holds "${stranger}" and no neuron pictures that could be gone on with: choose a new folder for --out`,
};

export interface Head {
  readonly version: string;
  readonly settings: Settings;
  readonly adapter: string;
}

/** A finished picture: its numbers, and the hash of its file. */
interface Made {
  readonly file: string;
  /** Of the trace's weights; null for the network as it is. */
  readonly trace: string | null;
  readonly before: number;
  readonly after: number;
  readonly values: readonly number[];
  readonly sha256: string;
}

/** A finished picture, read. */
export interface Kept extends Pick<Made, 'before' | 'after' | 'values'> {
  readonly pixels: Picture;
}

const keyOf = (file: string, trace: string | null): string => `${file} ${trace ?? ''}`;

/** What is finished there, and what is finished now, added to it. */
export class NeuronFolder {
  private constructor(private readonly folder: string, readonly head: Head, private readonly journal: Journal<unknown>,
    private readonly made: Map<string, Made>, private readonly lock: Lock) {}

  /** Throws one sentence where the folder was begun with other settings. */
  static async open(folder: string, now: Head, lock: Lock): Promise<NeuronFolder> {
    const path = join(folder, BEGUN);
    const begun = await readText(path).then((text) => JSON.parse(text) as Head, () => null);
    if (begun) refuseDifference(folder, difference(begun.settings, now.settings));
    else await writeAtomic(path, `${JSON.stringify(now, null, 2)}\n`);
    const file = join(folder, PICTURES);
    const { records, bytes } = await readJournal(file, JSON_LINES);
    const made = new Map((records as Made[]).map((one) => [keyOf(one.file, one.trace), one]));
    await lock.check();
    return new NeuronFolder(folder, begun ?? now, await Journal.open(file, JSON_LINES, bytes, { lasting: true }), made, lock);
  }

  /** Null where it is not there, or not what was written. */
  async find(file: string, trace: string | null): Promise<Kept | null> {
    const one = this.made.get(keyOf(file, trace));
    const bytes = one && await readFile(this.at(file, 'npy')).catch(() => null);
    if (!bytes || await sha256(bytes) !== one.sha256) return null;
    const { data, shape } = parseFloatNpy(bytes, this.at(file, 'npy'));
    return { before: one.before, after: one.after, values: one.values, pixels: neuronPixels(data, shape) };
  }

  async add(file: string, trace: string | null, { picture, shape, before, after, values }: NeuronPicture): Promise<void> {
    const bytes = writeNpy(ndarray(picture, shape));
    const { data, width, height } = neuronPixels(picture, shape);
    const png = await sharp(data, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 9 }).toBuffer();
    await writeAllAtomic(new Map([[this.at(file, 'npy'), bytes], [this.at(file, 'png'), png]]), () => this.lock.check());
    const one: Made = { file, trace, before, after, values: [...values], sha256: await sha256(bytes) };
    await this.lock.check();
    await this.journal.append(one);
    this.made.set(keyOf(file, trace), one);
  }

  async write(name: string, text: string): Promise<void> {
    await writeAllAtomic(new Map([[join(this.folder, name), text]]), () => this.lock.check());
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private at(file: string, ending: string): string {
    return join(this.folder, `${file}.${ending}`);
  }
}
