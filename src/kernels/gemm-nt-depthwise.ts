/**
 * The implicit GEMM of gemm-nt.ts where each group has one filter of one channel:
 *
 *   dW[k, (r,s)] = sum over images and (oh, ow) of dy[n, k, oh, ow] * x[n, k, ih(oh, r), iw(ow, s)]
 *
 * M = all groups' filters, N = one kernel row's weights (s) at a time, K = positions, image after image.
 * Tiling, register: an invocation owns a filter and a kernel row and goes along the lines of dy in strips, whose taps
 * overlap. Tile: a workgroup owns them; its invocations share the strips of an image and add up in a fixed tree.
 */
import type { ConvShape } from './conv-shape.js';
import { divider } from './division.js';
import type { GemmNT } from './gemm-nt.js';
import { laneLayout } from './register-tile.js';
import { overlapping, STRIP } from './strip.js';
import { declareSums, joinTotals } from './sums.js';
import { range, type KernelWriter } from './writer.js';

export function depthwiseGemmNT(w: KernelWriter, s: ConvShape): GemmNT {
  const { lanes } = laneLayout(w.target);
  const strips = Math.ceil(s.OW / STRIP);
  const DY = w.read('dy', s.N * s.K * s.OH * s.OW);
  const X = w.read('x', s.N * s.C * s.H * s.W);
  const n = w.params('', {
    filters: s.K,
    height: s.H,
    width: s.W,
    oh: s.OH,
    ow: s.OW,
    strips,
    plane: s.H * s.W,
    positions: s.OH * s.OW,
    xImage: s.C * s.H * s.W,
    dyImage: s.K * s.OH * s.OW,
    strideH: s.strideH,
    dilationH: s.dilationH,
  });
  const pad = w.params('pad', { Top: s.padTop, Left: s.padLeft }, 'i32');
  const C = range(s.S);
  const J = range(STRIP);
  const offset = (j: number, tap: number): number => j * s.strideW + tap * s.dilationW;
  const { load, name } = overlapping(J.flatMap((j) => C.map((c) => offset(j, c))));

  const strip = `      let ow = strip * ${STRIP}u;
${J.map((j) => `      let d${j} = select(0.0, ${DY.at(`aAt + min(ow + ${j}u, ${n.ow} - 1u)`)}, ow + ${j}u < ${n.ow});`).join('\n')}
      let x0 = i32(ow * ${s.strideW}u) - ${pad.Left};
${load('x0', 'inside', n.width, (ix) => X.at(`at + ${ix}`))}
${C.map((c) => `      s0_${c} = s0_${c} + (${J.map((j) => `d${j} * ${name(offset(j, c))}`).join(' + ')});`).join('\n')}`;
  const line = `    let iy = u32(i32(oh * ${n.strideH}) + y0); let inside = iy < ${n.height};
    let at = image * ${n.xImage} + plane + select(0u, iy * ${n.width}, inside);
    let aAt = image * ${n.dyImage} + own * ${n.positions} + oh * ${n.ow};`;
  const sums = declareSums('s', 1, s.S, '    ');
  const join = joinTotals(1, s.S, '    ');
  const start = `  let firstColumn = tileColumn;
  let y0 = i32((tileColumn / ${s.S}u) * ${n.dilationH}) - ${pad.Top};
${declareSums('total', 1, s.S)}`;

  if (w.target.schedule === 'register') {
    return {
      groups: 1,
      filters: s.K,
      imageBlocks: 1,
      workgroup: lanes,
      tileRows: lanes,
      tileColumns: s.S,
      rows: 1,
      columns: s.S,
      columnStep: 1,
      sharers: 1,
      setup: `  let row0 = tileRow + li; let sharer = 0u;
  let own = min(row0, ${n.filters} - 1u); let plane = own * ${n.plane};`,
      sum: `${start}
  for (var image = block0; image < block1; image++) { for (var oh = 0u; oh < ${n.oh}; oh++) {
${line}
${sums}
    for (var strip = 0u; strip < ${n.strips}; strip++) {
${strip}
    }
${join}
  } }`,
    };
  }
  w.define('columnSums', `var<workgroup> columnSums: array<f32, ${lanes * s.S}>;`);
  const columnSum = (lane: string, c: number): string => `columnSums[${lane} * ${s.S}u + ${c}u]`;
  const place = divider(w, 'strips', strips, s.OH * strips);
  return {
    groups: 1,
    filters: s.K,
    imageBlocks: 1,
    workgroup: lanes,
    tileRows: 1,
    tileColumns: s.S,
    rows: 1,
    columns: s.S,
    columnStep: 1,
    sharers: 1,
    // Only the first invocation has filters to store.
    setup: `  let row0 = select(${n.filters}, tileRow, li == 0u); let sharer = 0u;
  let own = tileRow; let plane = own * ${n.plane};`,
    sum: `${start}
  for (var image = block0; image < block1; image++) {
${sums}
    for (var item = li; item < ${n.oh} * ${n.strips}; item += ${lanes}u) {
      let oh = ${place('item')}; let strip = item - oh * ${n.strips};
${line}
${strip}
    }
${join}
  }
${C.map((c) => `  ${columnSum('li', c)} = total0_${c};`).join('\n')}
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half = half / 2u) {
    if (li < half) {
${C.map((c) => `      ${columnSum('li', c)} = ${columnSum('li', c)} + ${columnSum('(li + half)', c)};`).join('\n')}
    }
    workgroupBarrier();
  }
${C.map((c) => `  total0_${c} = columnSums[${c}u];`).join('\n')}
  workgroupBarrier();`,
  };
}
