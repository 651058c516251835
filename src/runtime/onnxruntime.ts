/**
 * onnxruntime in Node, an optional package: loaded when asked for, and never where a browser imports. What is used of it is
 * declared here, so that the code compiles where it is not installed.
 */

/** Where a session computes: an execution provider's name in onnxruntime. */
export type Provider = 'cpu' | 'cuda' | 'coreml' | 'dml';
export const PROVIDERS: readonly Provider[] = ['cpu', 'cuda', 'coreml', 'dml'];

/** The version that the tests run with, and that set-up installs. */
export const ONNXRUNTIME = '1.30.0';

/** What a person is told to do where it is absent. */
export const INSTALL = `npm install onnxruntime-node@${ONNXRUNTIME}`;

interface OrtTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}
interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}
interface Ort {
  readonly Tensor: new(type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array | string, options: object): Promise<OrtSession> };
  readonly env: { readonly versions?: { readonly node?: string } };
}

export interface RuntimeOptions {
  /** Default: 'cpu'. */
  readonly provider?: Provider;
  /** Threads of the processor; default: one for every core. */
  readonly threads?: number;
  /** A file that the runtime's own times are written to, with this beginning of its name. */
  readonly profile?: string;
}

/** Values of a model's inputs and outputs by name, with their shapes. */
export interface RuntimeTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** onnxruntime as installed, null where it is not. Throws a sentence where it is there and cannot be loaded. */
export async function findOnnxruntime(): Promise<Ort | null> {
  const name = 'onnxruntime-node'; // a variable: the compiler must not look for it
  try {
    const module = await import(name) as { default?: Ort } & Ort;
    return module.default ?? module;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw new Error(`onnxruntime-node is installed and cannot be loaded (${(error as Error).message.split('\n')[0]}): ${INSTALL}`, {
      cause: error,
    });
  }
}

/** A model ready to run on the processor or an accelerator. */
export class RuntimeSession {
  private constructor(private readonly ort: Ort, private readonly session: OrtSession) {}

  /** Opens a model's bytes or file. Throws a sentence where onnxruntime is not installed, or refuses the model or the provider. */
  static async open(model: Uint8Array | string, { provider = 'cpu', threads, profile }: RuntimeOptions = {}): Promise<RuntimeSession> {
    const ort = await findOnnxruntime();
    if (!ort) throw new Error(`onnxruntime-node is not installed: ${INSTALL}`);
    try {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...(threads !== undefined && { intraOpNumThreads: threads }),
        ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
      });
      return new RuntimeSession(ort, session);
    } catch (error) {
      throw new Error(`onnxruntime cannot open the model on '${provider}': ${(error as Error).message.trim()}`, { cause: error });
    }
  }

  get inputs(): readonly string[] {
    return this.session.inputNames;
  }

  /** Runs the model once. Throws a sentence where the runtime refuses an input or fails. */
  async run(inputs: Readonly<Record<string, RuntimeTensor>>): Promise<Record<string, RuntimeTensor>> {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map((
        [name, { data, shape }]
      ) => [name, new this.ort.Tensor(data instanceof BigInt64Array ? 'int64' : 'float32', data, shape)])
    );
    try {
      const answer = await this.session.run(feeds);
      return Object.fromEntries(Object.entries(answer).map(([name, { data, dims }]) => [name, { data, shape: dims }]));
    } catch (error) {
      throw new Error(`onnxruntime failed: ${(error as Error).message.trim()}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
