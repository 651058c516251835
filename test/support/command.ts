/** Moved to reference/command.ts, which benchmarks use too. */
export * from '../../reference/command.js';
