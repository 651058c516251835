/**
 * Activations and their first derivatives as WGSL functions `act(z, beta)` and `slope(z, beta)`, for kernels that train: where the engine's
 * graph has compositions (src/engine/activations.ts), these have both by hand. NaN passes through the values.
 */
import { FUNCTIONS, HELPERS, orNaN } from './functions.js';
import type { KernelWriter } from './writer.js';

/** ReLU's, SmeLU's and SELU's corners belong to the left piece, as in the engine's compositions. */
const TEXTS = {
  identity: { value: 'z', slope: '1.0', helpers: [] },
  relu: { value: FUNCTIONS.relu('z'), slope: FUNCTIONS.step('z'), helpers: [] },
  smelu: {
    value: orNaN('z', 'select(select((z + beta) * (z + beta) / (4.0 * beta), 0.0, z <= -beta), z, z >= beta)'),
    slope: 'clamp((z + beta) / (2.0 * beta), 0.0, 1.0)',
    helpers: [],
  },
  softplus: { value: 'fn_softplus(beta * z) / beta', slope: 'fn_sigmoid(beta * z)', helpers: ['softplus', 'sigmoid'] },
  swish: { value: 'z * fn_sigmoid(beta * z)', slope: 'swish_slope(z, beta * z, fn_sigmoid(beta * z))', helpers: ['sigmoid'] },
  gelu: { value: '0.5 * z * (1.0 + fn_erf(z * 0.70710678118654752))',
    slope: '0.5 * (1.0 + fn_erf(z * 0.70710678118654752)) + z * fn_exp(-0.5 * z * z) * 0.39894228040143268', helpers: ['erf', 'exp'] },
  tanh: { value: 'fn_tanh(z)', slope: 'square_off(fn_tanh(z))', helpers: ['tanh'] },
  selu: {
    value: orNaN('z', 'select(1.7580993408473766 * (exp(min(z, 0.0)) - 1.0), 1.0507009873554805 * z, z > 0.0)'),
    slope: 'select(1.7580993408473766 * exp(min(z, 0.0)), 1.0507009873554805, z > 0.0)',
    helpers: [],
  },
} as const;

export type KernelActivation = keyof typeof TEXTS;

/** Declares both functions in the kernel. */
export function defineActivation(writer: KernelWriter, name: KernelActivation): void {
  const { value, slope, helpers } = TEXTS[name];
  for (const helper of helpers) writer.define(`fn_${helper}`, HELPERS[helper]!);
  if (name === 'swish') writer.define('swish_slope', 'fn swish_slope(z: f32, bz: f32, s: f32) -> f32 { return s + bz * s * (1.0 - s); }');
  if (name === 'tanh') writer.define('square_off', 'fn square_off(t: f32) -> f32 { return 1.0 - t * t; }');
  writer.define('act', `fn act(z: f32, beta: f32) -> f32 { return ${value}; }`);
  writer.define('slope', `fn slope(z: f32, beta: f32) -> f32 { return ${slope}; }`);
}
