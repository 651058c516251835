/** Matrix product with leading batch dimensions, either factor transposed; closed under differentiation. */
import type { MatmulAttrs } from '../attrs.js';
import { dependsOnData, size, type Node, type Shape } from '../graph.js';
import { kernels, type OpTable } from '../rules.js';
import { matmul, type MatmulShape } from '../../kernels/matmul.js';

const lastTwo = (s: Shape, transposed: boolean): number[] => (transposed ? s.slice(-2).reverse() : s.slice(-2));

/** Batch dimensions of both must be equal, or one factor must have none (extent 1 everywhere): it then serves every entry. */
function matmulShape(a: Shape, b: Shape, { transA, transB }: MatmulAttrs): MatmulShape & { out: number[] } {
  if (a.length < 2 || b.length < 2) throw new Error(`matmul: factors [${a}] and [${b}] must have at least 2 dimensions`);
  const [M, K] = lastTwo(a, transA);
  const [K2, N] = lastTwo(b, transB);
  const A = a.slice(0, -2);
  const B = b.slice(0, -2);
  const batchA = size(A);
  const batchB = size(B);
  const same = A.length === B.length && A.every((d, k) => d === B[k]);
  if (K !== K2 || !(same || batchA === 1 || batchB === 1)) {
    throw new Error(`matmul: shapes [${a}]${transA ? ' transposed' : ''} and [${b}]${transB ? ' transposed' : ''} do not fit`);
  }
  const lead = batchB === 1 && !(batchA === 1 && B.length > A.length) ? A : B;
  const batch = Math.max(batchA, batchB);
  return { batch, M, N, K, transA, transB, strideA: batchA === 1 ? 0 : M * K, strideB: batchB === 1 ? 0 : K * N, out: [...lead, M, N] };
}

/** Where a matrix of weights meets one of data, as in a fully connected layer, the latter's rows are samples. */
function samplesOf(a: Node, b: Node): 'rows' | 'columns' | undefined {
  if (a.shape.length !== 2 || b.shape.length !== 2 || dependsOnData(a) === dependsOnData(b)) return undefined;
  return dependsOnData(a) ? 'rows' : 'columns';
}

export const MATRIX: OpTable<'matmul'> = {
  matmul: {
    shape: ([a, b], attrs) => matmulShape(a, b, attrs).out,
    run: kernels(['a', 'b'],
      (target, { inputs: [a, b], attrs }, finish) =>
        matmul(target, { ...matmulShape(a.shape, b.shape, attrs), samples: samplesOf(a, b) }, finish)),
  },
};
