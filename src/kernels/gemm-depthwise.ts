/**
 * The implicit GEMM of gemm.ts where each group has one row and one channel, a depthwise convolution:
 *
 *   out[g, image, oy, ox] = sum over (ty, tx) of A[g, ty, tx] * B[g, image, y(oy, ty), x(ox, tx)]
 *
 * M = 1, N = images times positions, K = taps: no tile of rows could share what is loaded.
 * Tiling: an invocation owns STRIP neighbouring outputs of one row, whose taps overlap, so that a row of a 3x3 kernel
 * costs six loads for twelve multiply-adds. The x taps and their steps are constants of the text.
 */
import { divider } from './division.js';
import type { Gemm } from './gemm.js';
import { tileGrid } from './grid.js';
import type { Kernel, Target } from './kernel.js';
import { defineFinish, type Pointwise } from './pointwise.js';
import { laneLayout } from './register-tile.js';
import { overlapping, STRIP } from './strip.js';
import { KernelWriter, range } from './writer.js';

export function depthwiseGemm(target: Target, gemm: Gemm, finish?: Pointwise): Kernel {
  const w = new KernelWriter(target, gemm.name);
  const { lanes } = laneLayout(target);
  const { a, b, out, x: ax } = gemm;
  const A = w.read(a.operand, a.elements);
  const B = w.read(b.operand, b.elements);
  const OUT = w.write('out', out.elements);
  const finished = defineFinish(w, finish);
  const strips = Math.ceil(ax.outputs / STRIP);
  const columns = gemm.images * gemm.y.outputs * strips;
  const { grid, decode } = tileGrid(w, Math.ceil(columns / lanes), gemm.groups, 1);
  const n = w.params('', { columns, strips, outY: gemm.y.outputs, outX: ax.outputs, tapsY: gemm.y.taps, yExtent: gemm.y.extent,
    xExtent: ax.extent });
  const y = w.params('y', { First: gemm.y.first, PerColumn: gemm.y.perColumn, PerTap: gemm.y.perTap, XFirst: ax.first }, 'i32');
  const as = w.params('a', { Offset: a.offset, Group: a.group, TapY: a.tapY, TapX: a.tapX });
  const bs = w.params('b', { Group: b.group, Image: b.image, Y: b.y, X: b.x });
  const os = w.params('o', { Offset: out.offset, Group: out.group, Image: out.image, Y: out.y, X: out.x });
  const row = divider(w, 'strips', strips, columns);
  const image = divider(w, 'outY', gemm.y.outputs, columns);
  const J = range(STRIP);
  const T = range(ax.taps);
  const offset = (j: number, tx: number): number => j * ax.perColumn + tx * ax.perTap;
  const { load, name } = overlapping(J.flatMap((j) => T.map((tx) => offset(j, tx))));
  const products = (j: number): string => T.map((tx) => `w${tx} * ${name(offset(j, tx))}`).join(' + ');
  const store = (j: number): string => OUT.set(`o${j}`, finished(`o${j}`, `s${j}`));

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
${J.map((j) => `  if (ox + ${j}u < ${n.outX}) { let o${j} = o + ${j}u * ${os.X}; ${store(j)} }`).join('\n')}`);
}
