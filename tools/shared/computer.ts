/** What a command computes on: a device of WebGPU, or onnxruntime. */
import type { Device } from '../../src/engine/device.js';
import { isCalled, listAdapters, openDawnDevice } from '../../src/dawn.js';
import { RuntimeBackend } from '../../src/runtime/backend.js';
import { findOnnxruntime, INSTALL, type Provider } from '../../src/runtime/onnxruntime.js';
import { notice } from './terminal.js';
import { UsageError } from './usage.js';

export interface ComputerOptions {
  /** Default: 'auto'. */
  readonly backend?: 'auto' | 'webgpu' | 'onnxruntime';
  readonly adapter?: string;
  readonly provider?: Provider;
}

export type Computer = Device | RuntimeBackend;

/**
 * Opens what the options name. 'auto': a hardware adapter first, then onnxruntime where it is installed, then a software adapter;
 * an adapter or a provider that is named decides. Throws a sentence where there is none, or where options contradict each other.
 */
export async function openComputer({ backend = 'auto', adapter, provider }: ComputerOptions): Promise<Computer> {
  if (backend === 'webgpu' && provider !== undefined) throw new UsageError('--provider is of onnxruntime, and --backend says webgpu');
  if (adapter !== undefined && (backend === 'onnxruntime' || provider !== undefined)) {
    throw new UsageError("--adapter names an adapter of WebGPU; onnxruntime's place of work is a --provider");
  }
  if (backend === 'onnxruntime' || (backend === 'auto' && provider !== undefined)) return RuntimeBackend.open({ provider });
  if (backend === 'webgpu' || adapter !== undefined) return openDawnDevice({ adapter });
  // Adapters are listed only where there is a choice: most have no onnxruntime, which is known at once.
  if (!(await findOnnxruntime()) || await hasHardware()) return openDawnDevice();
  return RuntimeBackend.open();
}

/** The demo shows the project's own kernels on whatever adapter there is; onnxruntime where there is none. */
export async function openForDemo(): Promise<Computer> {
  try {
    return await openDawnDevice();
  } catch (error) {
    if (!(await findOnnxruntime())) throw error;
    return RuntimeBackend.open();
  }
}

/** One line where it is not a GPU: which it is, and why. */
export function announce({ adapter }: Computer, { backend = 'auto', provider }: ComputerOptions = { backend: 'webgpu' }): void {
  if (adapter.vendor === 'onnxruntime') {
    const why = backend === 'onnxruntime' || provider !== undefined ? 'as asked for' : 'since WebGPU finds no hardware adapter here';
    notice(`computing with ${adapter.description}, ${why}.`);
  } else if (adapter.software) {
    const faster = backend === 'auto' ? `; ${INSTALL} makes it many times faster` : '';
    notice(`computing on '${adapter.description}', a software adapter: correct, but slow${faster}.`);
  }
}

/** Whether Dawn lists an adapter that is no software. */
const hasHardware = async (): Promise<boolean> => (await listAdapters()).some(({ name }) => isCalled(name, 'hardware'));
