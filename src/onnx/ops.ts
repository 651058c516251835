/** Every ONNX op that can be read, by name. What changed between opsets is settled inside each. */
import type { Handler } from './call.js';
import { ACTIVATION } from './ops/activation.js';
import { ARITHMETIC } from './ops/arithmetic.js';
import { CONVOLUTION } from './ops/conv.js';
import { MATRICES } from './ops/matrix.js';
import { NORMALIZATION } from './ops/normalize.js';
import { POOLING } from './ops/pool.js';
import { REDUCTION } from './ops/reduce.js';
import { RESIZING } from './ops/resize.js';
import { SELECTION } from './ops/select.js';
import { SHAPES } from './ops/shape.js';

export const HANDLERS: ReadonlyMap<string, Handler> = new Map(Object.entries({
  ...ACTIVATION,
  ...ARITHMETIC,
  ...CONVOLUTION,
  ...MATRICES,
  ...NORMALIZATION,
  ...POOLING,
  ...REDUCTION,
  ...RESIZING,
  ...SELECTION,
  ...SHAPES,
}));
