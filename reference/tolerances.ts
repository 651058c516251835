/**
 * The tolerances of comparisons with numbers from elsewhere, and why each is what it is. Tests and `npm run gpu-check` judge by the
 * same ones. Where nothing else is said, an error is relative to what is compared.
 */
interface Tolerance {
  readonly value: number;
  readonly why: string;
}

/** Spacing of float32 at 1. */
export const EPSILON = 2 ** -23;

const TABLE = {
  // ---- ops and kernels against plain float64 loops: relative to the largest magnitude of the tensor
  exact: { value: 0, why: 'moves, comparisons, and one addition, subtraction or multiplication: WGSL has them correctly rounded' },
  quotient: { value: 2.5 * EPSILON, why: 'a quotient or a root: WGSL allows 2.5 units in the last place' },
  function: { value: 8 * EPSILON,
    why: 'exp, log, sin, cos, pow and what is made of them: WGSL allows a few units, more for large arguments' },
  gradient: { value: 8 * EPSILON, why: 'a gradient whose case says nothing else: a few roundings and functions in a row' },
  secondDerivative: { value: 16 * EPSILON, why: 'a second derivative whose case says nothing else: twice as many' },
  randomGraph: { value: 200 * EPSILON,
    why: "functions' own errors (8 units) times the slopes of what follows; a wrong index is wrong in the first digit" },
  matrix: { value: 1e-6, why: 'of the root of the number of terms: rounding of products below 1 leaves a few 1e-7 of it' },
  longSum: { value: 1e-6, why: 'median over sums of 20,000 terms: sums in blocks of 128 keep the digits that one running sum loses' },
  loss: { value: 1e-5, why: 'every loss and gradient by itself, however small: exp and log of sums in which nothing cancels' },
  lossSecond: { value: 5e-5, why: 'the same of second derivatives, which are products of such gradients' },
  underflow: { value: 1e-37, why: "absolute: below float32's normal numbers, which adapters may flush to zero" },
  // ---- the float64 references themselves, against central differences with a step of 1e-5
  difference: { value: 1e-6,
    why: 'relative to the sum of the terms: 1e-10 of truncation and 1e-11 of rounding, the latter times what cancels' },
  differenceFloor: { value: 1e-8, why: 'absolute: where the derivative is zero, rounding of the function over the step remains' },
  reference64: { value: 1e-12, why: 'two computations of the same in float64, in different orders' },
  nested64: { value: 1e-9, why: 'absolute: a polynomial of the fifth degree and its gradient of a gradient' },
  // ---- ONNX
  onnxRelative: { value: 1e-3, why: "what ONNX's own runner of these tests allows: |got - want| <= onnxAbsolute + onnxRelative |want|" },
  onnxAbsolute: { value: 1e-7, why: 'the same' },
  onnxOp: { value: 2e-6, why: "of the tensor's largest magnitude, against PyTorch: both sides round to float32 somewhere" },
  maskedOutput: { value: 1e-7, why: 'absolute, in float64 from weights that are float32' },
  // ---- real networks against PyTorch in float64 (../shared/golden); docs/numerics.md has what was measured
  logits: { value: 1e-4, why: 'absolute, of each logit: what the project promises' },
  pictureLoss: { value: 1e-4, why: 'relative even where the network is sure and the loss is 1e-9' },
  profileMedian: { value: 1e-5, why: 'median over filters above 1e-6 of their layer: measured 2e-6 to 3e-6' },
  profileLargest: { value: 1e-3, why: 'the worst filter of ResNet-20, 32 pictures: measured 1.9e-4' },
  profileMost: { value: 2e-2, why: '99 % of the filters of ResNet-50: activations within rounding of zero take the other side of a kink' },
  profileNorm: { value: 1e-2, why: 'a whole profile of ResNet-50, of its norm: kinks move single filters by a few percent' },
  batchInvariance: { value: 1e-6, why: 'a picture alone and in a batch: the order of every sum is the same' },
  runtimeBatch: { value: 1e-4,
    why: "the same by onnxruntime, which orders sums by the shape: logits of 20 round by 1e-5, and a sure picture's gradient by as much" },
  logitsOff: { value: 1e-3, why: 'absolute, with up to 100 filters off or one step of fine-tuning: logits grow as the network breaks' },
  logitsWritten: { value: 1e-4, why: 'absolute, of a file with filters off against the mask: batch norm folded in another order' },
  mapCosine: { value: 1e-6, why: "1 - cosine similarity of ResNet-20's signed map with PyTorch's: a second derivative through few kinks" },
  mapCosineDeep: { value: 1e-5, why: 'the same of ResNet-50, whose map passes more kinks: measured 5e-8' },
  mapLength: { value: 1e-3, why: "the gradient's length, relative" },
  attribution: { value: 1e-4, why: '1 - cosine similarity of an attribution map, on a network and on a given trace of it' },
  attributionKinks: { value: 1e-3,
    why: 'the same of GradientSHAP, a mean over few gradients: one ReLU that falls the other way moves it by 1e-4' },
  attributionLength: { value: 1e-2, why: "the map's length, relative" },
  completeness: { value: 1e-4, why: 'sums of DeepLift and LRP, of the difference or the logit: what rounds of some thousand parts' },
  completenessPath: { value: 5e-2, why: 'sums of integrated gradients: a rule of 50 points over a function with kinks' },
  mapDistance: { value: 1e-3, why: 'the cosine distance of eq. 3, relative: a difference of numbers near 1' },
  // ---- traces of ResNet-20 against the reference in float64 (../shared/golden/spade)
  spadeView: { value: 2e-6, why: 'absolute, of normalized values up to 2.7: float32 rounds them to 2e-7' },
  spadeError: { value: 1e-4, why: "relative, of a layer's error, from Hessians in float32: measured 1.1e-5" },
  spadeWeights: { value: 1e-6, why: '1 - cosine similarity of all weights of a trace' },
  spadeFactor: { value: 2e-5, why: 'of the largest element of a Cholesky factor in float32: the condition of a damped Hessian, 1e3 here' },
  spadeLogits: { value: 2e-5, why: "of the range of the logits, the trace's too: measured 3e-6" },
  // ---- the demo's network, 336 filters in 9 convolutions, against PyTorch in float64 (test/golden); measured: the worst of both schedules
  demoLogits: { value: 2e-5, why: 'absolute, of logits up to 11, with filters off too: measured 4.5e-6, four roundings of the largest' },
  demoLoss: { value: 1e-5, why: 'relative: measured 3.0e-6, where the loss is 2e-4 and follows a difference of logits' },
  demoProfileMedian: { value: 2e-6, why: 'relative, the middle filter: measured 4.5e-7' },
  demoProfileMost: { value: 2e-5, why: 'relative, 99 % of the filters: measured 3.9e-6' },
  demoProfileLayer: { value: 1e-5,
    why: "every filter, of its layer's largest: measured 3.2e-6; alone, filters of which classes cancel all but 1e-4 are 7e-4 off" },
  demoStandardized: { value: 3e-6, why: "every filter, of the picture's largest: measured 8.6e-7" },
  demoMapCosine: { value: 2e-11, why: '1 - cosine similarity, half the square of the angle: measured 2e-12, an angle of 2e-6' },
  demoMapLength: { value: 1e-5, why: "the gradient's length, relative: measured 2.8e-6" },
  demoMapPixel: { value: 1e-5, why: 'every value of the map, of the largest: measured 3.7e-6' },
  demoMapDistance: { value: 5e-7, why: 'the cosine distance, about a half, relative: a few roundings at 1; measured 1.2e-8' },
  demoGradient: { value: 1e-6, why: "a filter's gradient, of the largest, and its length: measured 2.7e-7" },
  demoTuned: { value: 2e-6, why: 'logits after a step, of the largest, which the step takes to 36: measured 4e-7' },
  // ---- small networks, made by hand
  authorsProfile: { value: 1e-5, why: "every value of the authors' own code on a tiny network, run in float64" },
  authorsLoss: { value: 1e-6, why: 'of that network, one sum of exponentials' },
  sharedWeight: { value: 2e-6, why: 'central differences of 27 weights, added as eq. 1 adds them' },
  mapDifferences: { value: 1e-2, why: "central differences in float32 with a step of 1e-3: the profile's rounding over the step" },
  mapPixel: { value: 1e-4, why: 'of the largest pixel, the map against float64' },
  mapDistanceSmall: { value: 1e-5, why: 'relative, of a distance that is not small' },
  firstOrder: { value: 1e-5, why: 'first derivatives of a small smooth network, of the largest value' },
  gradCam: { value: 1e-4, why: 'of the largest value, where channels of either sign cancel' },
  integrated: { value: 1e-3,
    why: 'relative: integrated gradients over 50 steps add up to the change of the logit but for the rule of integration' },
  integratedFloor: { value: 1e-6, why: 'absolute: rounding of the logits themselves' },
  noNoise: { value: 1e-6, why: 'the mean of equal gradients' },
  byHand: { value: 1e-5, why: 'absolute: logits, losses and steps of a classifier small enough for plain loops' },
  byHandSlope: { value: 1e-7, why: 'absolute, added to byHand of the largest slope: central differences of its loss' },
  stepWeight: { value: 1e-6, why: 'absolute: each weight of a normalized step' },
  cosineSimilarity: { value: 1e-6, why: 'absolute, of standardized profiles: single sums of their products' },
  // ---- a browser
  browserProfile: { value: 1e-5,
    why: 'every filter above browserFloor, Chromium against Node: two drivers that round functions differently; measured 7e-7' },
  browserFloor: { value: 1e-6, why: "of a layer's largest saliency: below, rounding is all there is" },
  browserAnswer: { value: 1e-5, why: 'absolute: confidences that a report states, asked of the network again' },
  browserOpacity: { value: 1e-6, why: 'a slider moved by one step of 0.05, as the browser writes it' },
  browserText: { value: 1e-3, why: 'a number read from the text of a page, which shows four digits' },
} as const satisfies Record<string, Tolerance>;

/** Each tolerance's value by its name; TABLE has the reasons. */
export const TOLERANCE = Object.fromEntries(Object.entries(TABLE).map(([name, { value }]) => [name, value])) as {
  readonly [K in keyof typeof TABLE]: number;
};

/** Sum of n terms of random sign: each addition rounds by half a unit of a partial sum; errors grow with the root of n. */
export const sumOf = (terms: number): number => EPSILON * (1 + Math.sqrt(terms));

/** What the cases of ops are written with. */
export const { exact: EXACT, quotient: QUOTIENT, function: FUNCTION } = TOLERANCE;
