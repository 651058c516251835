/**
 * Writes a store so that a run killed at any moment goes on from its last finished batch and ends with the same bits.
 *
 * Each finished batch is appended to the journal of its part (.journal-K). When a part is full, the caller's state after
 * it is put in place (.state-K), then the part itself; only then is its journal removed. So the parts that are there
 * say how far the run has come, the last one's state is the state after it, and the journals hold every later batch.
 */
import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fileError } from '../files/files.js';
import { Journal, readJournal } from './journal.js';
import type { Part, PartForm } from './parquet.js';
import type { BatchResult } from './format.js';

export interface PartRequest {
  readonly part: Part;
  readonly form: PartForm;
  readonly path: string;
  readonly state: Uint8Array;
  readonly statePath: string;
}
export interface PartAnswer {
  readonly error: { readonly code?: string; readonly message: string; readonly path: string } | null;
}

export interface WriterOptions {
  readonly form: PartForm;
  /** Whole batches in a part. */
  readonly partBatches: number;
  /** What `resumed.state` gives back: taken after the last batch of a part was appended. */
  readonly state: () => Uint8Array;
}

interface Kept {
  readonly errors: number;
  readonly errorBytes: number;
}

export const SAMPLES = 'samples';
export const ERRORS = 'errors.jsonl';
export const partName = (k: number): string => `part-${String(k).padStart(6, '0')}.parquet`;

export class StoreWriter {
  private worker: Worker | null = null;
  private committing: Promise<void> = Promise.resolve();
  private journal: Journal | null = null;
  private pending: BatchResult[] = [];
  private synced = true;

  private constructor(
    private readonly folder: string,
    private readonly options: WriterOptions,
    private part: number,
    /** The state after the last part, null before the first; the finished batches since, to be appended again; and the one that comes next. */
    readonly resumed: { readonly state: Uint8Array | null; readonly batches: readonly BatchResult[]; readonly next: number },
    private replays: number,
    private readonly journalBytes: ReadonlyMap<number, number>,
    private readonly errorFile: FileHandle,
    private kept: Kept
  ) {}

  /** Opens the store of a run, or begins it; the folder is there and locked. Throws one sentence where its files do not fit together. */
  static async open(folder: string, options: WriterOptions): Promise<StoreWriter> {
    await mkdir(join(folder, SAMPLES), { recursive: true });
    const part = await tidy(folder);
    const { state, kept } = part === 0
      ? { state: null, kept: { errors: 0, errorBytes: 0 } }
      : await readState(join(folder, `.state-${part - 1}`));
    const errorFile = await open(join(folder, ERRORS), 'a');
    await errorFile.truncate(kept.errorBytes);
    const batches: BatchResult[] = [];
    const journalBytes = new Map<number, number>();
    // A part may have been under way to its place while the next one's first batches were finished.
    for (const k of [part, part + 1]) {
      if (batches.length !== (k - part) * options.partBatches) break;
      const found = await readJournal(join(folder, `.journal-${k}`));
      batches.push(...found.batches);
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
        this.journal ??= await Journal.open(join(this.folder, `.journal-${this.part}`), this.journalBytes.get(this.part) ?? 0);
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
    await this.worker?.terminate();
  }

  /** Begins to put the part in place and returns once the one before it is there. */
  private async commit(): Promise<void> {
    const state = this.options.state();
    const head = Buffer.from(JSON.stringify(this.kept));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    if (!this.synced) await this.errorFile.sync();
    this.synced = true;
    await this.journal?.close();
    this.journal = null;
    await this.committing;
    const { part: k, folder, pending } = this;
    const request: PartRequest = {
      part: joined(pending),
      form: this.options.form,
      path: join(folder, SAMPLES, partName(k)),
      state: Buffer.concat([length, head, state]),
      statePath: join(folder, `.state-${k}`),
    };
    this.pending = [];
    this.part++;
    this.committing = this.send(request).then(async () => {
      await rm(join(folder, `.journal-${k}`), { force: true });
      await rm(join(folder, `.state-${k - 1}`), { force: true });
    });
    this.committing.catch(() => undefined); // told when the next part or the end waits for it
  }

  private send(request: PartRequest): Promise<void> {
    this.worker ??= new Worker(new URL('./worker.js', import.meta.url));
    const { worker } = this;
    return new Promise((resolve, reject) => {
      const ended = (error: Error) => reject(error);
      worker.once('error', ended);
      worker.once('message', ({ error }: PartAnswer) => {
        worker.off('error', ended);
        if (error) reject(Object.assign(new Error(error.message), error));
        else resolve();
      });
      worker.postMessage(request, [request.part.profiles.buffer as ArrayBuffer]);
    });
  }

  private async writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const told = fileError('write', (error as { path?: string }).path ?? this.folder, error);
      const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw full
        ? new Error(`${told.message.slice(0, -1)}; finished batches are kept, and the same command goes on once there is room.`, {
          cause: error,
        })
        : told;
    }
  }
}

/** After the statistics are in place, nothing needs them. */
export async function removeTraces(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (/^\.(state|journal)-/.test(name)) await rm(join(folder, name), { force: true });
}

/** Removes what killed processes left, and returns the number of parts. Throws one sentence where one is missing. */
async function tidy(folder: string): Promise<number> {
  const found = new Set<string>();
  for (const name of await readdir(join(folder, SAMPLES))) {
    if (name.endsWith('.tmp')) await rm(join(folder, SAMPLES, name), { force: true });
    else found.add(name);
  }
  let parts = 0;
  while (found.has(partName(parts))) parts++;
  const stray = [...found].find((name) => /^part-\d{6}\.parquet$/.test(name) && name > partName(parts));
  if (stray !== undefined) {
    throw new Error(
      `${join(folder, SAMPLES)} has ${stray} but not ${
        partName(parts)
      }; a part was removed, so this run cannot go on: begin again in another folder`
    );
  }
  const wanted = new Set([`.state-${parts - 1}`, `.journal-${parts}`, `.journal-${parts + 1}`]);
  for (const name of await readdir(folder)) {
    if ((/^\.(state|journal)-/.test(name) && !wanted.has(name)) || /^\..*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
  return parts;
}

async function readState(path: string): Promise<{ state: Uint8Array; kept: Kept }> {
  const bytes = await readFile(path).catch((error) => {
    throw fileError('read', path, error);
  });
  const end = 4 + bytes.readUInt32LE(0);
  return { kept: JSON.parse(bytes.toString('utf8', 4, end)) as Kept, state: new Uint8Array(bytes.subarray(end)) };
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
