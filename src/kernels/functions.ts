/**
 * The scalar functions of element-wise work, in WGSL. NaN must pass through every one of them, as it does in PyTorch:
 * a network with a NaN in it must not answer as if it had none.
 *
 * WGSL lets a compiler assume that there are no NaN and no infinities: `x != x` may be false, `!(x <= y)` may stand for
 * `x > y`, and select(x, 0, x < 0) for a maximum that drops NaN. So what is NaN is found by bits, a choice between values
 * one of which may be NaN is a choice between bits, and NaN and infinity are made of bits. Where no NaN is involved the
 * comparisons are the plain ones.
 */

/** WGSL condition: x is NaN. By its bits, since compilers may take `x != x` for false. */
export const nanTest = (x: string): string => `(bitcast<u32>(${x}) & 0x7fffffffu) > 0x7f800000u`;

/** WGSL condition that no NaN meets: the comparison, which holds of numbers alone. */
const both = (x: string, y: string): string => `max(bitcast<u32>(${x}) & 0x7fffffffu, bitcast<u32>(${y}) & 0x7fffffffu) <= 0x7f800000u`;

/** select(no, yes, condition) of f32 expressions, as a choice between their bits. */
const choose = (no: string, yes: string, condition: string): string =>
  `bitcast<f32>(select(bitcast<u32>(${no}), bitcast<u32>(${yes}), ${condition}))`;

/** WGSL expression: the value, or NaN where x is, whatever the driver makes of NaN in it. */
export const orNaN = (x: string, value: string): string => choose(value, x, nanTest(x));

/** The value, or where the condition holds the float of these bits (a runtime value: WGSL refuses a constant NaN or infinity). */
const orBits = (value: string, bits: string, condition: string): string =>
  `bitcast<f32>(select(bitcast<u32>(${value}), ${bits}, ${condition}))`;

const NAN = '0x7fc00000u';
const INFINITY = '0x7f800000u';
const SIGN = '0x80000000u';

/** The root, NaN of a negative number. */
const root = (x: string): string => orBits(orNaN(x, `sqrt(${x})`), NAN, `${x} < 0.0 && !(${nanTest(x)})`);

/** x / y, whose infinities and NaN where y is 0 are made here. */
const quotient = (x: string, y: string): string => {
  const infinite = `((bitcast<u32>(${x}) ^ bitcast<u32>(${y})) & ${SIGN}) | ${INFINITY}`;
  const none = `(bitcast<u32>(${x}) << 1u) == 0u || ${nanTest(x)}`;
  return orBits(`${x} / ${y}`, `select(${infinite}, ${NAN}, ${none})`, `(bitcast<u32>(${y}) << 1u) == 0u`);
};

/** f32 expressions of f32 expressions. Comparisons give 1 or 0. */
export const FUNCTIONS = {
  neg: (x: string) => `-(${x})`,
  abs: (x: string) => `abs(${x})`,
  sign: (x: string) => orNaN(x, `sign(${x})`),
  exp: (x: string) => `fn_exp(${x})`,
  log: (x: string) => `fn_log(${x})`,
  sqrt: root,
  reciprocal: (x: string) => orBits(`1.0 / ${x}`, `bitcast<u32>(${x}) | ${INFINITY}`, `(bitcast<u32>(${x}) << 1u) == 0u`),
  relu: (x: string) => orBits(x, '0u', `${x} < 0.0 && !(${nanTest(x)})`),
  /** 1 where x > 0: the derivative of relu, 0 at 0. */
  step: (x: string) => `select(0.0, 1.0, ${x} > 0.0 && !(${nanTest(x)}))`,
  sigmoid: (x: string) => `fn_sigmoid(${x})`,
  tanh: (x: string) => `fn_tanh(${x})`,
  softplus: (x: string) => `fn_softplus(${x})`,
  erf: (x: string) => `fn_erf(${x})`,
  log1p: (x: string) => `fn_log1p(${x})`,
  sin: (x: string) => `fn_sin(${x})`,
  cos: (x: string) => `fn_cos(${x})`,
  floor: (x: string) => `floor(${x})`,
  add: (x: string, y: string) => `(${x} + ${y})`,
  sub: (x: string, y: string) => `(${x} - ${y})`,
  mul: (x: string, y: string) => `(${x} * ${y})`,
  div: quotient,
  pow: (x: string, y: string) => `fn_pow(${x}, ${y})`,
  max: (x: string, y: string) => choose(y, x, `${nanTest(x)} || (${x} > ${y} && !(${nanTest(y)}))`),
  min: (x: string, y: string) => choose(y, x, `${nanTest(x)} || (${x} < ${y} && !(${nanTest(y)}))`),
  greater: (x: string, y: string) => `select(0.0, 1.0, ${x} > ${y} && ${both(x, y)})`,
  equal: (x: string, y: string) => `select(0.0, 1.0, ${x} == ${y} && ${both(x, y)})`,
  /** x where the condition is not 0 (NaN is not), else y. */
  where: (c: string, x: string, y: string) => choose(y, x, `${c} != 0.0 || ${nanTest(c)}`),
} as const;

export type PointwiseFn = keyof typeof FUNCTIONS;

/**
 * log(1 + x) for x in (-0.35, 0.5): 2 atanh(x / (2 + x)). There 1 + x loses x's digits, and WGSL's log may be wrong by 2^-21.
 */
const LOG_NEAR_ONE = `let z = x / (2.0 + x); let s = z * z;
    return 2.0 * z * (1.0 + s * (0.33333333333 + s * (0.2 + s * (0.14285714286 + s * (0.11111111111 + s * 0.09090909091)))));`;

