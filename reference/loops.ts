/** Matrix kernels by plain loops in float64, on flat arrays. */
import type { Aggregation, ConvShape } from '../src/kernels/conv.js';
import type { MatmulShape } from '../src/kernels/matmul.js';

type Values = ArrayLike<number>;

/** out[b] = a[b] * b[b]. */
export function matmulReference(s: MatmulShape, a: Values, b: Values): Float64Array {
  const out = new Float64Array(s.batch * s.M * s.N);
  for (let entry = 0; entry < s.batch; entry++) {
    for (let m = 0; m < s.M; m++) {
      for (let n = 0; n < s.N; n++) {
        let total = 0;
        for (let k = 0; k < s.K; k++) {
          total += a[entry * s.strideA + (s.transA ? k * s.M + m : m * s.K + k)] *
            b[entry * s.strideB + (s.transB ? n * s.K + k : k * s.N + n)];
        }
        out[(entry * s.M + m) * s.N + n] = total;
      }
    }
  }
  return out;
}

/** Elements of x, w and dy. */
export function convSizes(s: ConvShape): { x: number; w: number; dy: number } {
  return { x: s.N * s.C * s.H * s.W, w: s.K * (s.C / s.groups) * s.R * s.S, dy: s.N * s.K * s.OH * s.OW };
}

/** Visits every product of a convolution: indices into x, w and dy, and the sample. */
function overProducts(s: ConvShape, visit: (x: number, w: number, dy: number, n: number) => void): void {
  const channels = s.C / s.groups;
  for (let n = 0; n < s.N; n++) {
    for (let k = 0; k < s.K; k++) {
      for (let oh = 0; oh < s.OH; oh++) {
        for (let ow = 0; ow < s.OW; ow++) {
          const first = Math.floor(k / (s.K / s.groups)) * channels;
          for (let c = 0; c < channels; c++) {
            for (let r = 0; r < s.R; r++) {
              for (let q = 0; q < s.S; q++) {
                const ih = oh * s.strideH - s.padTop + r * s.dilationH;
                const iw = ow * s.strideW - s.padLeft + q * s.dilationW;
                if (ih < 0 || ih >= s.H || iw < 0 || iw >= s.W) continue;
                visit(((n * s.C + first + c) * s.H + ih) * s.W + iw, ((k * channels + c) * s.R + r) * s.S + q,
                  ((n * s.K + k) * s.OH + oh) * s.OW + ow, n);
              }
            }
          }
        }
      }
    }
  }
}

export function convReference(s: ConvShape, x: Values, w: Values): Float64Array {
  const out = new Float64Array(convSizes(s).dy);
  overProducts(s, (i, j, o) => {
    out[o] += x[i] * w[j];
  });
  return out;
}

export function inputGradReference(s: ConvShape, dy: Values, w: Values): Float64Array {
  const out = new Float64Array(convSizes(s).x);
  overProducts(s, (i, j, o) => {
    out[i] += dy[o] * w[j];
  });
  return out;
}

export function weightGradReference(s: ConvShape, x: Values, dy: Values): Float64Array {
  const out = new Float64Array(convSizes(s).w);
  overProducts(s, (i, j, o) => {
    out[j] += x[i] * dy[o];
  });
  return out;
}

export function saliencyReference(s: ConvShape, x: Values, dy: Values, aggregation: Aggregation): Float64Array {
  const all = convSizes(s).w;
  const each = all / s.K;
  const dW = new Float64Array(s.N * all);
  overProducts(s, (i, j, o, n) => {
    dW[n * all + j] += x[i] * dy[o];
  });
  return Float64Array.from({ length: s.N * s.K }, (_, f) => {
    const filter = dW.subarray(f * each, (f + 1) * each);
    return aggregation === 'mean-abs'
      ? filter.reduce((t, v) => t + Math.abs(v), 0) / each
      : Math.abs(filter.reduce((t, v) => t + v, 0) / each);
  });
}

/** H [groups, D, D] = sum over images and positions of u u^T, with u the D values of x under a window: (channel, tap row, tap column). */
export function gramReference(s: Omit<ConvShape, 'K'>, x: Values): Float64Array {
  const channels = s.C / s.groups, D = channels * s.R * s.S;
  const out = new Float64Array(s.groups * D * D);
  const u = new Float64Array(D);
  for (let n = 0; n < s.N; n++) {
    for (let g = 0; g < s.groups; g++) {
      for (let oh = 0; oh < s.OH; oh++) {
        for (let ow = 0; ow < s.OW; ow++) {
          for (let d = 0; d < D; d++) {
            const c = Math.floor(d / (s.R * s.S)), r = Math.floor(d / s.S) % s.R, q = d % s.S;
            const ih = oh * s.strideH - s.padTop + r * s.dilationH, iw = ow * s.strideW - s.padLeft + q * s.dilationW;
            const inside = ih >= 0 && ih < s.H && iw >= 0 && iw < s.W;
            u[d] = inside ? x[((n * s.C + g * channels + c) * s.H + ih) * s.W + iw] : 0;
          }
          for (let i = 0; i < D; i++) {
            if (u[i] !== 0) { for (let j = 0; j < D; j++) out[(g * D + i) * D + j] += u[i] * u[j]; }
          }
        }
      }
    }
  }
  return out;
}
