/**
 * A kernel is one record: its WGSL, its parameters, its grid, and which operands it binds. Families of kernels
 * (one file each) make these records from sizes alone, with a writer (writer.ts) and a grid (grid.ts); nothing in this
 * folder knows a graph or a device.
 */

/** What the adapter allows, and which schedule suits it. All sizes in bytes unless named otherwise. */
export interface Target {
  /** 'tile': workgroup-shared tiles, for GPUs. 'register': register tiles without barriers, for CPU adapters. */
  readonly schedule: 'tile' | 'register';
  readonly maxBinding: number;
  /** Storage buffers one kernel may bind. */
  readonly maxBuffers: number;
  /** Workgroups per grid dimension. */
  readonly maxGrid: number;
  readonly maxInvocations: number;
  readonly maxWorkgroupMemory: number;
  /** Lanes of a subgroup where the device has the feature 'subgroups' and its lowest and highest size agree; else left out. */
  readonly subgroup?: number;
}

export interface Binding {
  /** Name of the operand in the kernel's family: 'x', 'w', 'out', 'partial' ... */
  readonly operand: string;
  readonly access: 'read' | 'write';
  /** The part of the operand that is bound, in bytes. */
  readonly offset: number;
  readonly size: number;
}

export interface Kernel {
  /** For timings and errors: 'conv 3x3/2 register'. */
  readonly name: string;
  readonly wgsl: string;
  /** Words of the uniform struct at binding 0 (i32 as two's complement, f32 as bits). */
  readonly params: Uint32Array;
  readonly grid: readonly [number, number, number];
  /** Multiply-adds, or as many as take about as long as its reads and writes: how long it may take, for cutting submits. */
  readonly work: number;
  /** In order of binding number, from 1. */
  readonly bindings: readonly Binding[];
}

/** What a family makes of one op: kernels in order, and the memory they need between them. */
export interface Lowering {
  readonly kernels: readonly Kernel[];
  readonly scratch: readonly { readonly operand: string; readonly elements: number }[];
}

/** Element of a storage buffer. */
export type StorageType = 'f32' | 'vec4<f32>';
