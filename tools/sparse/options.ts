/** What `misfire sparse` is asked. */
import type { ResultOptions } from '../shared/results.js';

export interface SparseOptions extends ResultOptions {
  readonly held: string;
  readonly out: string;
  readonly alpha: number;
  readonly group?: boolean;
  readonly squared?: boolean;
  readonly lambdas: string;
  readonly epsilon: number;
  readonly within: number;
  readonly tolerance: number;
  readonly solver: 'fista' | 'saga';
  readonly own?: string;
  readonly model?: string;
  readonly classes?: string;
  readonly memory?: number;
  readonly save?: string;
  readonly layer?: number;
  readonly adapter?: string;
}
