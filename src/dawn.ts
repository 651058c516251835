/** Dawn's WebGPU in Node: the one place that loads the native package, and only when a device is asked for. */
import { freemem } from 'node:os';
import { Device, adapterMatches, describeAdapter, type DeviceOptions } from './engine/device.js';

export interface DawnOptions extends DeviceOptions {
  /** Dawn's toggles to turn on, such as 'disable_robustness' and 'skip_validation', which take its checks away: to measure them. */
  readonly toggles?: readonly string[];
}

/**
 * Opens a device through Dawn. `options.adapter` may be 'hardware', 'software' or part of an adapter's name; the first
 * that fits is taken, in Dawn's own order. A software adapter's memory is this machine's: a plan may take three quarters of what
 * is free of it when the device is opened, where `memory` says nothing. Throws one sentence where none does.
 */
export async function openDawnDevice({ adapter, toggles = [], ...options }: DawnOptions = {}): Promise<Device> {
  const free = process.availableMemory?.() ?? freemem(); // the former is newer than Node 20.9, and knows a container's limit
  return Device.open(await dawnFor(adapter, toggles), { memory: ({ software }) => (software ? Math.floor(0.75 * free) : Infinity),
    ...options });
}

/** A GPU object whose adapter is the wanted one, as in openDawnDevice. */
export async function dawnFor(wanted: string | undefined, toggles: readonly string[] = []): Promise<GPU> {
  const flags = toggles.length > 0 ? [`enable-dawn-features=${toggles.join(',')}`] : [];
  const adapters = wanted === undefined ? [] : await listAdapters();
  if (wanted === undefined || adapters.length === 0) return dawn(flags);
  const found = adapters.find(({ name }) => isCalled(name, wanted));
  if (found) return dawn([`adapter=${found.name}`, ...flags]);
  throw new Error(
    `no adapter matches '${wanted}'; there ${adapters.length === 1 ? 'is' : 'are'} ${adapters.map(({ name }) => `'${name}'`).join(' and ')}`
  );
}

/** Whether an adapter of that name is the wanted one, 'hardware' or 'software' among them: before it is opened its name is all there is. */
export const isCalled = (name: string, wanted: string): boolean =>
  adapterMatches(describeAdapter({ vendor: '', architecture: '', device: '', description: name } as GPUAdapterInfo), wanted);

/** Every adapter there is. Dawn has no call for this, but its complaint about an unknown adapter names them all. */
export async function listAdapters(): Promise<{ name: string; backend: string }[]> {
  try {
    await (await dawn(['adapter=(none has this name)'])).requestAdapter();
    return [];
  } catch (error) {
    return [...(error as Error).message.matchAll(/backend: '([^']*)', name: '([^']*)'/g)].map(([, backend, name]) => ({ name, backend }));
  }
}

/** Dawn's GPU object. Flags are its own, KEY=VALUE. Throws one sentence where the native package does not load here. */
export async function dawn(flags: readonly string[] = []): Promise<GPU> {
  let module: typeof import('webgpu');
  try {
    module = await import('webgpu');
  } catch (error) {
    throw new Error(
      `the package 'webgpu' does not load on ${process.platform}-${process.arch} with Node ${process.version}: ` +
        `${(error as Error).message.split('\n')[0]}`
    );
  }
  Object.assign(globalThis, module.globals);
  // Timestamps are rounded to 65,536 ns unless this is off; it is a defence against web pages, and there are none here.
  const gpu = module.create(['disable-dawn-features=timestamp_quantization', ...flags]);
  instances.push(gpu); // an instance that is collected takes its devices along
  return gpu;
}

const instances: GPU[] = [];
