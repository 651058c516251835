/**
 * Writes a store so that a run killed at any moment goes on from its last finished batch and ends with the same bits.
 *
 * Each finished batch is appended to the journal of its part (.journal-K). When a part is full, the caller's state after
 * it is put in place (.state-K), then the part itself; only then is its journal removed. So the parts that are there
 * say how far the run has come, the last one's state is the state after it, and the journals hold every later batch.
 * All of them are held against their hashes before a run goes on: what a disk has changed ends it, or is computed again.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files/files.js';
import { batchRecord } from './batch-record.js';
import { countParts, journalPath, readState, statePath, tidy, type Kept, type Mark } from './checkpoint.js';
import { ERRORS, META, SAMPLES, type BatchResult } from './format.js';
import { Journal, openFenced, readJournal } from './journal.js';
import { checkLock, type LockToken } from './lock.js';
import type { Part, PartForm } from './parquet.js';
import { PartWriter } from './part-writer.js';
import { partName } from './parts.js';
import { sumOfFile, type Sums } from './seal.js';

export interface WriterOptions {
  readonly form: PartForm;
  /** Whole batches in a part. */
  readonly partBatches: number;
  /** What `resumed.state` gives back: taken after the last batch of a part was appended. */
  readonly state: () => Uint8Array;
  /** The lock that is held on the folder, which is asked before anything is written. */
  readonly lock?: LockToken;
  /** Of which run the files are. */
  readonly mark?: Mark;
  /** Whether this is batch k of the run; what is not is computed again. */
  readonly fits?: (batch: BatchResult, k: number) => boolean;
}

/** Where a run goes on. */
export interface Resumed {
  /** The state after the last part, null before the first. */
  readonly state: Uint8Array | null;
  /** The finished batches since, to be appended again. */
  readonly batches: readonly BatchResult[];
  /** The batch that comes after them. */
  readonly next: number;
  /** The journal in which a batch was damaged: it and those after it are to be computed again; null where there is none. */
  readonly damaged: string | null;
}

const UNMARKED: Mark = { sum: '', older: false };

export class StoreWriter {
  private readonly parts = new PartWriter();
  private committing: Promise<void> = Promise.resolve();
  private journal: Journal<BatchResult> | null = null;
  private pending: BatchResult[] = [];
  private synced = true;

  private constructor(
    private readonly folder: string,
    private readonly options: WriterOptions,
    private part: number,
    readonly resumed: Resumed,
    private replays: number,
    private readonly journalBytes: ReadonlyMap<number, number>,
    private readonly errorFile: FileHandle,
    private readonly errorHash: Hash,
    private kept: Kept & { readonly partSums: readonly string[] }
  ) {}

  /** Opens the store of a run, or begins it; the folder is there and locked. Throws one sentence where its files do not fit together. */
  static async open(folder: string, options: WriterOptions): Promise<StoreWriter> {
    await mkdir(join(folder, SAMPLES), { recursive: true });
    const { mark = UNMARKED, fits = () => true } = options;
    const part = await countParts(folder);
    const { state, kept } = part === 0
      ? { state: null, kept: { errors: 0, errorBytes: 0 } as Kept }
      : await readState(folder, part - 1, mark);
    const partSums = await checkedParts(folder, part, kept.partSums);
    const errorHash = await checkedErrors(join(folder, ERRORS), kept);
    await tidy(folder, part);
    const errorFile = await openFenced(join(folder, ERRORS), kept.errorBytes);
    const batches: BatchResult[] = [];
    const journalBytes = new Map<number, number>();
    let damaged: string | null = null;
    // A part may have been under way to its place while the next one's first batches were finished.
    for (const k of [part, part + 1]) {
      if (batches.length !== (k - part) * options.partBatches) break;
      const found = await readJournal(journalPath(folder, k), batchRecord(mark), (batch, j) =>
        j < options.partBatches && fits(batch, k * options.partBatches + j));
      batches.push(...found.records);
      journalBytes.set(k, found.bytes);
      if (found.damaged) damaged = journalPath(folder, k);
    }
    const next = part * options.partBatches + batches.length;
    return new StoreWriter(folder, options, part, { state, batches, next, damaged }, batches.length, journalBytes, errorFile, errorHash, {
      ...kept,
      partSums,
    });
  }

  /** What the run's description, errors and parts were when they were written. */
  get sums(): Sums {
    return { [META]: this.mark.sum, [ERRORS]: this.errorHash.copy().digest('hex'),
      ...Object.fromEntries(this.kept.partSums.map((sum, k) => [`${SAMPLES}/${partName(k)}`, sum])) };
  }

  private get mark(): Mark {
    return this.options.mark ?? UNMARKED;
  }

  get errors(): number {
    return this.kept.errors;
  }

