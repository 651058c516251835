/** Matrix product with leading batch dimensions, either factor transposed; closed under differentiation. */
import { size, type Node, type Shape } from '../graph.js';
import type { OpTable } from '../rules.js';
import { matmul, type MatmulShape } from '../../kernels/matmul.js';

export interface MatmulAttrs {
  readonly transA: boolean;
  readonly transB: boolean;
}

const mat = (s: Shape, t: boolean): [number, number] => t ? [s[s.length - 1], s[s.length - 2]] : [s[s.length - 2], s[s.length - 1]];

/** Batch dimensions of both must be equal, or one factor must have none (extent 1 everywhere): it then serves every entry. */
function matmulShape(a: Shape, b: Shape, attrs: MatmulAttrs): MatmulShape & { out: number[] } {
  if (a.length < 2 || b.length < 2) throw new Error(`matmul: factors [${a}] and [${b}] must have at least 2 dimensions`);
  const [M, K] = mat(a, attrs.transA);
  const [K2, N] = mat(b, attrs.transB);
  const A = a.slice(0, -2);
  const B = b.slice(0, -2);
  const batchA = size(A);
  const batchB = size(B);
  const same = A.length === B.length && A.every((d, k) => d === B[k]);
  if (K !== K2 || !(same || batchA === 1 || batchB === 1)) {
    throw new Error(`matmul: shapes [${a}]${attrs.transA ? ' transposed' : ''} and [${b}]${attrs.transB ? ' transposed' : ''} do not fit`);
  }
  const lead = batchB === 1 && !(batchA === 1 && B.length > A.length) ? A : B;
  return {
    batch: Math.max(batchA, batchB),
    M,
    N,
    K,
    transA: attrs.transA,
    transB: attrs.transB,
    strideA: batchA === 1 ? 0 : M * K,
    strideB: batchB === 1 ? 0 : K * N,
    out: [...lead, M, N],
  };
}

const shapeOf = (n: Node<'matmul'>) => matmulShape(n.inputs[0].shape, n.inputs[1].shape, n.attrs);

export const MATRIX: OpTable<'matmul'> = {
  matmul: {
    shape: ([a, b], attrs) => matmulShape(a, b, attrs).out,
    // C = op(A) op(B): dA = dC op(B)^T and dB = op(A)^T dC, each transposed once more where the factor came transposed.
    grad: (b, g, n) => {
      const [A, B] = n.inputs;
      const { transA, transB } = n.attrs;
      const dA = transA ? b.matmul(B, g, { transA: transB, transB: true }) : b.matmul(g, B, { transA: false, transB: !transB });
      const dB = transB ? b.matmul(g, A, { transA: true, transB: transA }) : b.matmul(A, g, { transA: !transA, transB: false });
      // One matrix that served every entry of a batch gathers the gradients of all.
      const fit = (d: Node, x: Node): Node =>
        b.reshape(size(d.shape) === size(x.shape) ? d : b.sum(d, d.shape.slice(0, -2).map((_, k) => k)), x.shape);
      return [fit(dA, A), fit(dB, B)];
    },
    run: { kind: 'kernels', operands: () => ['a', 'b'], lower: (target, n, finish) => matmul(target, shapeOf(n), finish) },
  },
};
