/** What each dispatch of a program takes by the GPU's own clock. */
import type { Device } from '../src/engine/device.js';
import { dispatch, type PreparedDispatch } from '../src/engine/run/steps.js';
import { Readback } from '../src/engine/transfer.js';

/** Nanoseconds of one dispatch. */
export interface Timing {
  readonly name: string;
  readonly op: string;
  readonly nanoseconds: number;
}

/** WebGPU's limit is 4,096 timestamps in a set, two of which are around each step. */
const TIMED_AT_ONCE = 2048;

/** Runs a program's steps once, on the inputs it last had, with a timestamp around each. Throws where the adapter has none. */
export async function timeSteps(device: Device, steps: readonly PreparedDispatch[], atOnce = TIMED_AT_ONCE): Promise<Timing[]> {
  const { gpu } = device;
  if (!gpu.features.has('timestamp-query')) throw new Error(`the adapter '${device.adapter.description}' has no timestamps`);
  const timings: Timing[] = [];
  for (let first = 0; first < steps.length; first += atOnce) timings.push(...await timeSome(device, steps.slice(first, first + atOnce)));
  return timings;
}

async function timeSome(device: Device, steps: readonly PreparedDispatch[]): Promise<Timing[]> {
  const { gpu } = device;
  const query = gpu.createQuerySet({ type: 'timestamp', count: steps.length * 2 });
  const resolved = gpu.createBuffer({ size: steps.length * 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const reader = new Readback(device, steps.length * 16);
  device.submit((encoder) => {
    steps.forEach((s, k) => {
      const pass = encoder.beginComputePass({
        timestampWrites: { querySet: query, beginningOfPassWriteIndex: 2 * k, endOfPassWriteIndex: 2 * k + 1 },
      });
      dispatch(pass, s);
      pass.end();
    });
    encoder.resolveQuerySet(query, 0, steps.length * 2, resolved, 0);
    reader.copy(encoder, resolved, 0, steps.length * 16);
  });
  const stamps = new BigUint64Array(await reader.read());
  query.destroy();
  resolved.destroy();
  reader.destroy();
  return steps.map(({ name, op }, k) => ({ name, op, nanoseconds: Number(stamps[2 * k + 1] - stamps[2 * k]) }));
}
