/** The second word of the key of everything random: what it is for. */
export const PURPOSE = { inputs: 1, labels: 2, heldInputs: 3, weights: 4, order: 5, truth: 6, heldLabels: 7 } as const;
