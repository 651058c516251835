/**
 * The implicit matrix product (product.ts) where each group has one row and one channel, a depthwise convolution:
 *
 *   out[g, image, oy, ox] = sum over (ty, tx) of A[g, ty, tx] * B[g, image, y(oy, ty), x(ox, tx)]
 *
 * M = 1, N = images times positions, K = taps: no tile of rows could share what is loaded.
 * Tiling: an invocation owns STRIP neighbouring outputs of one row, whose taps overlap, so that a row of a 3x3 kernel
 * costs six loads for twelve multiply-adds. The x taps and their steps are constants of the text.
 */
import { KernelWriter, type Kernel, type Target } from './kernel.js';
import { definePointwise, type Pointwise } from './pointwise.js';
import type { Product } from './product.js';
import { laneLayout } from './product-register.js';
import { divider, params, range, tileGrid } from './tiling.js';

/** Neighbouring outputs of one invocation. */
export const STRIP = 4;

export function depthwiseProduct(target: Target, product: Product, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, product.name);
  const { lanes } = laneLayout(target);
  const { a, b, out, x: ax } = product;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = finish ? definePointwise(w, finish) : undefined;
  const strips = Math.ceil(ax.outputs / STRIP);
  const columns = product.images * product.y.outputs * strips;
  const { grid, decode } = tileGrid(w, target, Math.ceil(columns / lanes), product.groups, 1);
  const n = params(w, '', { columns, strips, outY: product.y.outputs, outX: ax.outputs, tapsY: product.y.taps, yExtent: product.y.extent,
    xExtent: ax.extent });
  const y = params(w, 'y', { First: product.y.first, PerColumn: product.y.perColumn, PerTap: product.y.perTap, XFirst: ax.first }, 'i32');
  const as = params(w, 'a', { Offset: a.offset, Group: a.group, TapY: a.tapY, TapX: a.tapX });
  const bs = params(w, 'b', { Group: b.group, Image: b.image, Y: b.y, X: b.x });
  const os = params(w, 'o', { Offset: out.offset, Group: out.group, Image: out.image, Y: out.y, X: out.x });
  const row = divider(w, 'strips', strips, columns);
  const image = divider(w, 'outY', product.y.outputs, columns);
  const J = range(STRIP);
  const T = range(ax.taps);
  const offset = (j: number, tx: number): number => j * ax.perColumn + tx * ax.perTap;
  const { load, name } = overlapping(J.flatMap((j) => T.map((tx) => offset(j, tx))));
  const products = (j: number): string => T.map((tx) => `w${tx} * ${name(offset(j, tx))}`).join(' + ');

  return w.build([lanes, 1, 1], grid, `${decode}
  let group = tileY;
  let firstColumn = tileX * ${lanes}u + li;
  let column = min(firstColumn, ${n.columns} - 1u);
  let line = ${row('column')}; let ox = (column - line * ${n.strips}) * ${STRIP}u;
  let image = ${image('line')}; let oy = line - image * ${n.outY};
  let x0 = i32(ox) * ${ax.perColumn} + ${y.XFirst};
  let y0 = i32(oy) * ${y.PerColumn} + ${y.First};
  let b0 = group * ${bs.Group} + image * ${bs.Image};
  ${J.map((j) => `var s${j} = 0.0;`).join(' ')}
  for (var ty = 0u; ty < ${n.tapsY}; ty++) {
    let iy = u32(y0 + i32(ty) * ${y.PerTap}); let inside = iy < ${n.yExtent};
    let at = b0 + select(0u, iy * ${bs.Y}, inside);
    let aAt = group * ${as.Group} + ty * ${as.TapY} + ${as.Offset};
${T.map((tx) => `    let w${tx} = ${A.at(`aAt + ${tx}u * ${as.TapX}`)};`).join('\n')}
${load('x0', 'inside', n.xExtent, (ix) => B.at(`at + ${ix} * ${bs.X}`))}
${J.map((j) => `    s${j} = s${j} + (${products(j)});`).join('\n')}
  }
  if (firstColumn >= ${n.columns}) { return; }
  let o = group * ${os.Group} + image * ${os.Image} + oy * ${os.Y} + ox * ${os.X} + ${os.Offset};
${
    J.map((j) =>
      `  if (ox + ${j}u < ${n.outX}) { let o${j} = o + ${j}u * ${os.X}; ${
        OUT.set(`o${j}`, finished ? `${finished}(o${j}, s${j})` : `s${j}`)
      } }`
    ).join('\n')
  }`);
}

/** Loads of a row at constant offsets from a start, each offset once; what lies outside the row is 0 and not read. */
export function overlapping(offsets: readonly number[]): {
  readonly load: (start: string, inside: string, extent: string, at: (ix: string) => string) => string;
  readonly name: (offset: number) => string;
} {
  const distinct = [...new Set(offsets)].sort((p, q) => p - q);
  const name = (offset: number): string => `v${distinct.indexOf(offset)}`;
  return {
    name,
    load: (start, inside, extent, at) =>
      distinct.map((d) => {
        const v = name(d);
        return `    let i${v} = u32(${start} + ${d}); let in${v} = ${inside} && i${v} < ${extent}; let ${v} = select(0.0, ${
          at(`select(0u, i${v}, in${v})`)
        }, in${v});`;
      }).join('\n'),
  };
}
