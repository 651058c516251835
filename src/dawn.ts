/** Dawn's WebGPU in Node: the one place that loads the native package, and only when a device is asked for. */
import { Device, type DeviceOptions } from './engine/device.js';

/**
 * Opens a device through Dawn. `options.adapter` may be 'hardware', 'software' or part of an adapter's name; Dawn tries
 * the adapters in its own order and takes the first that fits. Throws one sentence where none does.
 */
export async function openDawnDevice(options: DeviceOptions = {}): Promise<Device> {
  const gpu = await dawn(options.adapter !== undefined && !['hardware', 'software'].includes(options.adapter) ? [`adapter=${options.adapter}`] : []);
  return Device.open(gpu, options);
}

/** Dawn's GPU object. Flags are its own, KEY=VALUE. Throws one sentence where the native package does not load here. */
export async function dawn(flags: readonly string[] = []): Promise<GPU> {
  let module: typeof import('webgpu');
  try {
    module = await import('webgpu');
  } catch (error) {
    throw new Error(`the package 'webgpu' does not load on ${process.platform}-${process.arch} with Node ${process.version}: ${(error as Error).message.split('\n')[0]}`);
  }
  Object.assign(globalThis, module.globals);
  // Timestamps are rounded to 65,536 ns unless this is off; it is a defence against web pages, and there are none here.
  const gpu = module.create(['disable-dawn-features=timestamp_quantization', ...flags]);
  instances.push(gpu); // an instance that is collected takes its devices along
  return gpu;
}

const instances: GPU[] = [];
