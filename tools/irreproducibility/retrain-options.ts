/** What `misfire irreproducibility retrain` is asked for. */
import type { ActivationName } from '../../src/engine/activations.js';

export interface RetrainOptions {
  readonly demo?: boolean;
  readonly data?: readonly string[];
  readonly out?: string;
  readonly classes?: string;
  readonly preprocess?: string;
  readonly limit?: number;
  readonly models: number;
  readonly seed: number;
  readonly epochs: number;
  readonly trainBatch: number;
  readonly rate: number;
  readonly hidden: number;
  readonly activation: ActivationName;
  readonly beta: number;
  readonly window?: number;
  readonly steps: number;
  readonly held: number;
  readonly batch?: number;
  readonly adapter?: string;
  readonly json?: string | true;
  readonly quiet?: boolean;
}
