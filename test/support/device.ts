/** One device per schedule, opened when first asked for and closed when the file's last suite has run. */
import { openDawnDevice } from '../../src/dawn.js';
import type { Device, DeviceOptions } from '../../src/engine/device.js';
import type { Node } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../src/engine/run/program.js';

export interface NamedDevice {
  readonly name: 'register' | 'tile';
  readonly device: Device;
}

let opened: Promise<NamedDevice[]> | undefined;
const others: Device[] = [];

/** WebGPU's default limits, a browser's, instead of all the adapter allows: tools/test.mjs runs what depends on them with both. */
const LIMITS: DeviceOptions = process.env.TEST_LIMITS === 'default' ? { limits: 'default' } : {};

/** The adapter's device with each schedule of the matrix kernels: both are tested on every adapter. */
export function devices(): Promise<NamedDevice[]> {
  return opened ??= Promise.all(
    (['register', 'tile'] as const).map(async (name) => ({ name, device: await openDawnDevice({ schedule: name, ...LIMITS }) }))
  );
}

/** A device of its own, closed with the others. */
export async function openDevice(options: DeviceOptions): Promise<Device> {
  const device = await openDawnDevice({ ...LIMITS, ...options });
  others.push(device);
  return device;
}

/** Destroys every device, so that Node exits by itself. */
export async function closeDevices(): Promise<void> {
  for (const { device } of await (opened ?? [])) device.destroy();
  for (const device of others.splice(0)) device.destroy();
  opened = undefined;
}

/** Plans, compiles and runs the outputs once; `feeds` gives every input's values, weights included. */
export async function evaluateOnDevice(
  outputs: Readonly<Record<string, Node>>,
  feeds: ReadonlyMap<Node, ArrayLike<number>>,
  device: Device
): Promise<Record<string, Float32Array>> {
  const weights = new WeightStore(device);
  const data: Record<string, Float32Array> = {};
  const plan = planGraph(outputs, device.target);
  for (const [node, values] of feeds) {
    if (node.op !== 'input') throw new Error('only inputs can be fed to a device');
    const { name, role } = (node as Node<'input'>).attrs;
    if (role === 'weight') weights.set(name, Float32Array.from(values));
    else if (plan.inputs.some((t) => t.name === name)) data[name] = Float32Array.from(values);
  }
  const program = await Program.compile(plan, device, weights);
  try {
    return await program.run(data);
  } finally {
    program.destroy();
    weights.destroy();
  }
}
