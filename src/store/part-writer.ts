/** Puts parts in place on a thread of its own (worker.ts): encoding one would hold up the GPU for a tenth of a second. */
import { Worker } from 'node:worker_threads';
import type { Kept, Mark } from './checkpoint.js';
import type { LockToken } from './lock.js';
import type { Part, PartForm } from './parquet.js';

export interface PartRequest {
  readonly part: Part;
  readonly form: PartForm;
  readonly folder: string;
  readonly path: string;
  /** Which part it is. */
  readonly k: number;
  /** What is put in place before the part (checkpoint.ts): the caller's state, what is kept of the parts before, and the run's mark. */
  readonly state: Uint8Array;
  readonly kept: Kept & { readonly partSums: readonly string[] };
  readonly mark: Mark;
  /** Asked before each is put in place; null where no lock is held. */
  readonly lock: LockToken | null;
}

export interface PartAnswer {
  readonly error: { readonly code?: string; readonly message: string; readonly path: string } | null;
  /** SHA-256 of the part as it was written. */
  readonly sum: string;
}

export class PartWriter {
  private worker: Worker | null = null;

  /**
   * One part at a time; the memory of its profiles goes to the thread and is gone here. Returns the SHA-256 of its file. Throws what
   * writing threw there, with its `code` and the `path` of the file.
   */
  write(request: PartRequest): Promise<string> {
    this.worker ??= new Worker(new URL('./worker.js', import.meta.url), { execArgv: [] });
    const { worker } = this;
    return new Promise((resolve, reject) => {
      const ended = (error: Error) => reject(error);
      worker.once('error', ended);
      worker.once('message', ({ error, sum }: PartAnswer) => {
        worker.off('error', ended);
        if (error) reject(Object.assign(new Error(error.message), error));
        else resolve(sum);
      });
      const { profiles, features } = request.part;
      worker.postMessage(request, [profiles.buffer, ...(features?.length ? [features.buffer] : [])] as ArrayBuffer[]);
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }
}
