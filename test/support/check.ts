/**
 * One case of an op, checked whole: the value, the gradient and the second derivative on each device against the
 * reference, and the reference's derivatives against central differences of what they are derivatives of.
 *
 * With f = sum(seed * y), q = sum over inputs of sum(direction * df/dinput): both scalars. The differences are taken in
 * float64, where a step of 1e-5 leaves 1e-10 of truncation and 1e-11 of rounding: a derivative rule that is wrong in its sixth
 * digit fails.
 */
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import { grad } from '../../src/engine/grad.js';
import { size, topological, type Node } from '../../src/engine/graph.js';
import type { OpName } from '../../src/engine/attrs.js';
import { relativeError } from '../../reference/errors.js';
import { evaluate } from '../../reference/evaluate.js';
import { draw, random, uniform, type Spec } from '../../reference/random.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { devices, evaluateOnDevice, type NamedDevice } from './device.js';

export interface Case {
  readonly name: string;
  readonly inputs: readonly Spec[];
  readonly build: (...inputs: Node[]) => Node;
  /**
   * Largest error of the device's float32, relative to the largest magnitude of the tensor (reference/tolerances.ts); 0: the correctly
   * rounded value, bit for bit.
   */
  readonly value: number;
  readonly gradient?: number;
  readonly second?: number;
  /** Piecewise constant everywhere: a gradient must be refused. */
  readonly flat?: boolean;
  /**
   * How often it is differentiated, 2 if left out: large matrix kernels take seconds to compile, and small ones say the same of
   * the rules.
   */
  readonly derivatives?: 0 | 1;
}

/** Ops whose kernels have two schedules. */
const SCHEDULED: readonly OpName[] = ['matmul', 'conv', 'convInputGrad', 'convWeightGrad', 'filterSaliency'];

/** The devices on which outputs may differ: where no kernel has two schedules, one is enough. */
export async function devicesFor(outputs: readonly Node[]): Promise<readonly NamedDevice[]> {
  const both = topological(outputs).some((n) => SCHEDULED.includes(n.op));
  return (await devices()).slice(0, both ? 2 : 1);
}

/** The step of the central differences: leaves 1e-10 of truncation and 1e-11 of rounding. */
const STEP = 1e-5;

export function assertClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string): void {
  const error = relativeError(got, tolerance === 0 ? Float64Array.from(want, Math.fround) : want);
  assert.ok(error <= tolerance, `${what}: relative error ${error.toExponential(2)}, allowed ${tolerance.toExponential(2)}`);
}

const dot = (x: Float64Array, y: Float64Array): number => x.reduce((t, v, i) => t + v * y[i], 0);

/** The sum of the scalar products of nodes with fixed directions. */
const inner = (nodes: readonly Node[], directions: readonly Node[]): Node =>
  nodes.map((n, k) => b.sum(b.reshape(b.mul(n, directions[k]), [size(n.shape)]))).reduce((x, y) => b.add(x, y));

/** Where outputs are evaluated: a name for messages, and how. */
export interface Evaluator {
  readonly name: string;
  readonly evaluate: (outputs: Readonly<Record<string, Node>>,
    feeds: ReadonlyMap<Node, Float64Array>) => Promise<Record<string, Float32Array>>;
}

const onDevices = async (outputs: Readonly<Record<string, Node>>): Promise<Evaluator[]> =>
  (await devicesFor(Object.values(outputs))).map(({ name, device }) => ({ name, evaluate: (o, feeds) =>
    evaluateOnDevice(o, feeds, device) })
  );

/** Checks a case on the devices, or on what else computes the engine's graphs. */
export async function checkCase(c: Case,
  evaluators: (outputs: Readonly<Record<string, Node>>) => Promise<Evaluator[]> = onDevices): Promise<void> {
  const r = random(c.name);
  const nodes = c.inputs.map((s, k) => b.input(`x${k}`, s.shape));
  const feeds = new Map<Node, Float64Array>(nodes.map((n, k) => [n, draw(c.inputs[k], r)]));
  const y = c.build(...nodes);
  const outputs: Record<string, Node> = { value: y };
  const wrt = nodes.filter((_, k) => !c.inputs[k].whole);
  if (c.flat) { for (const x of wrt) assert.throws(() => grad(b.sum(y), [x]), /does not depend/, `${c.name}: a gradient was given`); }
  else if (wrt.length > 0 && c.derivatives !== 0) {
    const fixed = (name: string, like: Node): Node => {
      const node = b.input(name, like.shape);
      feeds.set(node, draw(uniform(like.shape), r));
      return node;
    };
    const seed = fixed('seed', y);
    const gradients = grad(y, wrt, seed);
    gradients.forEach((g, k) => {
      outputs[`gradient ${k}`] = g;
    });
    checkDifferences(inner([y], [seed]), wrt, gradients, feeds, r, `${c.name}: gradient`);

    if (c.derivatives === undefined) {
      const q = inner(gradients, gradients.map((g, k) => fixed(`direction${k}`, g)));
      const variables = [...wrt, seed];
      const seconds = variables.map((x) => derivativeOrNull(q, x));
      seconds.forEach((h, k) => {
        if (h) outputs[`second ${k}`] = h;
      });
      checkDifferences(q, variables, seconds, feeds, r, `${c.name}: second derivative`);
    }
  }
  const names = Object.keys(outputs);
  const want = evaluate(Object.values(outputs), feeds);
  for (const { name, evaluate: run } of await evaluators(outputs)) {
    const got = await run(outputs, feeds);
    names.forEach((what, k) => {
      const tolerance = what === 'value'
        ? c.value
        : what.startsWith('gradient')
        ? c.gradient ?? TOLERANCE.gradient
        : c.second ?? c.gradient ?? TOLERANCE.secondDerivative;
      assertClose(got[what], want[k], tolerance, `${c.name}, ${name}: ${what}`);
    });
  }
}

/** The gradient, or null where the graph says there is no dependence (then the differences must vanish). */
function derivativeOrNull(output: Node, x: Node): Node | null {
  try {
    return grad(output, [x])[0];
  } catch (error) {
    if (/does not depend/.test((error as Error).message)) return null;
    throw error;
  }
}

/** Each derivative, along a random direction of its own variable, against a central difference of the scalar in float64. */
export function checkDifferences(
  scalar: Node,
  variables: readonly Node[],
  derivatives: readonly (Node | null)[],
  feeds: ReadonlyMap<Node, Float64Array>,
  r: () => number,
  what: string
): void {
  variables.forEach((x, k) => {
    const direction = Float64Array.from(feeds.get(x)!, () => 2 * r() - 1);
    const moved = (by: number): number =>
      evaluate([scalar], new Map(feeds).set(x, feeds.get(x)!.map((v, i) => v + by * direction[i])))[0][0];
    const difference = (moved(STEP) - moved(-STEP)) / (2 * STEP);
    const derivative = derivatives[k];
    const exact = derivative ? evaluate([derivative], feeds)[0] : direction.map(() => 0);
    const scale = exact.reduce((t, v, i) => t + Math.abs(v * direction[i]), 0);
    const error = Math.abs(difference - dot(exact, direction));
    assert.ok(error <= TOLERANCE.difference * scale + TOLERANCE.differenceFloor,
      `${what} with respect to input ${k}: ${dot(exact, direction)}, central difference ${difference}`);
  });
}
