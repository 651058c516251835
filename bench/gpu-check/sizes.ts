/** How large the measurements are: whole, and --quick, which shows on any adapter within minutes that all of it runs. */
import { resnet20, resnet50, vgg19, type RandomNetwork } from '../networks.js';

export interface Sizes {
  /** Seconds for one measurement. */
  readonly budget: number;
  readonly copyElements: number;
  readonly matmul: number;
  readonly launches: number;
  readonly batches: readonly number[];
  /** Every n-th of ResNet-50's layers is measured. */
  readonly everyLayer: number;
  readonly networks: readonly (() => RandomNetwork)[];
  /** Whose answers to a picture alone and among several are compared. */
  readonly batched: () => RandomNetwork;
}

export function sizesOf(quick: boolean): Sizes {
  return quick
    ? { budget: 0.02, copyElements: 1 << 18, matmul: 128, launches: 50, batches: [1, 2], everyLayer: 9,
      networks: [resnet20, () => resnet50(32), () => vgg19(32)], batched: () => resnet50(64) }
    : { budget: 0.2, copyElements: 1 << 26, matmul: 4096, launches: 1000, batches: [1, 8, 32], everyLayer: 1,
      networks: [resnet50, resnet20, vgg19].map((make) => () => make()), batched: () => resnet50() };
}
