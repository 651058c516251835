/** Where numbers come from: inputs written by the caller, and constants known when the graph is built. */
import { size } from '../graph.js';
import type { OpTable } from '../rules.js';

export interface InputAttrs {
  readonly name: string;
  /** 'weight': shared by every plan and seldom written; what depends on weights alone is computed once per change. */
  readonly role: 'data' | 'weight';
  readonly shape: readonly number[];
}

/** Numbers known when the graph is built: a table of indices, the divisors of an average. */
export interface LiteralAttrs {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** iota[..., k, ...] = k along the axis. */
export interface IotaAttrs {
  readonly axis: number;
  readonly shape: readonly number[];
}

export const SOURCE: OpTable<'input' | 'constant' | 'literal' | 'iota'> = {
  input: { shape: (_, a) => [...a.shape], grad: () => [], run: { kind: 'source' } },
  constant: { shape: (_, a) => [...a.shape], grad: () => [], run: { kind: 'pointwise' } },
  literal: {
    shape: (_, a) => {
      if (a.values.length !== size(a.shape)) throw new Error(`literal: ${a.values.length} values for shape [${a.shape}]`);
      return [...a.shape];
    },
    grad: () => [],
    run: { kind: 'source' },
  },
  iota: {
    shape: (_, a) => {
      if (a.axis < 0 || a.axis >= a.shape.length) {
        throw new Error(`iota: axis ${a.axis} is not one of a shape of ${a.shape.length} dimensions`);
      }
      return [...a.shape];
    },
    grad: () => [],
    run: { kind: 'pointwise' },
  },
};
