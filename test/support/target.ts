/** An adapter that exists on paper: for plans that never run. */
import type { Target } from '../../src/kernels/kernel.js';

export const PAPER: Target = {
  schedule: 'register',
  maxBinding: 128 << 20,
  maxBuffers: 8,
  maxGrid: 65535,
  maxInvocations: 256,
  maxWorkgroupMemory: 16384,
};
