/** Moved to reference/paths.ts, which benchmarks use too. */
export * from '../../reference/paths.js';
