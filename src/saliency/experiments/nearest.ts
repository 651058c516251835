/** Which of the numbers measured stands for a number the paper names. */

/** The number of the list that is nearest to the one wanted, the first of two as near. Throws where the list is empty. */
export const nearest = (numbers: readonly number[], wanted: number): number =>
  numbers.reduce((best, k) => (Math.abs(k - wanted) < Math.abs(best - wanted) ? k : best));
