/** What trained models say of points, by the general graph. */
import type { Device } from '../engine/device.js';
import { size } from '../engine/graph.js';
import { planGraph } from '../engine/plan/plan.js';
import { Program, WeightStore } from '../engine/run/program.js';
import { layersOf, partOf, predictionGraph, type NetworkForm } from './network.js';

/** Elements of the largest activation that is computed at once. */
const PREDICTED = 1 << 24;

/** Logits of models of one form, in parts that fit in memory. */
export class Predictor {
  private readonly store: WeightStore;
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(private readonly device: Device, private readonly network: NetworkForm) {
    this.store = new WeightStore(device);
  }

  /** [models, points], or [models, points, classes], of weights [models, parameters] at x [points, inputs]. */
  async logits(weights: Float32Array, models: number, x: Float32Array): Promise<Float32Array> {
    const { width, inputs, classes = 1 } = this.network;
    const points = x.length / inputs, each = weights.length / models;
    const part = Math.max(1, Math.min(models, Math.floor(PREDICTED / (points * Math.max(width, inputs, classes)))));
    const out = new Float32Array(models * points * classes);
    for (let from = 0; from < models; from += part) {
      const count = Math.min(part, models - from);
      const own = weights.subarray(from * each, (from + count) * each);
      const program = await this.program(count, points);
      const tensors = layersOf(this.network).map(({ name, shape, at }) => [name, partOf(own, count, each, at, size(shape))] as const);
      const { logits } = await program.run({ x, ...Object.fromEntries(tensors) });
      out.set(logits, from * points * classes);
    }
    return out;
  }

  destroy(): void {
    for (const program of this.programs.values()) void program.then((p) => p.destroy(), () => undefined);
    this.store.destroy();
  }

  private program(models: number, points: number): Promise<Program> {
    const key = `${models} ${points}`;
    let program = this.programs.get(key);
    if (!program) {
      const plan = planGraph(predictionGraph(this.network, models, points), this.device.target);
      this.programs.set(key, program = Program.compile(plan, this.device, this.store));
    }
    return program;
  }
}
