/** Enlarging and shrinking, nearest and linear, one axis after the other. */
import * as b from '../../engine/builder.js';
import { size, type Node } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';

interface Rule {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
}

/** Place in the input, in elements, of output element k. */
function place(rule: Rule, k: number, input: number, output: number, scale: number): number {
  switch (rule.coordinates) {
    case 'half_pixel':
      return (k + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric':
      return input / 2 * (1 - output / (scale * input)) + (k + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return output > 1 ? (k + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return output > 1 ? (k * (input - 1)) / (output - 1) : 0;
    case 'tf_half_pixel_for_nn':
      return (k + 0.5) / scale;
    default:
      return k / scale;
  }
}

function nearest(rule: Rule, p: number): number {
  switch (rule.nearest) {
    case 'ceil':
      return Math.ceil(p);
    case 'floor':
      return Math.floor(p);
    case 'round_prefer_ceil':
      return Math.floor(p + 0.5);
    default:
      return Math.ceil(p - 0.5);
  }
}

function resizeAxis(c: Call, x: Node, axis: number, output: number, scale: number, rule: Rule): Node {
  const input = x.shape[axis];
  const inside = (k: number): number => Math.min(Math.max(k, 0), input - 1);
  const places = Array.from({ length: output }, (_, k) => place(rule, k, input, output, scale));
  if (rule.mode === 'nearest') return b.take(x, c.literalList(places.map((p) => inside(nearest(rule, p)))), { axis });
  const weights = new Float32Array(output * input);
  places.forEach((p, k) => {
    const low = Math.floor(p);
    weights[k * input + inside(low)] += 1 - (p - low);
    weights[k * input + inside(low + 1)] += p - low;
  });
  const before = size(x.shape.slice(0, axis));
  const after = size(x.shape.slice(axis + 1));
  const y = b.matmul(b.literal(weights, [output, input]), b.reshape(x, [before, input, after]));
  return b.reshape(y, x.shape.map((d, k) => (k === axis ? output : d)));
}

function resize(c: Call, rule: Rule, scales: readonly number[] | undefined, sizes: readonly number[] | undefined,
  axes: readonly number[]): Node {
  if (rule.mode !== 'nearest' && rule.mode !== 'linear') c.fail(`mode "${rule.mode}" is not supported (nearest and linear are)`);
  if (rule.coordinates === 'tf_crop_and_resize') c.fail('crop and resize is not supported');
  return axes.reduce((x, axis, k) => {
    const input = x.shape[axis];
    // In float32, as runtimes do: 3 times the float32 nearest to 5/3 is 5.
    const output = sizes ? sizes[k] : Math.floor(Math.fround(input * scales![k]));
    const scale = sizes ? output / input : scales![k];
    return output === input && scale === 1 ? x : resizeAxis(c, x, axis, output, scale, rule);
  }, c.x());
}

/** Upsample's meaning, and Resize's before opset 11. */
const plain = (c: Call): Rule => ({ mode: c.text('mode', 'nearest'), coordinates: 'asymmetric', nearest: 'floor' });
const allAxes = (c: Call): number[] => c.shape().map((_, k) => k);
const numbersAt = (c: Call, k: number): number[] | undefined => (c.has(k) && size(c.shape(k)) > 0 ? [...c.numbers(k)] : undefined);

const resizeOp: Handler = (c) => {
  if (c.opset < 11) {
    return resize(c, plain(c), [...c.numbers(1)], undefined, allAxes(c));
  }
  if (c.int('antialias', 0)) c.fail('antialias is not supported');
  if (c.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch') c.fail('keep_aspect_ratio_policy is not supported');
  const rank = c.shape().length;
  const scales = numbersAt(c, 2);
  const sizes = scales ? undefined : numbersAt(c, 3) ?? c.fail('it gives neither scales nor sizes');
  // A first extent fixed with the batch follows it.
  if (sizes && !c.ints('axes') && sizes[0] === c.building.batch.file) sizes[0] = c.shape()[0];
  return resize(c, {
    mode: c.text('mode', 'nearest'),
    coordinates: c.text('coordinate_transformation_mode', 'half_pixel'),
    nearest: c.text('nearest_mode', 'round_prefer_floor'),
  }, scales, sizes, c.ints('axes')?.map((a) => c.axis(a, rank)) ?? allAxes(c));
};

const upsample: Handler = (c) => resize(c, plain(c), c.floats('scales') ?? [...c.numbers(1)], undefined, allAxes(c));

export const RESIZING: Readonly<Record<string, Handler>> = { Resize: resizeOp, Upsample: upsample };
