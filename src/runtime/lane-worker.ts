/** The thread of a lane: opens sessions and runs them, one message at a time, in order. */
import { parentPort } from 'node:worker_threads';
import { RuntimeSession, type RuntimeTensor } from './onnxruntime.js';
import type { LaneAnswer, LaneTask } from './lanes.js';

const sessions = new Map<number, RuntimeSession>();

async function work(task: LaneTask): Promise<Record<string, RuntimeTensor> | null> {
  if (task.kind === 'open') {
    // A copy of its own: the runtime takes no shared memory.
    sessions.set(task.session, await RuntimeSession.open(new Uint8Array(task.model), task.options));
    return null;
  }
  const session = sessions.get(task.session);
  if (task.kind === 'run') return session!.run(task.inputs);
  await session?.close();
  sessions.delete(task.session);
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
