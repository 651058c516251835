/**
 * The order in which both matrix families (gemm.ts, gemm-nt.ts) add up.
 *
 * It is fixed by the reduction alone, so that a value depends neither on the batch nor on the place of its element in a
 * tile: blocks of BLOCK terms are summed by themselves before they join the total, in the register schedule from sums of
 * QUAD terms, in the tile schedule one after the other, whichever kernel sums them. Long sums in float32 lose digits
 * otherwise.
 */

/** Terms summed before they join the total. */
export const BLOCK = 128;
/** Terms added to each other before they join the block's sum. */
export const QUAD = 4;
