/**
 * A kernel is one record: its WGSL, its parameters, its grid, and which operands it binds. Families of kernels
 * (one file each) make these records from sizes alone; nothing here knows a graph or a device.
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
  /** In order of binding number, from 1. */
  readonly bindings: readonly Binding[];
}

/** What a family makes of one op: kernels in order, and the memory they need between them. */
export interface Lowering {
  readonly kernels: readonly Kernel[];
  readonly scratch: readonly { readonly operand: string; readonly elements: number }[];
}

export type StorageType = 'f32' | 'vec4<f32>';

const WIDTH: Record<StorageType, number> = { f32: 1, 'vec4<f32>': 4 };
const RESERVED = 1; // binding 0 is the uniform struct

/** Reads and writes of one operand; an operand larger than a binding may be is bound in several segments. */
export interface Operand {
  /** WGSL expression for element i (in units of the storage type). */
  at(i: string): string;
  /** WGSL statement that sets element i. */
  set(i: string, value: string): string;
}

/** A kernel that binds more storage buffers than the adapter allows: the planner then tries without fusing. */
export class TooManyBuffers extends Error {}

/**
 * Collects one kernel's parameters, operands and functions, and writes the module around its body.
 * The body sees: `wid`, `nwg` (workgroup id and count, vec3u), `lid` (local id, vec3u), `li` (local index, u32),
 * `p` (the parameters) and what was declared. Sizes belong in parameters, so that layers share a pipeline; what
 * changes the code (kernel size, stride) belongs in the text.
 */
export class KernelWriter {
  private readonly fields: { name: string; type: 'u32' | 'i32' | 'f32'; value: number }[] = [];
  private readonly declarations: string[] = [];
  private readonly functions = new Map<string, string>();
  private readonly bindings: Binding[] = [];
  private lanes = false;

  constructor(readonly target: Target, readonly name: string) {}

  /** Declares a parameter and returns how the body names it. A name given twice is numbered. */
  param(name: string, value: number, type: 'u32' | 'i32' | 'f32' = 'u32'): string {
    let unique = name;
    for (let n = 2; this.fields.some((f) => f.name === unique); n++) unique = `${name}${n}`;
    this.fields.push({ name: unique, type, value });
    return `p.${unique}`;
  }

  read(operand: string, elements: number, type: StorageType = 'f32'): Operand {
    return this.bind(operand, elements, 'read', type);
  }

  write(operand: string, elements: number, type: StorageType = 'f32'): Operand {
    return this.bind(operand, elements, 'write', type);
  }

  /** Adds a module-scope declaration once (a function, a workgroup variable, a constant). */
  define(name: string, code: string): void {
    const old = this.functions.get(name);
    if (old !== undefined && old !== code) throw new Error(`${this.name}: '${name}' defined twice, differently`);
    this.functions.set(name, code);
  }

  /** Enables subgroup functions and gives the body `lane`, the invocation's number in its subgroup. */
  useSubgroups(): void {
    this.lanes = true;
  }

  build(workgroup: readonly [number, number, number], grid: readonly [number, number, number], body: string): Kernel {
    const stage = this.bindings.length;
    if (stage > this.target.maxBuffers) {
      throw new TooManyBuffers(`kernel '${this.name}' binds ${stage} storage buffers; this adapter allows ${this.target.maxBuffers}`);
    }
    for (const g of grid) {
      if (g > this.target.maxGrid) {
        throw new Error(`kernel '${this.name}': grid [${grid}] passes the adapter's ${this.target.maxGrid} workgroups per dimension`);
      }
    }
    const fields = this.fields.length > 0 ? this.fields : [{ name: 'unused', type: 'u32' as const, value: 0 }];
    const words = new Uint32Array(Math.max(4, Math.ceil(fields.length / 4) * 4));
    const ints = new Int32Array(words.buffer);
    const floats = new Float32Array(words.buffer);
    fields.forEach((f, k) => {
      if (f.type === 'f32') floats[k] = f.value;
      else if (f.type === 'i32') ints[k] = f.value;
      else words[k] = f.value;
    });
    const wgsl = [
      ...(this.lanes ? ['enable subgroups;'] : []),
      `struct Params { ${fields.map((f) => `${f.name}: ${f.type}`).join(', ')} }`,
      `@group(0) @binding(0) var<uniform> p: Params;`,
      ...this.declarations,
      ...this.functions.values(),
      `@compute @workgroup_size(${workgroup.join(', ')})`,
      `fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u,`,
      `        @builtin(local_invocation_id) lid: vec3u, @builtin(local_invocation_index) li: u32${
        this.lanes ? ', @builtin(subgroup_invocation_id) lane: u32' : ''
      }) {`,
      body,
      `}`,
    ].join('\n');
    return { name: this.name, wgsl, params: words, grid: [...grid], bindings: this.bindings };
  }

  private bind(operand: string, elements: number, access: 'read' | 'write', type: StorageType): Operand {
    const bytes = Math.max(1, elements) * 4 * WIDTH[type];
    const mode = access === 'read' ? 'read' : 'read_write';
    // A segment is the largest power of two that may be bound, so that segment and place are a shift and a mask.
    const segment = 2 ** Math.floor(Math.log2(this.target.maxBinding));
    const base = `${operand}_${this.bindings.length}`;
    const count = bytes <= this.target.maxBinding ? 1 : Math.ceil(bytes / segment);
    const names: string[] = [];
    for (let s = 0; s < count; s++) {
      const name = count === 1 ? base : `${base}_${s}`;
      const offset = s * segment;
      this.declarations.push(`@group(0) @binding(${this.bindings.length + RESERVED}) var<storage, ${mode}> ${name}: array<${type}>;`);
      this.bindings.push({ operand, access, offset, size: count === 1 ? bytes : Math.min(segment, bytes - offset) });
      names.push(name);
    }
    if (count === 1) return { at: (i) => `${base}[${i}]`, set: (i, v) => `${base}[${i}] = ${v};` };
    const shift = Math.log2(segment / 4 / WIDTH[type]);
    const mask = 2 ** shift - 1;
    const choose = (leaf: (name: string) => string): string =>
      names.map((name, s) => (s + 1 < count ? `if (s == ${s}u) { ${leaf(name)} }` : leaf(name))).join(' ');
    const split = `let s = i >> ${shift}u; let j = i & ${mask}u;`;
    if (access === 'read') this.define(`${base}_at`, `fn ${base}_at(i: u32) -> ${type} { ${split} ${choose((n) => `return ${n}[j];`)} }`);
    else this.define(`${base}_set`, `fn ${base}_set(i: u32, v: ${type}) { ${split} ${choose((n) => `${n}[j] = v; return;`)} }`);
    return { at: (i) => `${base}_at(${i})`, set: (i, v) => `${base}_set(${i}, ${v});` };
  }
}

/** A grid for `count` workgroups in one line, folded into x and y; the body finds its number with FLAT_WORKGROUP. */
export function flatGrid(count: number, target: Target): [number, number, number] {
  const x = Math.min(count, target.maxGrid);
  return [Math.max(1, x), Math.max(1, Math.ceil(count / Math.max(1, x))), 1];
}

/** WGSL expression: this workgroup's number in a flatGrid. */
export const FLAT_WORKGROUP = '(wid.x + wid.y * nwg.x)';
