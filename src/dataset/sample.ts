/** The network's input for one sample of a data set, wherever its bytes lie. */
import { closeSync, openSync, readSync } from 'node:fs';
import { cifarPicture } from '../data/cifar.js';
import { CIFAR, npyRecords } from './arrays.js';
import type { Source } from './dataset.js';
import { fileError } from '../files/files.js';
import type { Picture } from '../data/picture.js';
import { readPicture } from '../files/picture.js';
import { channelsFirst } from '../data/input-form.js';
import { inputValues } from '../data/npy.js';
import { preprocess, type Preprocessing } from '../data/preprocess.js';

export interface Input {
  readonly data: Float32Array;
  /** [channels, height, width] */
  readonly shape: readonly number[];
}

/** Reads samples; files of records stay open until `close`. */
export class SampleReader {
  private readonly files = new Map<string, number>();
  private readonly arrays = new Map<string, ReturnType<typeof npyRecords>>();

  /** `how` prepares pictures; null where every sample comes prepared, with its channels last where `channelsLast` says so. */
  constructor(private readonly how: Preprocessing | null, private readonly channelsLast = false) {}

  /** Throws one sentence, naming the file, where the sample cannot be read or decoded. */
  async read({ format, file, record }: Source): Promise<Input> {
    if (format === 'npy') return this.prepared(file, record);
    if (!this.how) throw new Error(`${file} is a picture; say with --preprocess how it is prepared (imagenet, cifar10 or a JSON file)`);
    return preprocess(await this.picture({ format, file, record }), this.how);
  }

  /** The picture as it is stored. Throws as `read` does, and where the sample comes prepared. */
  async picture({ format, file, record }: Source): Promise<Picture> {
    if (format === 'npy') throw new Error(`${file} holds arrays that came prepared, and no pictures`);
    return format === 'picture' ? readPicture(file) : this.cifar(format, file, record);
  }

  /** Closes the files of records; reading opens them again. */
  close(): void {
    for (const file of this.files.values()) closeSync(file);
    this.files.clear();
  }

  private cifar(kind: 'cifar10' | 'cifar100', file: string, record: number) {
    const { record: each, labels } = CIFAR[kind];
    return cifarPicture(this.bytes(file, record * each + labels, each - labels), 0);
  }

  private async prepared(file: string, record: number): Promise<Input> {
    if (!this.arrays.has(file)) this.arrays.set(file, npyRecords(file, true));
    const records = await this.arrays.get(file)!;
    const length = records.elements.width * size(records.each);
    const at = records.place.start + records.start + record * length;
    const bytes = records.place.unpacked?.slice(at, at + length) ?? this.bytes(records.place.file, at, length);
    const data = inputValues(records, bytes, `${file}: sample ${record}`);
    return this.channelsLast ? channelsFirst(data, records.each) : { data, shape: records.each };
  }

  private bytes(path: string, position: number, length: number): Uint8Array<ArrayBuffer> {
    let file = this.files.get(path);
    if (file === undefined) this.files.set(path, file = openFile(path));
    const out = new Uint8Array(length);
    let got = 0;
    while (got < length) {
      const n = readSync(file, out, got, length - got, position + got);
      if (n === 0) throw new Error(`${path} ends before byte ${position + length}; it has changed since the run began`);
      got += n;
    }
    return out;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw fileError('read', path, error);
  }
}

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
