/** Samples decoded on worker threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Source } from './dataset.js';
import type { Preprocessing } from '../data/preprocess.js';

export interface WorkerOptions {
  readonly how: Preprocessing | null;
  /** [channels, height, width] of the network's input. */
  readonly shape: readonly number[];
  /** Whether samples that come prepared are [H,W,C]. */
  readonly channelsLast?: boolean;
}

export interface Request {
  readonly id: number;
  readonly sources: readonly Source[];
}
export interface Answer {
  readonly id: number;
  readonly data: Float32Array<ArrayBuffer>;
  readonly errors: readonly (string | null)[];
}

/** Samples ready for the network, one after another; where there is an error, that sample's values are zero. */
export interface Decoded {
  readonly data: Float32Array;
  readonly errors: readonly (string | null)[];
}

/** At most so many, since one decodes hundreds of pictures in a second. */
const MOST_WORKERS = 16;

interface Thread {
  readonly worker: Worker;
  busy: number;
}

export class Decoder {
  private readonly threads: Thread[];
  private readonly waiting = new Map<number, { resolve: (a: Answer) => void; reject: (e: Error) => void }>();
  private failure: Error | null = null;
  private next = 0;

  /** `workers`: one fewer than there are cores, unless given; the core left drives the GPU. */
  constructor(private readonly options: WorkerOptions, workers = Math.min(MOST_WORKERS, Math.max(1, availableParallelism() - 1))) {
    this.threads = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: options });
      worker.on('message', (answer: Answer) => {
        this.waiting.get(answer.id)!.resolve(answer);
        this.waiting.delete(answer.id);
      });
      worker.on('error', (error) => this.fail(new Error(`a decoding thread ended: ${(error as Error).message}`)));
      return { worker, busy: 0 };
    });
  }

  /** Decodes some samples, spread over the threads; several calls may be under way. Throws where a thread has ended. */
  async decode(sources: readonly Source[]): Promise<Decoded> {
    const share = Math.max(1, Math.ceil(sources.length / this.threads.length));
    const parts: Promise<Answer>[] = [];
    for (let at = 0; at < sources.length; at += share) parts.push(this.send(sources.slice(at, at + share)));
    const answers = await Promise.all(parts);
    if (answers.length === 1) return answers[0];
    const each = this.options.shape.reduce((n, d) => n * d, 1);
    const data = new Float32Array(sources.length * each);
    answers.forEach((a, k) => data.set(a.data, k * share * each));
    return { data, errors: answers.flatMap((a) => a.errors) };
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private send(sources: readonly Source[]): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    const thread = this.threads.reduce((least, t) => (t.busy < least.busy ? t : least));
    const id = this.next++;
    thread.busy += sources.length;
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      thread.worker.postMessage({ id, sources } satisfies Request);
    }).finally(() => {
      thread.busy -= sources.length;
    });
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
