/** Scalar functions, applied element by element with broadcasting: all alike but for their number of inputs. */
import { broadcastShapes, type Shape } from '../graph.js';
import type { OpRule, OpTable } from '../rules.js';
import { FUNCTIONS, type PointwiseFn } from '../../kernels/functions.js';

function rule(name: PointwiseFn): OpRule<PointwiseFn> {
  const arity = FUNCTIONS[name].length;
  return {
    shape: (inputs: readonly Shape[]) => {
      if (inputs.length !== arity) throw new Error(`${name}: takes ${arity} inputs, got ${inputs.length}`);
      return broadcastShapes(name, ...inputs);
    },
    run: { kind: 'pointwise' },
  };
}

const NAMES = Object.keys(FUNCTIONS) as PointwiseFn[];

export const POINTWISE = Object.fromEntries(NAMES.map((name) => [name, rule(name)])) as OpTable<PointwiseFn>;
