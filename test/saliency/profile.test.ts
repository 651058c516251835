/** Against the authors' own code, run in float64 on a tiny network: conv, strided conv with a 1x1 shortcut, pooling, logits. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import type { Device } from '../../src/engine/device.js';
import type { Node } from '../../src/engine/graph.js';
import type { ConvUse } from '../../src/engine/convolutions.js';
import { profileNodes, type Aggregation } from '../../src/saliency/profile.js';
import { assertClose } from '../support/check.js';
import { closeDevices, evaluateOnDevice, openDevice } from '../support/device.js';
import { shared } from '../../reference/paths.js';
import { draw, random, uniform } from '../../reference/random.js';
import { evaluate } from '../../reference/evaluate.js';
import { skipUnless } from '../support/skip.js';
import { TOLERANCE } from '../../reference/tolerances.js';

type Nested = number | readonly Nested[];
interface Golden {
  readonly state: Record<string, Nested>;
  readonly X: Nested;
  readonly Y: number[];
  readonly naive: number[][];
}

const flat = (v: Nested): number[] => (typeof v === 'number' ? [v] : v.flatMap(flat));
const shapeOf = (v: Nested): number[] => (typeof v === 'number' ? [] : [v.length, ...shapeOf(v[0])]);

/** One convolution and the use that the profile needs of it. */
function convolution(name: string, x: Node, w: Node<'input'>, stride: 1 | 2, pad: 0 | 1): { y: Node; use: ConvUse } {
  const geometry = { stride: [stride, stride], dilation: [1, 1], pads: [pad, pad, pad, pad], groups: 1 } as const;
  const y = b.conv(x, w, geometry);
  return { y, use: { weight: name, input: x, output: y } };
}

let opened: Promise<Device> | undefined;
/** The adapter's own schedule: the kernels' tests have both. */
const usual = (): Promise<Device> => opened ??= openDevice({});

const path = `${shared}golden/levin_tiny_net.json`;
const tiny = suite('profileNodes');

if (skipUnless(existsSync(path), `${path} is absent`)) {
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
  const feeds = new Map<Node, Float64Array>();
  const fed = <K extends Node>(node: K, v: Nested): K => {
    feeds.set(node, Float64Array.from(flat(v)));
    return node;
  };
  const w = (name: string): Node<'input'> => fed(b.weight(name, shapeOf(golden.state[name])), golden.state[name]);
  const normed = (x: Node, name: string): Node =>
    b.batchNorm(x, w(`${name}.weight`), w(`${name}.bias`), w(`${name}.running_mean`), w(`${name}.running_var`), 1e-5);

  const image = fed(b.input('image', shapeOf(golden.X)), golden.X);
  const labels = fed(b.input('labels', [golden.Y.length]), golden.Y);
  const first = convolution('conv1', image, w('conv1.weight'), 1, 1);
  const hidden = b.relu(normed(first.y, 'bn1'));
  const second = convolution('conv2', hidden, w('conv2.weight'), 2, 1);
  const down = convolution('down', hidden, w('down.weight'), 2, 0);
  const joined = b.relu(b.add(normed(second.y, 'bn2'), b.add(down.y, b.perChannel(w('down.bias'), down.y))));
  const logits = b.add(b.matmul(b.reshape(b.mean(joined, [2, 3]), [golden.Y.length, 6]), w('fc.weight'), { transA: false, transB: true }),
    w('fc.bias'));

  tiny("reproduces the authors' profiles of every sample", async () => {
    const { profile, loss } = profileNodes(logits, labels, [first.use, second.use, down.use]);
    assert.equal(profile.shape, [golden.Y.length, 16]);
    assertClose(evaluate([profile], feeds)[0], flat(golden.naive), TOLERANCE.reference64, 'the reference itself');
    const got = await evaluateOnDevice({ profile, loss }, feeds, await usual());
    flat(golden.naive).forEach((s, k) =>
      assert.ok(Math.abs(got.profile[k] - s) <= TOLERANCE.authorsProfile * s, `value ${k}: ${got.profile[k]} instead of ${s}`)
    );
    assertClose(got.loss, evaluate([loss], feeds)[0], TOLERANCE.authorsLoss, 'loss');
  });
}

// ---------------------------------------------------------------- structure

const W = b.weight('W', [3, 3, 3, 3]);
const picture = b.input('picture', [2, 3, 5, 5]);
const target = b.input('target', [2]);
const inputs = new Map<Node, Float64Array>([[W, draw(uniform(W.shape), random('W'))], [picture, draw(uniform(picture.shape), random('p'))],
  [target, Float64Array.of(2, 0)]]);
const once = convolution('W', picture, W, 1, 1);
const again = convolution('W', b.relu(once.y), W, 1, 1);
const scores = b.reshape(b.mean(again.y, [2, 3]), [2, 3]);

for (const aggregation of ['mean-abs', 'abs-mean'] as Aggregation[]) {
  tiny(`adds up the gradients of a weight's uses before it takes the absolute value (${aggregation})`, async () => {
    const { profile } = profileNodes(scores, target, [once.use, again.use], { aggregation });
    assert.equal(profile.shape, [2, 3]);
    const h = 1e-5;
    const want = [0, 1].flatMap((n) =>
      [0, 1, 2].map((k) => {
        const { loss } = profileNodes(scores, target, [once.use, again.use]);
        const slopes = Array.from({ length: 27 }, (_, i) => {
          const at = (by: number): number =>
            evaluate([loss], new Map(inputs).set(W, inputs.get(W)!.map((v, j) => (j === k * 27 + i ? v + by : v))))[0][n];
          return (at(h) - at(-h)) / (2 * h);
        });
        return aggregation === 'mean-abs'
          ? slopes.reduce((t, s) => t + Math.abs(s), 0) / 27
          : Math.abs(slopes.reduce((t, s) => t + s, 0)) / 27;
      })
    );
    const { p } = await evaluateOnDevice({ p: profile }, inputs, await usual());
    assertClose(p, want, TOLERANCE.sharedWeight, 'shared weight');
  });
}
tiny('refuses a network without convolutions, and one whose loss does not depend on a convolution', () => {
  assert.throws(() => profileNodes(scores, target, []), 'no convolution');
  const idle = convolution('idle', picture, b.weight('idle', [3, 3, 3, 3]), 1, 1);
  assert.throws(() => profileNodes(scores, target, [once.use, idle.use]), 'does not depend');
});
tiny.after(closeDevices);

tiny.run();
