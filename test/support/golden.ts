/** Moved to reference/golden.ts and reference/errors.ts, which benchmarks use too. */
export * from '../../reference/golden.js';
export { profileErrors, quantile } from '../../reference/errors.js';
