/**
 * Rows on a device, in blocks: the two matrix products of a step, asked block by block, sums over blocks in float64 on the host. Where
 * there is room all blocks lie on the device, with the logits of the last point; else they are read and standardised anew at every
 * pass, the next one while the device computes, and nothing grows with the number of rows.
 */
import type { Device } from '../engine/device.js';
import { planGraph } from '../engine/plan/plan.js';
import { Program, WeightStore } from '../engine/run/program.js';
import { upload } from '../engine/transfer.js';
import { BEFORE, blockShape, LABELS, MASK, MOMENTUM, POINT, POINT_B, scoreGraph, stepGraph, TRIAL, W, B, Z, type BlockShape,
  type Loss } from './graphs.js';
import type { Weights } from './penalty.js';
import { standardizeInto, type FeatureRows, type Standardization } from './rows.js';

export interface DeviceRowsOptions {
  readonly classes: number;
  readonly loss: Loss;
  /** Features that are looked at; all others count as 0. */
  readonly columns: ArrayLike<number>;
  /** Whether rows and logits lie on the device, or are read at every pass. */
  readonly resident: boolean;
}

/** What a step comes to: means over the rows. */
export interface Evaluation {
  readonly loss: number;
  /** At V = W + m (W - W'). */
  readonly lossAtPoint: number;
  /** There, [classes, columns] and [classes]. */
  readonly gradient: Float64Array;
  readonly intercepts: Float64Array;
}

/** Bytes that resident rows take on the device. */
export function residentBytes(samples: number, width: number, classes: number, loss: Loss): number {
  const { parts, rows } = blockShape(samples, width, classes, loss), block = parts * rows;
  const all = Math.ceil(samples / block) * block;
  return 4 * all * (width + 2 * classes) + 4 * block * (width + 6 * classes);
}

interface Block {
  readonly start: number;
  readonly count: number;
  /** Of resident rows: features, labels, mask, logits of the point before and of the last one. */
  readonly buffers: Record<string, GPUBuffer> | null;
}

type Loaded = { readonly block: Block; readonly z: Float32Array; readonly labels: Float32Array; readonly mask: Float32Array };

export class DeviceRows {
  readonly shape: BlockShape;
  /** Passes over the rows so far: one is both products of every row. */
  passes = 0;
  private blocks: Block[] = [];
  private swapped = false;

  private constructor(private readonly device: Device, private readonly rows: FeatureRows, private readonly standard: Standardization,
    private readonly options: DeviceRowsOptions, private readonly store: WeightStore, private readonly step: Program,
    private readonly score: Program) {
    this.shape = shapeOf(rows, options);
  }

  /** Throws OutOfMemory where there is no room, and as the rows do. */
  static async open(device: Device, rows: FeatureRows, standard: Standardization, options: DeviceRowsOptions): Promise<DeviceRows> {
    const shape = shapeOf(rows, options);
    const store = new WeightStore(device);
    const count = shape.parts * shape.rows;
    const set = (name: string, each: number): void => store.set(name, new Float32Array(count * each));
    set(Z, shape.width);
    set(LABELS, 1);
    set(MASK, 1);
    if (options.resident) { for (const name of [BEFORE, TRIAL]) set(name, shape.classes); }
    const { outputs, updates } = stepGraph(shape, options.resident);
    const made: Program[] = [];
    try {
      made.push(await Program.compile(planGraph(outputs, device.target, { updates }), device, store, { runs: 2 }));
      made.push(await Program.compile(planGraph(scoreGraph(shape), device.target), device, store, { runs: 2 }));
      const opened = new DeviceRows(device, rows, standard, options, store, made[0], made[1]);
      await opened.place();
      return opened;
    } catch (error) {
      for (const program of made) program.destroy();
      store.destroy();
      throw error;
    }
  }

  get samples(): number {
    return this.rows.samples;
  }

  /**
   * Loss at `at` and, at V = at + momentum (at - before), loss and gradient. Resident rows take the logits at `before` from the last
   * evaluation that was accepted; with a momentum of 0 nothing is taken from it.
   */
  async evaluate(at: Weights, momentum: number, before: Weights): Promise<Evaluation> {
    const { resident } = this.options, { classes, width } = this.shape;
    const inputs: Record<string, Float32Array> = { [W]: Float32Array.from(at.w), [B]: Float32Array.from(at.b) };
    if (resident) inputs[MOMENTUM] = Float32Array.of(momentum);
    else {
      inputs[POINT] = Float32Array.from(at.w, (v, k) => v + momentum * (v - before.w[k]));
      inputs[POINT_B] = Float32Array.from(at.b, (v, k) => v + momentum * (v - before.b[k]));
    }
    const gradient = new Float64Array(classes * width), intercepts = new Float64Array(classes);
    let loss = 0, lossAtPoint = 0;
    await this.each(this.step, inputs, true, ({ count }, out) => {
      for (let k = 0; k < gradient.length; k++) gradient[k] += out.gradient[k];
      for (let k = 0; k < classes; k++) intercepts[k] += out.intercepts[k];
      for (let k = 0; k < count; k++) {
        loss += out.loss[k];
        lossAtPoint += out.lossAtPoint[k];
      }
    });
    this.passes += resident || momentum === 0 ? 1 : 1.5;
    const n = this.rows.samples;
    return { loss: loss / n, lossAtPoint: lossAtPoint / n, gradient: gradient.map((v) => v / n), intercepts: intercepts.map((v) => v / n) };
  }

