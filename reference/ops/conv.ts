/**
 * Convolution's three forms as one set of seven nested loops over the products d[n,k,oh,ow] w[k,c,r,s] x[n,C,ih,iw] that
 * take part; each form sums them over what its result does not name.
 */
import type { ConvAttrs } from '../../src/engine/attrs.js';
import { at, type Table } from '../tensor.js';

type Visit = (x: readonly [number, number, number, number], w: readonly [number, number, number, number],
  d: readonly [number, number, number, number]) => void;

function overProducts(x: readonly number[], w: readonly number[], d: readonly number[], g: ConvAttrs, visit: Visit): void {
  const [K, C, R, S] = w;
  for (let n = 0; n < d[0]; n++) {
    for (let k = 0; k < K; k++) {
      for (let oh = 0; oh < d[2]; oh++) {
        for (let ow = 0; ow < d[3]; ow++) {
          const firstChannel = Math.floor(k / (K / g.groups)) * C;
          for (let c = 0; c < C; c++) {
            for (let r = 0; r < R; r++) {
              for (let s = 0; s < S; s++) {
                const ih = oh * g.stride[0] - g.pads[0] + r * g.dilation[0];
                const iw = ow * g.stride[1] - g.pads[1] + s * g.dilation[1];
                if (ih >= 0 && ih < x[2] && iw >= 0 && iw < x[3]) visit([n, firstChannel + c, ih, iw], [k, c, r, s], [n, k, oh, ow]);
              }
            }
          }
        }
      }
    }
  }
}

const zeros = (shape: readonly number[]): Float64Array => new Float64Array(shape.reduce((a, b) => a * b, 1));

export const CONV: Table<'conv' | 'convInputGrad' | 'convWeightGrad' | 'filterSaliency'> = {
  conv: ([x, w], n) => {
    const out = zeros(n.shape);
    overProducts(x.shape, w.shape, n.shape, n.attrs, (i, j, o) => {
      out[at(n.shape, o)] += x.data[at(x.shape, i)] * w.data[at(w.shape, j)];
    });
    return out;
  },
  convInputGrad: ([dy, w], n) => {
    const out = zeros(n.shape);
    overProducts(n.shape, w.shape, dy.shape, n.attrs, (i, j, o) => {
      out[at(n.shape, i)] += dy.data[at(dy.shape, o)] * w.data[at(w.shape, j)];
    });
    return out;
  },
  convWeightGrad: ([x, dy], n) => {
    const out = zeros(n.shape);
    overProducts(x.shape, n.shape, dy.shape, n.attrs, (i, j, o) => {
      out[at(n.shape, j)] += x.data[at(x.shape, i)] * dy.data[at(dy.shape, o)];
    });
    return out;
  },
  filterSaliency: ([x, dy], n) => {
    const [N, K] = n.shape;
    const w = [K, x.shape[1] / n.attrs.groups, ...n.attrs.kernel];
    const perSample = [N, ...w];
    const dW = zeros(perSample);
    overProducts(x.shape, w, dy.shape, n.attrs, (i, j, o) => {
      dW[at(perSample, [o[0], ...j])] += x.data[at(x.shape, i)] * dy.data[at(dy.shape, o)];
    });
    const weights = w[1] * w[2] * w[3];
    return Float64Array.from({ length: N * K }, (_, f) => {
      const filter = dW.subarray(f * weights, (f + 1) * weights);
      return n.attrs.aggregation === 'mean-abs'
        ? filter.reduce((t, v) => t + Math.abs(v), 0) / weights
        : Math.abs(filter.reduce((t, v) => t + v, 0) / weights);
    });
  },
};
