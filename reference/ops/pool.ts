/** Windows over the last two dimensions: which tap is largest, reads of a tap, sums, and their transposes. */
import type { PoolAttrs } from '../../src/engine/attrs.js';
import { at, build, type Table } from '../tensor.js';

/** Calls visit for every window and every tap of it that lies inside the picture [N,C,H,W]. */
function overTaps(picture: readonly number[], a: PoolAttrs,
  visit: (window: readonly number[], tap: number, element: readonly number[]) => void): void {
  for (let n = 0; n < picture[0]; n++) {
    for (let c = 0; c < picture[1]; c++) {
      for (let oh = 0; oh < a.output[0]; oh++) {
        for (let ow = 0; ow < a.output[1]; ow++) {
          for (let r = 0; r < a.kernel[0]; r++) {
            for (let s = 0; s < a.kernel[1]; s++) {
              const ih = oh * a.stride[0] - a.pads[0] + r * a.dilation[0];
              const iw = ow * a.stride[1] - a.pads[1] + s * a.dilation[1];
              if (ih >= 0 && ih < picture[2] && iw >= 0 && iw < picture[3]) visit([n, c, oh, ow], r * a.kernel[1] + s, [n, c, ih, iw]);
            }
          }
        }
      }
    }
  }
}

export const POOL: Table<'maxPoolTap' | 'poolGather' | 'poolScatter' | 'windowSum' | 'windowSpread'> = {
  maxPoolTap: ([x], n) => {
    const best = build(n.shape, () => -Infinity);
    const out = build(n.shape, () => 0);
    overTaps(x.shape, n.attrs, (window, tap, element) => {
      const o = at(n.shape, window);
      const v = x.data[at(x.shape, element)];
      if (v > best[o] || Number.isNaN(v)) [best[o], out[o]] = [v, tap];
    });
    return out;
  },
  poolGather: ([x, taps], n) => {
    const out = build(n.shape, () => 0);
    overTaps(x.shape, n.attrs, (window, tap, element) => {
      if (taps.data[at(n.shape, window)] === tap) out[at(n.shape, window)] = x.data[at(x.shape, element)];
    });
    return out;
  },
  poolScatter: ([dy, taps], n) => {
    const out = build(n.shape, () => 0);
    overTaps(n.shape, n.attrs, (window, tap, element) => {
      if (taps.data[at(dy.shape, window)] === tap) out[at(n.shape, element)] += dy.data[at(dy.shape, window)];
    });
    return out;
  },
  windowSum: ([x], n) => {
    const out = build(n.shape, () => 0);
    overTaps(x.shape, n.attrs, (window, _, element) => {
      out[at(n.shape, window)] += x.data[at(x.shape, element)];
    });
    return out;
  },
  windowSpread: ([dy], n) => {
    const out = build(n.shape, () => 0);
    overTaps(n.shape, n.attrs, (window, _, element) => {
      out[at(n.shape, element)] += dy.data[at(dy.shape, window)];
    });
    return out;
  },
};
