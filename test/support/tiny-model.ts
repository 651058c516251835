/** Moved to reference/tiny-model.ts, which benchmarks use too. */
export * from '../../reference/tiny-model.js';
