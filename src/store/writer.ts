/**
 * Writes a store so that a run killed at any moment goes on from its last finished batch and ends with the same bits.
 *
 * Each finished batch is appended to the journal of its part (.journal-K). When a part is full, the caller's state after
 * it is put in place (.state-K), then the part itself; only then is its journal removed. So the parts that are there
 * say how far the run has come, the last one's state is the state after it, and the journals hold every later batch.
 */
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files/files.js';
import { BATCH_RECORD } from './batch-record.js';
import { encodeState, journalPath, readState, recoverParts, statePath, type ErrorsKept } from './checkpoint.js';
import { ERRORS, SAMPLES, type BatchResult } from './format.js';
import { Journal, readJournal } from './journal.js';
import type { Part, PartForm } from './parquet.js';
import { PartWriter } from './part-writer.js';
import { partName } from './parts.js';

export interface WriterOptions {
  readonly form: PartForm;
  /** Whole batches in a part. */
  readonly partBatches: number;
  /** What `resumed.state` gives back: taken after the last batch of a part was appended. */
  readonly state: () => Uint8Array;
}

/** Where a run goes on. */
export interface Resumed {
  /** The state after the last part, null before the first. */
  readonly state: Uint8Array | null;
  /** The finished batches since, to be appended again. */
  readonly batches: readonly BatchResult[];
  /** The batch that comes after them. */
  readonly next: number;
}

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
    private kept: ErrorsKept
  ) {}

  /** Opens the store of a run, or begins it; the folder is there and locked. Throws one sentence where its files do not fit together. */
  static async open(folder: string, options: WriterOptions): Promise<StoreWriter> {
    await mkdir(join(folder, SAMPLES), { recursive: true });
    const part = await recoverParts(folder);
    const { state, kept } = part === 0
      ? { state: null, kept: { errors: 0, errorBytes: 0 } }
      : await readState(statePath(folder, part - 1));
    const errorFile = await open(join(folder, ERRORS), 'a');
    await errorFile.truncate(kept.errorBytes);
    const batches: BatchResult[] = [];
    const journalBytes = new Map<number, number>();
    // A part may have been under way to its place while the next one's first batches were finished.
    for (const k of [part, part + 1]) {
      if (batches.length !== (k - part) * options.partBatches) break;
      const found = await readJournal(journalPath(folder, k), BATCH_RECORD);
      batches.push(...found.records);
      journalBytes.set(k, found.bytes);
    }
    return new StoreWriter(folder, options, part, { state, batches, next: part * options.partBatches + batches.length }, batches.length,
      journalBytes, errorFile, kept);
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
      if (this.replays > 0) this.replays--;
      else {
        this.journal ??= await Journal.open(journalPath(this.folder, this.part), BATCH_RECORD, this.journalBytes.get(this.part) ?? 0);
        await this.journal.append(batch);
      }
      if (batch.errors.length > 0) {
        const text = Buffer.from(batch.errors.map((e) => `${JSON.stringify(e)}\n`).join(''));
        await this.errorFile.writeFile(text);
        this.kept = { errors: this.kept.errors + batch.errors.length, errorBytes: this.kept.errorBytes + text.length };
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
    const state = encodeState(this.options.state(), this.kept);
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
      path: join(folder, SAMPLES, partName(k)),
      state,
      statePath: statePath(folder, k),
    }).then(async () => {
      await rm(journalPath(folder, k), { force: true });
      await rm(statePath(folder, k - 1), { force: true });
    });
    this.committing.catch(() => undefined); // thrown when the next part or the end waits for it
  }

  private async writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = fileError('write', (error as { path?: string }).path ?? this.folder, error);
      const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!full) throw failure;
      const goesOn = 'finished batches are kept, and the same command goes on once there is room.';
      throw new Error(`${failure.message.slice(0, -1)}; ${goesOn}`, { cause: error });
    }
  }
}

function joined(batches: readonly BatchResult[]): Part {
  const profiles = new Float32Array(batches.reduce((n, b) => n + b.profiles.length, 0));
  let at = 0;
  for (const b of batches) {
    profiles.set(b.profiles, at);
    at += b.profiles.length;
  }
  return { rows: batches.flatMap((b) => b.rows), profiles };
}
