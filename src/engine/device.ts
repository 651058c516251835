/**
 * An adapter and its one device: limits, features, errors and loss. The GPU object is handed in (the browser's
 * `navigator.gpu`, Dawn's in Node), so this file knows neither.
 */
import type { Target } from '../kernels/kernel.js';
import { TooLarge } from '../kernels/writer.js';

export interface DeviceOptions {
  /** 'hardware' or 'software', or part of the adapter's vendor, architecture or description. Any adapter if absent. */
  readonly adapter?: string;
  /** Overrides the schedule chosen by the kind of adapter: to test both everywhere. */
  readonly schedule?: Target['schedule'];
  /** Pretends a smaller binding limit, in bytes: to test segments with small tensors. */
  readonly maxBinding?: number;
  /** 'default': WebGPU's default limits, which every browser has, and not all that the adapter allows. */
  readonly limits?: 'default';
  /** Bytes that one plan may take, above which a batch is halved, of any adapter or of this one; default: until the GPU has no more. */
  readonly memory?: number | ((adapter: AdapterDescription) => number);
}

export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Computes on the processor: correct, and slow. */
  readonly software: boolean;
}

/** Adapters that run on the processor; not all of them say so through isFallbackAdapter. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render|warp/i;

/** Limits that are asked for in full: the defaults (128 MiB bindings, 8 storage buffers) are a browser's. */
const WANTED = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Asked for where the adapter has them; nothing depends on them for its result. */
const FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups'];

