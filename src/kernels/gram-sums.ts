/** What the micro-kernels of gram.ts (gram-register.ts, gram-tile.ts) have in common. */
import type { ConvShape } from './conv-shape.js';

/** The rows of H per group: (channel, tap row, tap column). */
export const gramSize = (s: Omit<ConvShape, 'K'>): number => (s.C / s.groups) * s.R * s.S;

/** What a micro-kernel writes: one workgroup's sums over an image, and which elements they are. */
export interface Gram {
  readonly workgroup: number;
  /** Rows and columns of H per workgroup and per invocation. */
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly rows: number;
  readonly columns: number;
  readonly columnStep: number;
  /** Once: needs `group`, `tileRow` and `tileColumn`; gives `row0` and `firstColumn`, the invocation's first element. */
  readonly setup: string;
  /** The sums total{r}_{c} over the positions of `image`, declared by the caller as zeros. */
  readonly image: string;
}
