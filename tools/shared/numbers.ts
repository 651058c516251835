/** How numbers are compared where several commands do. */

/** The number of the list that is nearest to the one wanted, the first of two as near. */
export const nearest = (numbers: readonly number[], wanted: number): number =>
  numbers.reduce((best, k) => (Math.abs(k - wanted) < Math.abs(best - wanted) ? k : best));
