/** Moved to reference/profile-runs.ts, which benchmarks use too. */
export * from '../../reference/profile-runs.js';