  /** The last point evaluated becomes the one before. */
  accept(): void {
    this.swapped = !this.swapped;
  }

  /** Mean loss and every row's predicted class. */
  async scores(at: Weights): Promise<{ loss: number; predicted: Int32Array }> {
    const predicted = new Int32Array(this.rows.samples);
    let loss = 0;
    await this.each(this.score, { [W]: Float32Array.from(at.w), [B]: Float32Array.from(at.b) }, false, ({ start, count }, out) => {
      for (let k = 0; k < count; k++) {
        loss += out.loss[k];
        predicted[start + k] = out.predicted[k];
      }
    });
    return { loss: loss / this.rows.samples, predicted };
  }

  destroy(): void {
    for (const { buffers } of this.blocks) for (const buffer of Object.values(buffers ?? {})) buffer.destroy();
    this.step.destroy();
    this.score.destroy();
    this.store.destroy();
  }

  /** Puts resident rows on the device. */
  private async place(): Promise<void> {
    if (!this.options.resident) return;
    const { classes } = this.shape;
    for await (const { block, z, labels, mask } of this.load()) {
      const buffers: Record<string, GPUBuffer> = {};
      this.blocks.push({ ...block, buffers });
      await this.device.guarded('placing features', () => {
        const put = (name: string, bytes: number, values?: Float32Array): void => {
          buffers[name] = this.device.gpu.createBuffer({ size: bytes, usage: COPIED });
          if (values) upload(this.device, buffers[name], values);
        };
        put(Z, z.byteLength, z);
        put(LABELS, labels.byteLength, labels);
        put(MASK, mask.byteLength, mask);
        for (const name of [BEFORE, TRIAL]) put(name, 4 * labels.length * classes);
      });
    }
  }

  /** Runs a program for every block, two of them under way, their results taken in order. */
  private async each(program: Program, inputs: Record<string, Float32Array>, logits: boolean,
    take: (block: Block, out: Record<string, Float32Array>) => void): Promise<void> {
    let under: { block: Block; out: Promise<Record<string, Float32Array>> } | null = null;
    let given = inputs;
    const [before, after] = this.swapped ? [TRIAL, BEFORE] : [BEFORE, TRIAL];
    const run = async (block: Block): Promise<void> => {
      const out = program.run(given);
      out.catch(() => undefined);
      given = {}; // inputs stay on the device
      if (block.buffers && logits) this.copy([[this.store.buffer(TRIAL), block.buffers[after]]]);
      const last = under;
      under = { block, out };
      if (last) take(last.block, await last.out);
    };
    if (this.options.resident) {
      for (const [k, block] of this.blocks.entries()) {
        const from = block.buffers!;
        const names = this.blocks.length > 1 || this.held !== k ? [Z, LABELS, MASK] : [];
        this.held = k;
        this.copy([...names.map((name): Copy => [from[name], this.store.buffer(name)]),
          ...(logits ? [[from[before], this.store.buffer(BEFORE)] as Copy] : [])]);
        await run(block);
      }
    } else {
      for await (const { block, z, labels, mask } of this.load()) {
        this.store.set(Z, z);
        this.store.set(LABELS, labels);
        this.store.set(MASK, mask);
        await run(block);
      }
    }
    const last = under as { block: Block; out: Promise<Record<string, Float32Array>> } | null;
    if (last) take(last.block, await last.out);
  }

  /** Which block lies where programs read it. */
  private held = -1;

  private copy(copies: readonly Copy[]): void {
    if (copies.length === 0) return;
    this.device.submit((encoder) => {
      for (const [from, to] of copies) encoder.copyBufferToBuffer(from, 0, to, 0, Math.min(from.size, to.size));
    });
    this.store.version++;
  }

  /** All blocks, filled up with rows of zeros, each read while the one before is used. */
  private async *load(): AsyncGenerator<Loaded> {
    const { parts, rows, width } = this.shape, each = parts * rows;
    const source = this.rows.blocks(each);
    const next = async (): Promise<Loaded | null> => {
      const { value, done } = await source.next();
      if (done) return null;
      const z = new Float32Array(each * width), labels = new Float32Array(each), mask = new Float32Array(each);
      standardizeInto(z, width, value, this.standard, this.options.columns);
      labels.set(this.rows.labels.subarray(value.start, value.start + value.count));
      mask.fill(1, 0, value.count);
      return { block: { start: value.start, count: value.count, buffers: null }, z, labels, mask };
    };
    for (let block = await next(); block; block = await next()) yield block;
  }
}

type Copy = readonly [from: GPUBuffer, to: GPUBuffer];

/** STORAGE | COPY_SRC | COPY_DST, as numbers: the names are there only once a GPU is. */
const COPIED = 0x80 | 0x4 | 0x8;

const shapeOf = (rows: FeatureRows, { classes, loss, columns }: DeviceRowsOptions): BlockShape =>
  blockShape(rows.samples, columns.length, classes, loss);
