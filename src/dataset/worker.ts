/** A worker thread that reads, decodes and prepares samples for `Decoder`. */
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import type { Answer, Request, WorkerOptions } from './decoder.js';
import { mendShape } from '../data/npy.js';
import type { Source } from './dataset.js';
import { SampleReader } from './sample.js';

const { how, shape, channelsLast } = workerData as WorkerOptions;
const reader = new SampleReader(how, channelsLast);
const each = shape.reduce((n, d) => n * d, 1);

// Workers are many already, and no file is read twice.
sharp.concurrency(1);
sharp.cache(false);

/** Samples under way at once: one is decoded in native code while another is resized here; more would only take memory. */
const LANES = 2;

parentPort!.on('message', async ({ id, sources }: Request) => {
  const data = new Float32Array(sources.length * each);
  const errors = new Array<string | null>(sources.length).fill(null);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < sources.length) {
      const k = next++;
      try {
        data.set(await readInput(sources[k]), k * each);
      } catch (error) {
        errors[k] = String((error as Error)?.message ?? error);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  parentPort!.postMessage({ id, data, errors } satisfies Answer, [data.buffer]);
});

async function readInput(source: Source): Promise<Float32Array> {
  const input = await reader.read(source);
  if (input.shape.join() !== shape.join()) {
    const mend = mendShape(source.file, input.shape, shape);
    throw new Error(`${source.file} gives an input of ${input.shape.join(' x ')}, but the network takes ${shape.join(' x ')}; ${mend}`);
  }
  return input.data;
}
