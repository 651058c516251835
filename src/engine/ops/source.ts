/** Where numbers come from: inputs written by the caller, and constants known when the graph is built. */
import { size } from '../graph.js';
import type { OpTable } from '../rules.js';

export const SOURCE: OpTable<'input' | 'constant' | 'literal' | 'iota'> = {
  input: { shape: (_, a) => [...a.shape], run: { kind: 'source' } },
  constant: { shape: (_, a) => [...a.shape], run: { kind: 'pointwise' } },
  literal: {
    shape: (_, a) => {
      if (a.values.length !== size(a.shape)) throw new Error(`literal: ${a.values.length} values for shape [${a.shape}]`);
      return [...a.shape];
    },
    run: { kind: 'source' },
  },
  iota: {
    shape: (_, a) => {
      if (a.axis < 0 || a.axis >= a.shape.length) {
        throw new Error(`iota: axis ${a.axis} is not one of a shape of ${a.shape.length} dimensions`);
      }
      return [...a.shape];
    },
    run: { kind: 'pointwise' },
  },
};