/** The logarithm of 0 and below, and of infinity, as statements of a function of y. */
const logEnds = (y: string): string =>
  `if (${y} <= 0.0) { return bitcast<f32>(select(${NAN}, 0xff800000u, ${y} == 0.0)); }
  if (bitcast<u32>(${y}) == ${INFINITY}) { return ${y}; }`;

/**
 * x = k pi/2 + r with |r| <= pi/4, pi/2 in three parts so that k times the first two is exact (Cody and Waite); then the
 * Taylor series of sine and cosine, by turns and signs of k. WGSL allows its own to be wrong by 2^-11, and drivers are.
 */
const circular = (name: string, shift: number): string =>
  `fn fn_${name}(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7fffffffu) >= ${INFINITY}) { return bitcast<f32>(bitcast<u32>(x) | ${NAN}); }
  let k = round(x * 0.63661977236758134);
  let r = ((x - k * 1.5703125) - k * 4.837512969970703125e-4) - k * 7.54978995489188216e-8;
  let s = r * r;
  let sine = r + r * s * (-0.16666666667 + s * (0.00833333333 + s * (-0.00019841270 + s * 0.00000275573)));
  let cosine = 1.0 + s * (-0.5 + s * (0.04166666667 + s * (-0.00138888889 + s * (0.00002480159 - s * 0.00000027557))));
  let turn = (i32(k - 4.0 * floor(k * 0.25)) + ${shift}) & 3;
  let v = select(sine, cosine, (turn & 1) != 0);
  return select(v, -v, turn > 1);
}`;

/** Functions WGSL lacks, or whose built-in loses digits, infinities or NaN where they matter. */
export const HELPERS: { readonly [F in PointwiseFn]?: string } = {
  // Drivers answer infinity to NaN.
  exp: `fn fn_exp(x: f32) -> f32 { return ${orNaN('x', 'exp(x)')}; }`,
  // Drivers answer -88 at 0.
  log: `fn fn_log(y: f32) -> f32 {
  if (${nanTest('y')}) { return y; }
  if (y > 0.65 && y < 1.5) { let x = y - 1.0; ${LOG_NEAR_ONE} }
  ${logEnds('y')}
  return log(y);
}`,
  sin: circular('sin', 0),
  cos: circular('cos', 1),
  sigmoid: `fn fn_sigmoid(x: f32) -> f32 { return ${orNaN('x', '1.0 / (1.0 + exp(-x))')}; }`,
  // Small x: x - x^3/3 + ... ; large |x| must not overflow to inf/inf.
  tanh: `fn fn_tanh(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.25) {
    let s = x * x;
    return x * (1.0 + s * (-0.33333333333 + s * (0.13333333333 + s * (-0.05396825397 + s * 0.02186948854))));
  }
  let e = exp(-2.0 * a);
  let r = (1.0 - e) / (1.0 + e);
  return ${orNaN('x', 'select(r, -r, x < 0.0)')};
}`,
  // log(1 + exp(x)) = max(x, 0) + log(1 + y), y = exp(-|x|): nothing overflows, and small values keep their digits.
  softplus: `fn fn_softplus(v: f32) -> f32 {
  if (${nanTest('v')}) { return v; }
  return select(0.0, v, v > 0.0) + fn_softplus_tail(exp(-abs(v)));
}
fn fn_softplus_tail(x: f32) -> f32 {
  if (x < 0.5) { ${LOG_NEAR_ONE} }
  return log(1.0 + x);
}`,
  // Series for |x| < 1 (8 digits with 12 terms), Abramowitz and Stegun 7.1.26 refined is too coarse: continued
  // fraction of erfc beyond, with enough levels for float32.
  erf: `fn fn_erf(x: f32) -> f32 {
  let a = abs(x);
  if (${nanTest('x')}) { return x; }
  if (a < 2.0) {
    var term = x; var total = x; let s = x * x;
    for (var n = 1; n < 24; n++) { term = -term * s / f32(n); total = total + term / f32(2 * n + 1); }
    return 1.1283791670955126 * total;
  }
  if (a > 4.0) { return sign(x); }
  var f = a;
  for (var n = 24; n > 0; n--) { f = a + 0.5 * f32(n) / f; }
  return sign(x) * (1.0 - exp(-a * a) / (f * 1.7724538509055159));
}`,
  log1p: `fn fn_log1p(x: f32) -> f32 {
  if (${nanTest('x')}) { return x; }
  if (x > -0.35 && x < 0.5) { ${LOG_NEAR_ONE} }
  let y = 1.0 + x;
  ${logEnds('y')}
  return log(y);
}`,
  // WGSL leaves pow of a negative base undefined. Floats from 2^24 on are even.
  pow: `fn fn_pow(x: f32, y: f32) -> f32 {
  if (${nanTest('y')}) { if (x == 1.0 && !(${nanTest('x')})) { return x; } return y; }
  if (y == 0.0) { return 1.0; }
  if (${nanTest('x')} || y == 1.0) { return x; }
  if (y == 2.0) { return x * x; }
  if (y == 3.0) { return x * x * x; }
  if (y == 0.5) { return ${root('x')}; }
  if (y == -1.0) { return ${FUNCTIONS.reciprocal('x')}; }
  let r = pow(abs(x), y);
  if (x >= 0.0) { return r; }
  if (y != floor(y)) { return bitcast<f32>(select(${NAN}, bitcast<u32>(r), bitcast<u32>(x) == 0xff800000u)); }
  return select(r, -r, abs(y) < 16777216.0 && (i32(y) & 1) != 0);
}`,
};