  /**
   * Adds the next batch, first those of `resumed`, in order; the batch is safe when the promise is fulfilled. Throws one
   * sentence where it cannot be written, a full disk among the reasons.
   */
  async append(batch: BatchResult): Promise<void> {
    await this.writing(async () => {
      await this.check();
      if (this.replays > 0) this.replays--;
      else {
        this.journal ??= await Journal.open(journalPath(this.folder, this.part), batchRecord(this.mark),
          this.journalBytes.get(this.part) ?? 0);
        await this.journal.append(batch);
      }
      if (batch.errors.length > 0) {
        const text = Buffer.from(batch.errors.map((e) => `${JSON.stringify(e)}\n`).join(''));
        await this.errorFile.writeFile(text);
        this.errorHash.update(text);
        this.kept = { ...this.kept, errors: this.kept.errors + batch.errors.length, errorBytes: this.kept.errorBytes + text.length };
        this.synced = false;
      }
      this.pending.push(batch);
      if (this.pending.length === this.options.partBatches) await this.commit();
    });
  }

  /** Puts the last part in place. */
  async finish(): Promise<void> {
    await this.writing(async () => {
      if (this.pending.length > 0) await this.commit();
      await this.committing;
      await this.errorFile.sync();
    });
  }

  /** Lets go of files and threads; what is not in a part stays in the journal. */
  async close(): Promise<void> {
    await this.committing.catch(() => undefined);
    await this.journal?.close();
    await this.errorFile.close();
    await this.parts.close();
  }

  /** Begins to put the part in place and returns once the one before it is there. */
  private async commit(): Promise<void> {
    const state = this.options.state();
    const kept = { ...this.kept, errorSum: this.errorHash.copy().digest('hex') };
    if (!this.synced) await this.errorFile.sync();
    this.synced = true;
    await this.journal?.close();
    this.journal = null;
    await this.committing;
    const { part: k, folder, pending } = this;
    this.pending = [];
    this.part++;
    this.committing = this.parts.write({
      part: joined(pending),
      form: this.options.form,
      folder,
      path: join(folder, SAMPLES, partName(k)),
      k,
      state,
      kept: { ...kept, partSums: this.kept.partSums },
      mark: this.mark,
      lock: this.options.lock ?? null,
    }).then(async (sum) => {
      this.kept = { ...this.kept, partSums: [...this.kept.partSums, sum] };
      await this.check();
      await rm(journalPath(folder, k), { force: true });
      await rm(statePath(folder, k - 1), { force: true });
    });
    this.committing.catch(() => undefined); // thrown when the next part or the end waits for it
  }

  private async check(): Promise<void> {
    if (this.options.lock) await checkLock(this.options.lock);
  }

  private async writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error; // a sentence already, of the lock for one
      const failure = fileError('write', (error as { path?: string }).path ?? this.folder, error);
      const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!full) throw failure;
      const goesOn = 'finished batches are kept, and the same command goes on once there is room.';
      throw new Error(`${failure.message.slice(0, -1)}; ${goesOn}`, { cause: error });
    }
  }
}

/** The sums of the parts in place, of which a run of an earlier version knows none. Throws one sentence where one is another. */
async function checkedParts(folder: string, count: number, wanted: readonly string[] | undefined): Promise<string[]> {
  const sums: string[] = [];
  for (let k = 0; k < count; k++) {
    const path = join(folder, SAMPLES, partName(k));
    sums.push(await sumOfFile(path));
    if (wanted && wanted[k] !== sums[k]) throw damagedFile(path);
  }
  return sums;
}

/** The hash so far of the errors of the parts in place. Throws one sentence where they are other ones. */
async function checkedErrors(path: string, { errorBytes, errorSum }: Kept): Promise<Hash> {
  const hash = createHash('sha256');
  if (errorBytes > 0) {
    try {
      for await (const piece of createReadStream(path, { end: errorBytes - 1 })) hash.update(piece as Buffer);
    } catch (error) {
      throw fileError('read', path, error);
    }
    if (errorSum !== undefined && hash.copy().digest('hex') !== errorSum) throw damagedFile(path);
  }
  return hash;
}

const damagedFile = (path: string): Error =>
  new Error(`${path} is damaged: it is not what this run wrote; restore it from a copy, or begin again in another folder`);

function joined(batches: readonly BatchResult[]): Part {
  const all = (of: 'profiles' | 'features'): Float32Array => {
    const values = new Float32Array(batches.reduce((n, b) => n + (b[of]?.length ?? 0), 0));
    batches.reduce((at, b) => (values.set(b[of] ?? [], at), at + (b[of]?.length ?? 0)), 0);
    return values;
  };
  return { rows: batches.flatMap((b) => b.rows), profiles: all('profiles'), features: all('features') };
}
