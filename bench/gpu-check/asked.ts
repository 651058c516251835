/** What gpu-check asks of a part of it (part.ts). */
import type { Target } from '../../src/kernels/kernel.js';

export interface Asked {
  readonly part: 'golden' | 'agreement' | 'ceilings' | 'kernels' | 'passes' | 'switches';
  readonly quick: boolean;
  /** Seconds until the parent ends the process; nothing is begun in the last tenth. */
  readonly limit: number;
  readonly schedule?: Target['schedule'];
  /** Folder of MODEL_FILE and GOLDEN_FILE. */
  readonly files?: string;
  /** Of `passes` and `switches`: which network (of sizes.ts), which switches (of switches.ts). */
  readonly which?: number;
  /** Of `kernels`: the ceilings. */
  readonly rate?: number;
  readonly bandwidth?: number;
}

export const GOLDEN_FILE = 'golden-resnet20.json';
export const MODEL_FILE = 'cifar10-resnet20.onnx';
