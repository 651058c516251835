/** The thread of a lane: opens sessions and runs them, one message at a time, in order. */
import { parentPort } from 'node:worker_threads';
import { RuntimeSession, type RuntimeTensor } from './onnxruntime.js';
import type { HeldInput, LaneAnswer, LaneTask } from './lanes.js';

interface Opened {
  readonly session: RuntimeSession;
  readonly held: readonly HeldInput[];
  /** What each input was last given: one that a run leaves out keeps it. */
  readonly last: Record<string, RuntimeTensor>;
}

const sessions = new Map<number, Opened>();
/** Inputs that stay here, by their keys: one copy for all sessions. */
const held = new Map<string, RuntimeTensor>();

async function work(task: LaneTask): Promise<Record<string, RuntimeTensor> | null> {
  if (task.kind === 'open') {
    // Copies of its own: the runtime takes no shared memory.
    const session = await RuntimeSession.open(new Uint8Array(task.model), task.options);
    for (const { key, shape, values } of task.held) if (!held.has(key)) held.set(key, { data: new Float32Array(values), shape });
    sessions.set(task.session, { session, held: task.held, last: {} });
    return null;
  }
  if (task.kind === 'patch') {
    for (const { weight, offset, values } of task.patches) (held.get(weight)?.data as Float32Array | undefined)?.set(values, offset);
    return null;
  }
  const opened = sessions.get(task.session);
  if (task.kind === 'run') {
    const { session, last } = opened!;
    const own = opened!.held.map(({ name, key }) => [name, held.get(key)!] as const);
    return session.run({ ...Object.assign(last, task.inputs), ...Object.fromEntries(own) });
  }
  await opened?.session.close();
  sessions.delete(task.session);
  const used = new Set([...sessions.values()].flatMap((s) => s.held.map(({ key }) => key)));
  for (const key of held.keys()) if (!used.has(key)) held.delete(key);
  return null;
}

let last: Promise<unknown> = Promise.resolve();
parentPort!.on('message', (task: LaneTask) => {
  last = last.then(() => work(task)).then((outputs) => answer({ id: task.id, outputs }),
    (error: Error) => answer({ id: task.id, error: error.message }));
});

function answer(message: LaneAnswer): void {
  const buffers = 'outputs' in message ? Object.values(message.outputs ?? {}).map(({ data }) => data.buffer as ArrayBuffer) : [];
  parentPort!.postMessage(message, [...new Set(buffers)]);
}
