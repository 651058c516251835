/** Whole passes over a network: its answer, its profile, its input-space map, from the call to the numbers in memory. */
import { changedValues, quantile } from '../../reference/errors.js';
import { random } from '../../reference/random.js';
import { OutOfMemory, type Device } from '../../src/engine/device.js';
import { size } from '../../src/engine/graph.js';
import { memoryOf, planGraph } from '../../src/engine/plan/plan.js';
import { Program, type WeightStore } from '../../src/engine/run/program.js';
import { BOOSTS, LABELS, MEAN, questionGraph, STD } from '../../src/saliency/questions.js';
import { multiplyAdds } from '../models.js';
import type { RandomNetwork } from '../networks.js';
import { timeSteps } from '../step-times.js';
import type { Check, Pass, PassTime } from './form.js';
import { judge } from './verdict.js';

/** Inputs of a pass: noise for pictures, labels within the classes, statistics as a profile might have them, ten filters boosted. */
export function feedsOf(inputs: readonly { readonly name: string; readonly shape: readonly number[] }[]): Record<string, Float32Array> {
  const r = random('passes');
  return Object.fromEntries(
    inputs.map(({ name, shape }) => [name, Float32Array.from({ length: size(shape) }, (_, k) =>
      name === LABELS
        ? k % 10
        : name === MEAN
        ? 1e-3
        : name === STD
        ? 1e-3 * (1 + r())
        : name === BOOSTS
        ? (k % shape[1] < 10 ? 100 : 1)
        : 2 * r() - 1)]
    )
  );
}

/** One pass at one batch: the median, as peers are measured. Throws OutOfMemory where it does not fit. */
export async function measurePass(
  device: Device,
  network: RandomNetwork,
  weights: WeightStore,
  pass: Pass,
  batch: number,
  budget: number
): Promise<{ pass: PassTime; check: Check }> {
  const { name } = network;
  const { outputs } = questionGraph(pass === 'forward' ? 'logits' : pass, network, batch, 'mean-abs');
  const plan = planGraph(outputs, device.target);
  const program = await Program.compile(plan, device, weights);
  try {
    const feeds = feedsOf(plan.inputs);
    const first = await program.run(feeds);
    for (const [output, values] of Object.entries(first)) {
      if (values.some((v) => !Number.isFinite(v))) {
        throw new Error(`${name}, ${pass}: '${output}' is not finite, so that its time says nothing`);
      }
    }
    const again = await program.run(feeds);
    const times: number[] = [];
    const end = performance.now() + 1000 * budget;
    while (times.length < 3 || (performance.now() < end && times.length < 200)) {
      const began = performance.now();
      await program.run(feeds);
      times.push((performance.now() - began) / 1000);
    }
    const ownSeconds = await gpuSeconds(device, program);
    const time: PassTime = {
      network: name,
      pass,
      how: 'batch',
      variant: 'folded',
      batch,
      secondsPerPicture: quantile(times, 0.5) / batch,
      multiplyAdds: multiplyAdds(outputs.logits) / batch,
      bytes: memoryOf(plan) + 4 * plan.weights.reduce((n, t) => n + size(t.shape), 0),
      dispatches: plan.main.length,
      ...(ownSeconds !== undefined && { gpuSecondsPerPicture: ownSeconds / batch }),
    };
    const changed = Object.entries(first).reduce((n, [output, values]) => n + changedValues(values, again[output]), 0);
    return { pass: time, check: judge(`${name}, ${pass}, batch ${batch}: values that a rerun changes`, changed, 0) };
  } finally {
    program.destroy();
  }
}

/** The sum of the dispatches' own times, the least of three runs; undefined where there are no timestamps. */
async function gpuSeconds(device: Device, program: Program): Promise<number | undefined> {
  if (!device.gpu.features.has('timestamp-query')) return undefined;
  let least = Infinity;
  for (let k = 0; k < 3; k++) least = Math.min(least, (await timeSteps(device, program.main)).reduce((n, t) => n + t.nanoseconds, 0) / 1e9);
  return least;
}

/** Every pass at every batch; tells what did not fit and what there was no time for. */
export async function measurePasses(
  device: Device,
  network: RandomNetwork,
  weights: WeightStore,
  batches: readonly number[],
  budget: number,
  deadline: number,
  tell: (told: { pass: PassTime } | { check: Check } | { note: string }) => void
): Promise<void> {
  const { name } = network;
  // The profile is the question; what there is least time for comes last.
  for (const pass of ['profile', 'forward', 'map'] as const) {
    for (const batch of batches) {
      if (performance.now() > deadline) {
        tell({ note: `${name}, ${pass}, batch ${batch}: not measured, no time was left` });
        continue;
      }
      try {
        const measured = await measurePass(device, network, weights, pass, batch, budget);
        tell({ pass: measured.pass });
        tell({ check: measured.check });
      } catch (error) {
        if (!(error instanceof OutOfMemory)) throw error;
        tell({ note: `${name}, ${pass}, batch ${batch}: ${error.message}` });
      }
    }
  }
}
