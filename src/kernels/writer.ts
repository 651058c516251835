/** Writes a kernel: collects its parameters, operands and functions, and sets the module's text around its body. */
import type { Binding, Kernel, StorageType, Target } from './kernel.js';

const WIDTH: Record<StorageType, number> = { f32: 1, 'vec4<f32>': 4 };
/** Multiply-adds that take as long as a number read or written: adapters compute about so much faster than they remember. */
const WORK_PER_WORD = 16;
const RESERVED = 1; // binding 0 is the uniform struct

/** Reads and writes of one operand; an operand larger than a binding may be is bound in several segments. */
export interface Operand {
  /** WGSL expression for element i (in units of the storage type). */
  at(i: string): string;
  /** WGSL statement that sets element i. */
  set(i: string, value: string): string;
}

/** The numbers 0 to n - 1: what an unrolled text runs over. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Elements that kernels count and index: their indices are 32-bit, some with a sign. */
const MOST = 2 ** 31 - 1;
const RANGE = { u32: [0, 2 ** 32 - 1], i32: [-(2 ** 31), 2 ** 31 - 1] } as const;

/** Sizes that 32-bit indices do not reach: those of a smaller batch may be reached. */
export class TooLarge extends Error {}

/** A kernel that binds more storage buffers than the adapter allows: the planner then tries without fusing. */
export class TooManyBuffers extends TooLarge {}

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
  private work = 0;

  constructor(readonly target: Target, readonly name: string) {}

  /**
   * Declares a parameter and returns how the body names it. A name given twice is numbered. Throws TooLarge where a whole
   * number has no place in its type.
   */
  param(name: string, value: number, type: 'u32' | 'i32' | 'f32' = 'u32'): string {
    if (type !== 'f32' && !(Number.isInteger(value) && value >= RANGE[type][0] && value <= RANGE[type][1])) {
      const [low, high] = RANGE[type];
      throw new TooLarge(
        `kernel '${this.name}': parameter '${name}' is ${value}, no whole number from ${low} to ${high}; use a smaller --batch`
      );
    }
    let unique = name;
    for (let n = 2; this.fields.some((f) => f.name === unique); n++) unique = `${name}${n}`;
    this.fields.push({ name: unique, type, value });
    return `p.${unique}`;
  }

  /** Declares numbers as parameters, under the names of their keys after a prefix; negative ones must be declared 'i32'. */
  params<K extends string>(prefix: string, from: { readonly [P in K]: number }, type: 'u32' | 'i32' = 'u32'): Record<K, string> {
    const names = Object.entries<number>(from).map(([key, value]) => [key, this.param(prefix + key, value, type)]);
    return Object.fromEntries(names) as Record<K, string>;
  }

  /** A stride or offset that indices are multiplied by or moved by: where it is negative, it wraps around 2^32 and comes out right. */
  step(name: string, value: number): string {
    if (Math.abs(value) <= MOST) return this.param(name, value >>> 0);
    throw new TooLarge(`kernel '${this.name}': '${name}' is ${value}, past what 32-bit indices reach, ${MOST}; use a smaller --batch`);
  }

  /** Declares what the kernel reads, so many elements of the type. Throws TooLarge where 32-bit indices do not reach the last. */
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

  /** Says how many multiply-adds, or steps as long, the kernel takes, where that is more than its operands are large. */
  takes(work: number): void {
    this.work = Math.max(this.work, work);
  }

  build(workgroup: readonly [number, number, number], grid: readonly [number, number, number], body: string): Kernel {
    const stage = this.bindings.length;
    if (stage > this.target.maxBuffers) {
      throw new TooManyBuffers(
        `kernel '${this.name}' binds ${stage} storage buffers; this adapter allows ${this.target.maxBuffers}; use a smaller --batch`
      );
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
      '        @builtin(local_invocation_id) lid: vec3u, @builtin(local_invocation_index) li: ' +
      `u32${this.lanes ? ', @builtin(subgroup_invocation_id) lane: u32' : ''}) {`,
      body,
      `}`,
    ].join('\n');
    this.takes(this.bindings.reduce((n, { size }) => n + WORK_PER_WORD * (size / 4), 0));
    return { name: this.name, wgsl, params: words, grid: [...grid], work: this.work, bindings: this.bindings };
  }

  private bind(operand: string, elements: number, access: 'read' | 'write', type: StorageType): Operand {
    if (!(elements * WIDTH[type] <= MOST)) {
      throw new TooLarge(
        `kernel '${this.name}': '${operand}' has ${elements * WIDTH[type]} elements; 32-bit indices reach ${MOST}; use a smaller --batch`
      );
    }
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
    const readable = `fn ${base}_at(i: u32) -> ${type} { ${split} ${choose((n) => `return ${n}[j];`)} }`;
    if (access === 'read') this.define(`${base}_at`, readable);
    else this.define(`${base}_set`, `fn ${base}_set(i: u32, v: ${type}) { ${split} ${choose((n) => `${n}[j] = v; return;`)} }`);
    return {
      at: (i) => {
        this.define(`${base}_at`, readable); // of what is written, only where it is read back
        return `${base}_at(${i})`;
      },
      set: (i, v) => `${base}_set(${i}, ${v});`,
    };
  }
}
