/** Sources, views and placement: one line per case. Views stand between element-wise work, as they do in networks. */
import * as b from '../../../src/engine/builder.js';
import { EXACT, sumOf } from '../../../reference/tolerances.js';
import type { Case } from '../../support/check.js';
import { given, uniform, whole } from '../../../reference/random.js';

type Layout = 'input' | 'constant' | 'literal' | 'iota' | 'reshape' | 'detach' | 'transpose' | 'slice' | 'flip' | 'broadcast' | 'pad'
  | 'concat' | 'take' | 'takeTranspose';

const none = [0, 0];
const table = given([2, 0, 3, 3, 1], [5]);

export const LAYOUT: Record<Layout, Case[]> = {
  input: [{ name: 'input', inputs: [uniform([2, 3])], build: (x) => x, value: EXACT }],
  constant: [{ name: 'constant', inputs: [uniform([2, 3])], build: (x) => b.mul(x, b.constant(0.1, [3])), value: sumOf(1) }],
  literal: [{ name: 'literal', inputs: [uniform([2, 3])], build: (x) => b.mul(x, b.literal([1.5, -2, 0.25])), value: EXACT }],
  iota: [0, 1, 2].map((axis) => ({ name: `iota ${axis}`, inputs: [uniform([2, 3, 4])], build: (x) => b.mul(x, b.iota([2, 3, 4], axis)),
    value: EXACT })
  ),
  reshape: [
    { name: 'reshape', inputs: [uniform([2, 6])], build: (x) => b.mul(b.reshape(x, [3, -1]), b.reshape(x, [3, 4])), value: EXACT },
    { name: 'reshape of a transpose', inputs: [uniform([3, 4])], build: (x) => b.reshape(b.transpose(b.mul(x, x), [1, 0]), [2, 6]),
      value: EXACT },
    { name: 'transpose of a reshape', inputs: [uniform([3, 4])], build: (x) => b.transpose(b.reshape(b.mul(x, x), [2, 6]), [1, 0]),
      value: EXACT },
    { name: 'reshape that adds ones', inputs: [uniform([3, 4])],
      build: (x) => b.transpose(b.reshape(b.mul(x, x), [1, 3, 1, 4]), [3, 0, 1, 2]), value: EXACT },
  ],
  detach: [{ name: 'detach', inputs: [whole([4], 5), uniform([4])], build: (x, y) => b.mul(b.detach(b.mul(x, b.constant(2))), y),
    value: EXACT }],
  transpose: [
    { name: 'transpose', inputs: [uniform([3, 5])], build: (x) => b.mul(b.transpose(x, [1, 0]), b.constant(2)), value: EXACT },
    { name: 'transpose, 4 dimensions', inputs: [uniform([2, 3, 1, 4])], build: (x) => b.transpose(b.mul(x, x), [3, 1, 0, 2]),
      value: EXACT },
  ],
  slice: [
    { name: 'slice', inputs: [uniform([5, 7])], build: (x) => b.slice(b.mul(x, x), { starts: [1, 0], steps: [2, 3], sizes: [2, 3] }),
      value: EXACT },
    { name: 'slice to one', inputs: [uniform([3, 4])], build: (x) => b.slice(x, { starts: [2, 3], steps: [1, 1], sizes: [1, 1] }),
      value: EXACT },
    { name: 'slice of a slice', inputs: [uniform([9, 2])],
      build: (x) => b.slice(b.slice(x, { starts: [1, 0], steps: [2, 1], sizes: [4, 2] }), { starts: [1, 1], steps: [2, 1], sizes: [2, 1] }),
      value: EXACT },
  ],
  flip: [
    { name: 'flip', inputs: [uniform([2, 3, 2])], build: (x) => b.mul(b.flip(x, [1]), x), value: EXACT },
    { name: 'flip of a slice', inputs: [uniform([6, 3])],
      build: (x) => b.flip(b.slice(x, { starts: [1, 0], steps: [2, 1], sizes: [3, 3] }), [0, 1]), value: EXACT },
  ],
  broadcast: [
    { name: 'broadcast', inputs: [uniform([3, 1])], build: (x) => b.broadcast(b.mul(x, x), [2, 3, 4]), value: EXACT, gradient: sumOf(8) },
    { name: 'broadcast of a scalar', inputs: [uniform([])], build: (x) => b.broadcast(x, [3, 2]), value: EXACT, gradient: sumOf(6) },
  ],
  pad: [
    { name: 'pad', inputs: [uniform([3, 4])], build: (x) => b.pad(b.mul(x, x), { low: [1, 0], high: [0, 2], interior: none, value: 0.5 }),
      value: EXACT },
    { name: 'pad between', inputs: [uniform([3, 4])], build: (x) => b.pad(x, { low: [1, 2], high: [2, 0], interior: [2, 1], value: 0 }),
      value: EXACT },
    { name: 'pad that crops', inputs: [uniform([5, 4])], build: (x) => b.pad(x, { low: [-1, 1], high: [-2, -1], interior: none, value: 0 }),
      value: EXACT },
    { name: 'pad between, and crop', inputs: [uniform([4, 3])],
      build: (x) => b.pad(b.mul(x, x), { low: [-2, -1], high: [1, -2], interior: [1, 2], value: -1 }), value: EXACT },
  ],
  concat: [
    { name: 'concat', inputs: [uniform([2, 3]), uniform([2, 1]), uniform([2, 4])], build: (x, y, z) => b.concat([x, b.mul(y, y), z], 1),
      value: EXACT },
    { name: 'concat in front', inputs: [uniform([1, 3, 2]), uniform([2, 3, 2])], build: (x, y) => b.concat([b.mul(x, x), y], 0),
      value: EXACT },
    { name: 'concat of itself, transposed', inputs: [uniform([3, 3])],
      build: (x) => b.concat([x, b.transpose(x, [1, 0]), b.flip(x, [0])], 1), value: EXACT, gradient: sumOf(3) },
  ],
  take: [
    { name: 'take rows', inputs: [uniform([4, 3]), { ...table, whole: true }], build: (x, i) => b.take(b.mul(x, x), i, { axis: 0 }),
      value: EXACT, gradient: sumOf(2) },
    { name: 'take in the middle', inputs: [uniform([2, 4, 3]), { ...table, whole: true }], build: (x, i) => b.take(x, i, { axis: 1 }),
      value: EXACT, gradient: sumOf(2) },
  ],
  takeTranspose: [{ name: 'takeTranspose', inputs: [uniform([2, 5, 3]), whole([5], 6)],
    build: (g, i) => b.takeTranspose(b.mul(g, g), i, { axis: 1, extent: 6 }), value: sumOf(2), gradient: sumOf(2) }],
};