/** What the adapter says of itself; `software` also where only its name shows that it runs on the processor. */
export function describeAdapter(info: GPUAdapterInfo): AdapterDescription {
  const description = info.description || info.device || info.vendor;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    description,
    software: info.isFallbackAdapter || SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`),
  };
}

export function adapterMatches(a: AdapterDescription, wanted: string): boolean {
  if (wanted === 'software' || wanted === 'hardware') return a.software === (wanted === 'software');
  return `${a.vendor} ${a.architecture} ${a.description}`.toLowerCase().includes(wanted.toLowerCase());
}

/** One device of one adapter, with every limit the adapter allows. Open one with `Device.open`, in Node with `openDawnDevice`. */
export class Device {
  /** The first error the device reported outside a checked scope, or the reason it was lost. */
  private failure: Error | null = null;
  private readonly modules = new Map<string, Promise<GPUComputePipeline>>();
  private readonly layouts = new Map<string, { bind: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();
  private destroyed = false;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(readonly gpu: GPUDevice, readonly adapter: AdapterDescription, readonly target: Target,
    /** Bytes that one plan may take; Infinity where only the GPU knows. */
    readonly memory: number) {
    gpu.addEventListener('uncapturederror', (event) => {
      this.failure ??= new Error(`the GPU refused a command: ${event.error.message}`);
    });
    void gpu.lost.then((info) => {
      if (!this.destroyed) {
        this.failure = new Error(
          `the GPU device was lost (${info.reason}): ${info.message || 'no reason given'}; run again, with a smaller batch if it recurs`
        );
      }
    });
  }

  /**
   * Opens the device of an adapter. Throws one sentence where there is no adapter, none of the wanted kind, or one that
   * computes nothing.
   */
  static async open(gpu: GPU, options: DeviceOptions = {}): Promise<Device> {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new Error('no WebGPU adapter was found; run `misfire doctor` for what to install on this system');
    const about = describeAdapter(adapter.info);
    if (/null/i.test(`${adapter.info.vendor} ${adapter.info.device}`)) {
      throw new Error(`the adapter '${about.description}' is Dawn's null backend, which computes nothing; choose another with --adapter`);
    }
    if (options.adapter !== undefined && !adapterMatches(about, options.adapter)) {
      throw new Error(
        `no adapter matches '${options.adapter}'; the one found is '${about.description}' (${about.software ? 'software' : 'hardware'})`
      );
    }
    const limits: Record<string, number> = {};
    if (options.limits !== 'default') { for (const name of WANTED) limits[name] = adapter.limits[name]; }
    const features = FEATURES.filter((f) => adapter.features.has(f));
    const device = await adapter.requestDevice({ requiredLimits: limits, requiredFeatures: features });
    const { limits: l } = device;
    const { memory = Infinity } = options;
    const { subgroupMinSize, subgroupMaxSize } = adapter.info;
    return new Device(device, about, {
      schedule: options.schedule ?? (about.software ? 'register' : 'tile'),
      maxBinding: Math.min(options.maxBinding ?? Infinity, l.maxStorageBufferBindingSize),
      maxBuffers: l.maxStorageBuffersPerShaderStage,
      maxGrid: l.maxComputeWorkgroupsPerDimension,
      maxInvocations: l.maxComputeInvocationsPerWorkgroup,
      maxWorkgroupMemory: l.maxComputeWorkgroupStorageSize,
      ...(device.features.has('subgroups') && subgroupMinSize === subgroupMaxSize && { subgroup: subgroupMinSize }),
    }, typeof memory === 'function' ? memory(about) : memory);
  }

  /** Throws what the device has reported since it was opened, if anything. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Runs allocations and compilations; an out-of-memory or validation error inside becomes an exception. */
  guarded<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    // Error scopes are a stack of the device: two at once would answer for each other.
    const turn = this.queue.then(() => this.scoped(what, work));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Does work that takes no time to ask for, such as making a buffer, and returns it with the out-of-memory or validation
   * error that came of it, once it is known. Within `guarded` too: its scopes are closed before anything else is asked.
   */
  watched<T>(what: string, work: () => T): [T, Promise<Error | null>] {
    this.gpu.pushErrorScope('out-of-memory');
    this.gpu.pushErrorScope('validation');
    try {
      const made = work();
      return [made, this.scopeErrors(what)];
    } catch (error) {
      void this.scopeErrors(what);
      throw error;
    }
  }

  /** Closes the two scopes that were opened last. */
  private async scopeErrors(what: string): Promise<Error | null> {
    const scopes = [this.gpu.popErrorScope(), this.gpu.popErrorScope()];
    const [invalid, memory] = await Promise.all(scopes);
    if (memory) return new OutOfMemory(`${what}: the GPU is out of memory (${memory.message}); use a smaller --batch`);
    return invalid ? new Error(`${what}: ${invalid.message}`) : null;
  }

  private async scoped<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    this.check();
    this.gpu.pushErrorScope('out-of-memory');
    this.gpu.pushErrorScope('validation');
    let result: T | undefined;
    let thrown: unknown;
    try {
      result = await work();
    } catch (error) {
      thrown = error;
    }
    const error = await this.scopeErrors(what);
    if (error instanceof OutOfMemory) throw error;
    if (thrown !== undefined) throw thrown;
    if (error) throw error;
    this.check();
    return result as T;
  }

  /** Hands the GPU what `encode` encodes, and returns what it returns. */
  submit<T>(encode: (encoder: GPUCommandEncoder) => T): T {
    const encoder = this.gpu.createCommandEncoder();
    const result = encode(encoder);
    this.gpu.queue.submit([encoder.finish()]);
    return result;
  }

  /** The pipeline of a kernel's text, compiled once; errors are prefixed with the kernel's name. */
  pipeline(name: string, wgsl: string, access: readonly ('read' | 'write')[]): Promise<GPUComputePipeline> {
    let made = this.modules.get(wgsl);
    if (!made) this.modules.set(wgsl, made = this.compile(name, wgsl, this.layout(access).pipeline));
    return made;
  }

  /** The layouts of a kernel that binds its parameters and then so many buffers, made once for each list of accesses. */
  layout(access: readonly ('read' | 'write')[]): { bind: GPUBindGroupLayout; pipeline: GPUPipelineLayout } {
    const key = access.join(' ');
    let layout = this.layouts.get(key);
    if (!layout) {
      const visibility = GPUShaderStage.COMPUTE;
      const bind = this.gpu.createBindGroupLayout({
        entries: [
          { binding: 0, visibility, buffer: { type: 'uniform' } },
          ...access.map((a, k) => ({ binding: k + 1, visibility,
            buffer: { type: a === 'read' ? 'read-only-storage' as const : 'storage' as const } })
          ),
        ],
      });
      this.layouts.set(key, layout = { bind, pipeline: this.gpu.createPipelineLayout({ bindGroupLayouts: [bind] }) });
    }
    return layout;
  }

  /** Gives the device back, with all that lies on it. */
  destroy(): void {
    this.destroyed = true;
    this.gpu.destroy();
  }

  private async compile(name: string, code: string, layout: GPUPipelineLayout): Promise<GPUComputePipeline> {
    // NaN and infinity are numbers to compilers that can be told so: Chrome's with its developer features on; others pass it over.
    const module = this.gpu.createShaderModule({ code, label: name, strictMath: true } as GPUShaderModuleDescriptor);
    try {
      return await this.gpu.createComputePipelineAsync({ label: name, layout, compute: { module, entryPoint: 'main' } });
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const errors = messages.filter((m) => m.type === 'error').map((m) => `line ${m.lineNum}: ${m.message}`).join('; ');
      throw new Error(`kernel '${name}' does not compile: ${errors || (error as Error).message}`);
    }
  }
}

/** The GPU has no room for a plan: a smaller batch may fit. */
export class OutOfMemory extends TooLarge {}
