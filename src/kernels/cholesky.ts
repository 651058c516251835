/**
 * Cholesky factorization in place, A = L L^T, of a matrix of which the lower triangle is given: right-looking, in panels of PANEL
 * columns, each in three dispatches:
 *
 *   the diagonal block      column by column in one workgroup
 *   the panel below it      X L_kk^T = A_panel, a row for each invocation
 *   what is right of it     A_ij -= sum over the panel's columns m of L_im L_jm,  i >= j, in tiles of TILE x TILE
 *
 * D^3 / 3 multiply-adds, almost all in the last. The order of every sum is fixed. A pivot that is not positive is told in 'status', and
 * what follows it means nothing.
 */
import { flatGrid, FLAT_WORKGROUP } from './grid.js';
import type { Kernel, Target } from './kernel.js';
import { KernelWriter, range } from './writer.js';

/** Columns of a panel: its block of the diagonal fits in the workgroup memory that every adapter has. */
export const PANEL = 32;
const TILE = 32;
/** Elements of an invocation along each side of its part of a tile. */
const PART = 4;

/**
 * Operands 'a' [D,D], whose upper triangle is left alone, and 'status' [2]: the first column whose pivot is not positive, counted from 1,
 * and that pivot; 0 before and where there is none.
 */
export function cholesky(target: Target, D: number): Kernel[] {
  const kernels: Kernel[] = [];
  for (let start = 0; start < D; start += PANEL) {
    const width = Math.min(PANEL, D - start);
    kernels.push(diagonalBlock(target, D, start, width));
    const below = D - start - width;
    if (below === 0) continue;
    kernels.push(panelBelow(target, D, start, width, below), update(target, D, start, width, below));
  }
  return kernels;
}

function diagonalBlock(target: Target, D: number, start: number, width: number): Kernel {
  const w = new KernelWriter(target, 'cholesky diagonal');
  w.takes(PANEL ** 3);
  const A = w.write('a', D * D), STATUS = w.write('status', 2);
  const n = w.params('of', { Size: D, Start: start, Width: width });
  w.define('block', `var<workgroup> block: array<f32, ${PANEL * PANEL}>;`);
  return w.build([PANEL, 1, 1], [1, 1, 1], `  let row = (${n.Start} + li) * ${n.Size} + ${n.Start};
  for (var j = 0u; j < ${PANEL}u; j++) {
    var v = 0.0;
    if (li < ${n.Width} && j <= li) { v = ${A.at('row + j')}; }
    block[li * ${PANEL}u + j] = v;
  }
  workgroupBarrier();
  for (var j = 0u; j < ${n.Width}; j++) {
    var s = block[li * ${PANEL}u + j];
    for (var m = 0u; m < j; m++) { s = s - block[li * ${PANEL}u + m] * block[j * ${PANEL}u + m]; }
    if (li == j) {
      if (!(s > 0.0) && ${STATUS.at('0u')} == 0.0) { ${STATUS.set('0u', `f32(${n.Start} + j + 1u)`)} ${STATUS.set('1u', 's')} }
      block[j * ${PANEL}u + j] = sqrt(max(s, 1e-30));
    }
    workgroupBarrier();
    if (li > j) { block[li * ${PANEL}u + j] = s / block[j * ${PANEL}u + j]; }
    workgroupBarrier();
  }
  if (li < ${n.Width}) { for (var j = 0u; j <= li; j++) { ${A.set('row + j', `block[li * ${PANEL}u + j]`)} } }`);
}

function panelBelow(target: Target, D: number, start: number, width: number, below: number): Kernel {
  const w = new KernelWriter(target, 'cholesky panel');
  w.takes((below * width * width) / 2);
  const A = w.write('a', D * D);
  const n = w.params('of', { Size: D, Start: start, Width: width, Below: below });
  w.define('block', `var<workgroup> block: array<f32, ${PANEL * PANEL}>;`);
  return w.build([PANEL, 1, 1], flatGrid(Math.ceil(below / PANEL), target), `  for (var j = 0u; j < ${PANEL}u; j++) {
    var v = 0.0;
    if (li < ${n.Width} && j <= li) { v = ${A.at(`(${n.Start} + li) * ${n.Size} + ${n.Start} + j`)}; }
    block[li * ${PANEL}u + j] = v;
  }
  workgroupBarrier();
  let r = ${FLAT_WORKGROUP} * ${PANEL}u + li;
  if (r >= ${n.Below}) { return; }
  let row = (${n.Start} + ${n.Width} + r) * ${n.Size} + ${n.Start};
  var x: array<f32, ${PANEL}>;
  for (var j = 0u; j < ${n.Width}; j++) {
    var s = ${A.at('row + j')};
    for (var m = 0u; m < j; m++) { s = s - x[m] * block[j * ${PANEL}u + m]; }
    x[j] = s / block[j * ${PANEL}u + j];
    ${A.set('row + j', 'x[j]')}
  }`);
}

function update(target: Target, D: number, start: number, width: number, below: number): Kernel {
  const w = new KernelWriter(target, 'cholesky update');
  w.takes((below * below * width) / 2);
  const A = w.write('a', D * D);
  const tiles = Math.ceil(below / TILE), side = TILE / PART;
  const n = w.params('of', { Size: D, Start: start, Width: width, First: start + width, Below: below, Tiles: tiles });
  const P = range(PART);
  const line = (name: string, i: number, at: string): string =>
    `  let ${name}${i} = (${n.First} + min(${at} + ${i * side}u, ${n.Below} - 1u)) * ${n.Size} + ${n.Start};`;
  return w.build([side * side, 1, 1], flatGrid(tiles * tiles, target), `  let tile = ${FLAT_WORKGROUP};
  let tileRow = tile / ${n.Tiles}; let tileColumn = tile - tileRow * ${n.Tiles};
  if (tileRow >= ${n.Tiles} || tileColumn > tileRow) { return; }
  let i0 = tileRow * ${TILE}u + li / ${side}u; let j0 = tileColumn * ${TILE}u + li % ${side}u;
${P.map((i) => line('r', i, 'i0')).join('\n')}
${P.map((j) => line('c', j, 'j0')).join('\n')}
${P.map((i) => `  ${P.map((j) => `var s${i}_${j} = 0.0;`).join(' ')}`).join('\n')}
  for (var m = 0u; m < ${n.Width}; m++) {
    ${P.map((i) => `let x${i} = ${A.at(`r${i} + m`)};`).join(' ')}
    ${P.map((j) => `let y${j} = ${A.at(`c${j} + m`)};`).join(' ')}
${P.map((i) => `    ${P.map((j) => `s${i}_${j} = s${i}_${j} + x${i} * y${j};`).join(' ')}`).join('\n')}
  }
${
    P.flatMap((i) =>
      P.map((j) => {
        const at = `(${n.First} + i0 + ${i * side}u) * ${n.Size} + ${n.First} + j0 + ${j * side}u`;
        return `  if (i0 + ${i * side}u < ${n.Below} && j0 + ${j * side}u <= i0 + ${i * side}u) { let o = ${at}; ${
          A.set('o', `${A.at('o')} - s${i}_${j}`)
        } }`;
      })
    ).join('\n')
  }`);
}
