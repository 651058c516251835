/** A worker thread that opens damaged inputs one after another, so that one which hangs can be ended. Tells what came of each. */
import { parentPort } from 'node:worker_threads';
import { classifier } from '../../src/classifier.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { decodePicture } from '../../src/files/picture.js';
import type { Target } from '../../src/kernels/kernel.js';
import { loadModel } from '../../src/onnx/model.js';
import { questionGraph } from '../../src/saliency/questions.js';
import { openRun } from '../../src/store/stored-run.js';

export type Subject = 'model' | 'picture' | 'run';

export interface Attempt {
  readonly subject: Subject;
  /** The file's bytes, or the folder of a run. */
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** What was opened, as text to be compared with what it was before the damage; or the error. */
export type Result = { readonly answer: string } | { readonly error: string; readonly kind: string };

const TARGET: Target = {
  schedule: 'tile',
  maxBinding: 2 ** 27,
  maxBuffers: 8,
  maxGrid: 65535,
  maxInvocations: 256,
  maxWorkgroupMemory: 16384,
};

function openModel({ bytes, name }: Attempt): string {
  const network = classifier(loadModel(bytes, { name }));
  const plan = planGraph(questionGraph('profile', network, 1, 'mean-abs').outputs, TARGET);
  return `${network.layers.length} layers, ${plan.main.length} dispatches`;
}

async function openPicture({ bytes, name }: Attempt): Promise<string> {
  const { width, height, data } = await decodePicture(bytes, name);
  if (data.length !== width * height * 3) throw new RangeError(`${data.length} bytes for ${width} x ${height} pixels`);
  return `${width} x ${height}`;
}

async function openFolder({ name }: Attempt): Promise<string> {
  const run = await openRun(name);
  const { mean, std } = await run.readStatistics();
  const errors = await run.readErrors();
  const rows: string[] = [];
  for await (const part of run.parts()) {
    rows.push(...part.rows.map((row) => JSON.stringify(row)),
      Buffer.from(part.profiles.buffer, part.profiles.byteOffset, part.profiles.byteLength).toString('base64'));
  }
  return JSON.stringify([[...mean], [...std], errors, rows]);
}

const OPEN: Record<Subject, (attempt: Attempt) => string | Promise<string>> = { model: openModel, picture: openPicture, run: openFolder };

parentPort!.on('message', async (attempt: Attempt) => {
  let result: Result;
  try {
    result = { answer: await OPEN[attempt.subject](attempt) };
  } catch (error) {
    const { message, constructor } = error as Error;
    result = { error: String(message), kind: constructor?.name ?? typeof error };
  }
  parentPort!.postMessage(result);
});
