/**
 * A graph to an ordered list of dispatches over a few buffers: fuse.ts decides what lies in memory, writer.ts makes the
 * dispatches, memory.ts shares the buffers.
 */
import { executionOf } from './access.js';
import { fuse, resolve } from './fuse.js';
import type { Plan } from './types.js';
import { PlanWriter } from './writer.js';
import { size, type Node } from '../graph.js';
import type { Target } from '../../kernels/kernel.js';
import { TooManyBuffers } from '../../kernels/writer.js';

export { memoryOf, type Dispatch, type Place, type Plan, type PlannedTensor } from './types.js';

export interface PlanOptions {
  /** New values of weights, written over them after each run: one step of training. */
  readonly updates?: ReadonlyMap<Node<'input'>, Node>;
}

/** Storage buffers a matrix kernel needs for itself: two factors, the result, one to spare for a split or a segment. */
const OWN_BUFFERS = 4;

/**
 * Plans the named outputs. Throws where two inputs share a name with different shapes, an output has no elements, or an
 * update does not compute a value of its weight's size.
 */
export function planGraph(outputs: Readonly<Record<string, Node>>, target: Target, options: PlanOptions = {}): Plan {
  const updates = [...(options.updates ?? [])];
  const wanted = [...Object.values(outputs), ...updates.map(([, value]) => value)];
  for (const [name, node] of Object.entries(outputs)) {
    if (size(node.shape) === 0) throw new Error(`plan: output '${name}' has shape [${node.shape}] and no elements`);
  }
  for (const [w, value] of updates) {
    if (size(w.shape) !== size(value.shape)) {
      throw new Error(`plan: weight '${w.attrs.name}' has shape [${w.shape}], its new value [${value.shape}]`);
    }
    // Updates are copies, one after the other: a source could be another update's target.
    if (executionOf(resolve(value)).kind === 'source') {
      throw new Error(`plan: the new value of weight '${w.attrs.name}' is an input itself; compute it, if only by multiplying by 1`);
    }
  }
  for (let leaves = Math.max(2, target.maxBuffers - OWN_BUFFERS);; leaves--) {
    const fusion = fuse(wanted, leaves);
    const writer = new PlanWriter(fusion, target);
    try {
      for (const node of fusion.order) if (fusion.stored.has(node)) writer.compute(node);
      return writer.finish(outputs, updates);
    } catch (error) {
      // Tensors in several segments take several buffers each: then fewer of them may meet in one kernel.
      if (!(error instanceof TooManyBuffers) || leaves <= 2) throw error;
    }
  }
}
