/**
 * Threads that compute side by side, each with sessions of its own: onnxruntime's `run` holds up the thread it is called on, and several
 * pictures on a core each are done sooner than one picture on all cores, since most nodes of a graph are small.
 */
import { Worker } from 'node:worker_threads';
import type { WeightPatch } from '../engine/run/backend.js';
import type { RuntimeOptions, RuntimeTensor } from './onnxruntime.js';

export type LaneTask = { readonly id: number; readonly session: number } & (
  | { readonly kind: 'open'; readonly model: Uint8Array; readonly options: RuntimeOptions; readonly held: readonly HeldInput[] }
  | { readonly kind: 'run'; readonly inputs: Readonly<Record<string, RuntimeTensor>> }
  | { readonly kind: 'patch'; readonly patches: readonly WeightPatch[] }
  | { readonly kind: 'close' }
);
/** An input of a session whose values stay with the lane, by a key of their own: a weight that patches write over. */
export interface HeldInput {
  readonly key: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
export type LaneAnswer =
  | { readonly id: number; readonly outputs: Record<string, RuntimeTensor> | null }
  | { readonly id: number; readonly error: string };

type Asked = LaneTask extends infer T ? T extends LaneTask ? Omit<T, 'id'> : never : never;

/** One thread. It keeps the process alive only while it is asked something. */
class Lane {
  private readonly worker = new Worker(new URL('./lane-worker.js', import.meta.url));
  private readonly pending = new Map<number,
    { resolve: (outputs: Record<string, RuntimeTensor> | null) => void; reject: (e: Error) => void }>();
  private next = 0;

  constructor() {
    this.worker.unref();
    this.worker.on('message', (answer: LaneAnswer) => {
      const { resolve, reject } = this.pending.get(answer.id)!;
      this.settle(answer.id);
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.outputs);
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('a thread of onnxruntime ended, perhaps for want of memory; try a smaller --batch')));
  }

  get load(): number {
    return this.pending.size;
  }

  ask(task: Asked): Promise<Record<string, RuntimeTensor> | null> {
    const id = this.next++;
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ ...task, id });
    });
  }

  end(): void {
    void this.worker.terminate();
  }

  private settle(id: number): void {
    this.pending.delete(id);
    if (this.pending.size === 0) this.worker.unref();
  }

  private fail(error: Error): void {
    for (const [id, { reject }] of this.pending) {
      this.settle(id);
      reject(error);
    }
  }
}

/** Sessions on up to `count` threads. */
export class Lanes {
  private readonly lanes: Lane[] = [];
  private sessions = 0;

  constructor(private readonly count: number) {}

  /**
   * Opens a model on so many threads; `held` are inputs that its runs do not give. Throws a sentence where the runtime refuses it.
   */
  async open(model: Uint8Array, options: RuntimeOptions, lanes: number, held: readonly HeldInput[] = []): Promise<LaneSession> {
    while (this.lanes.length < Math.min(lanes, this.count)) this.lanes.push(new Lane());
    const chosen = this.lanes.slice(0, lanes);
    const shared = new Uint8Array(new SharedArrayBuffer(model.length));
    shared.set(model);
    const session = this.sessions++;
    await Promise.all(chosen.map((lane) => lane.ask({ kind: 'open', session, model: shared, options, held })));
    return new LaneSession(chosen, session);
  }

  /** Writes over what the lanes hold, for every run asked for afterwards. */
  patch(patches: readonly WeightPatch[]): void {
    for (const lane of this.lanes) lane.ask({ kind: 'patch', session: -1, patches }).catch(() => undefined); // the next run says it
  }

  end(): void {
    for (const lane of this.lanes) lane.end();
    this.lanes.length = 0;
  }
}

/** A model on some threads; a run goes to the one with the least to do. */
export class LaneSession {
  constructor(private readonly lanes: readonly Lane[], private readonly session: number) {}

  /** Throws a sentence where the runtime refuses an input or fails. */
  async run(inputs: Readonly<Record<string, RuntimeTensor>>): Promise<Record<string, RuntimeTensor>> {
    const lane = this.lanes.reduce((a, b) => (b.load < a.load ? b : a));
    return (await lane.ask({ kind: 'run', session: this.session, inputs }))!;
  }

  close(): void {
    for (const lane of this.lanes) lane.ask({ kind: 'close', session: this.session }).catch(() => undefined);
  }
}
