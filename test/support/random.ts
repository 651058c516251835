/** Moved to reference/random.ts, which benchmarks use too. */
export * from '../../reference/random.js';
