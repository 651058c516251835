/** Convolution's three forms and the fused per-filter form, one file each; conv-shape.ts says how they belong together. */
export { type ConvShape } from './conv-shape.js';
export { convForward } from './conv-forward.js';
export { convInputGrad } from './conv-input-grad.js';
export { convWeightGrad } from './conv-weight-grad.js';
export { filterSaliency, type Aggregation } from './filter-saliency.js';
