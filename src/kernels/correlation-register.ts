/**
 * Weight gradients without barriers or shared memory: the part that convWeightGrad and filterSaliency share.
 *
 *   dW[k, (c,r,s)] = sum over lines and ow of dy[k, line, ow] * x[c, line * strideH + r ..., ow * strideW + s ...]
 *
 * M = the group's filters, N = the group's weights per filter, K = lines (images times rows of dy) times ow.
 * Tiling: a workgroup is one subgroup; its lanes share `tileRows` filters and own one weight each, COLUMNS times. As in
 * product-register.ts, dy is loaded once per subgroup and broadcast, and each x serves all filters of the tile.
 */
import type { ConvShape } from './conv-shape.js';
import type { KernelWriter, Target } from './kernel.js';
import { BLOCK } from './product.js';
import { range, spread } from './product-register.js';

export interface RegisterCorrelation {
  readonly lanes: number;
  /** Weights per workgroup. */
  readonly columns: number;
  readonly perLane: number;
  /** Once, at the top: needs `group` and `row0`. */
  readonly setup: string;
  /** Sums into total{row}_{column} over lines [line0, line1) of the images from `image` on: needs `firstColumn` (with the lane). */
  readonly sum: string;
}

export function registerCorrelation(w: KernelWriter, target: Target, s: ConvShape, tileRows: number): RegisterCorrelation {
  const broadcast = target.schedule === 'register' ? target.subgroup : undefined;
  const lanes = broadcast ?? (target.schedule === 'register' ? 16 : 64);
  const perLane = target.schedule === 'register' ? 2 : 1;
  if (broadcast !== undefined) w.useSubgroups();
  const filters = s.K / s.groups;
  const weights = (s.C / s.groups) * s.R * s.S;
  const { span, step, quad } = spread(broadcast, tileRows, s.OW);
  const C = range(perLane);
  const R = range(tileRows);
  const U = range(step);
  const vectors = range(tileRows / span);

  const DY = w.read('dy', s.N * s.K * s.OH * s.OW);
  const X = w.read('x', s.N * s.C * s.H * s.W);
  const n = {
    filters: w.param('filters', filters), weights: w.param('weights', weights), taps: w.param('taps', s.R * s.S), tapsX: w.param('tapsX', s.S),
    h: w.param('h', s.H), w: w.param('w', s.W), oh: w.param('oh', s.OH), ow: w.param('ow', s.OW),
    plane: w.param('plane', s.H * s.W), image: w.param('xImage', s.C * s.H * s.W), group: w.param('xGroup', (s.C / s.groups) * s.H * s.W),
    positions: w.param('positions', s.OH * s.OW), dyImage: w.param('dyImage', s.K * s.OH * s.OW),
    strideH: w.param('strideH', s.strideH), strideW: w.param('strideW', s.strideW),
    dilationH: w.param('dilationH', s.dilationH), dilationW: w.param('dilationW', s.dilationW),
    padTop: w.param('padTop', s.padTop, 'i32'), padLeft: w.param('padLeft', s.padLeft, 'i32'),
    blockLines: w.param('blockLines', Math.max(1, Math.floor(BLOCK / s.OW))),
  };

  const setup: string[] = [`  let owEnd = ${n.ow}; let owLast = owEnd - 1u; let width = ${n.w}; let stepX = ${n.strideW};`];
  if (broadcast !== undefined) setup.push(`  let aTerm = lane % ${step}u;`);
  for (const v of vectors) {
    const row = broadcast !== undefined ? `row0 + ${v * span}u + min(lane / ${step}u, ${span - 1}u)` : `row0 + ${v}u`;
    setup.push(`  let a${v} = (group * ${n.filters} + min(${row}, ${n.filters} - 1u)) * ${n.positions};`);
  }

  const body: string[] = [];
  const put = (line: string): void => { body.push(line); };
  for (const c of C) {
    put(`  let column${c} = min(firstColumn + ${c * lanes}u, ${n.weights} - 1u);
  let y${c} = i32(((column${c} % ${n.taps}) / ${n.tapsX}) * ${n.dilationH}) - ${n.padTop};
  let x${c} = i32((column${c} % ${n.tapsX}) * ${n.dilationW}) - ${n.padLeft};
  let b${c} = group * ${n.group} + (column${c} / ${n.taps}) * ${n.plane};`);
  }
  for (const r of R) put(`  ${C.map((c) => `var total${r}_${c} = 0.0;`).join(' ')}`);
  put(`  var n = image; var oh = line0 - line0 / ${n.oh} * ${n.oh};
  for (var block = line0; block < line1; block += ${n.blockLines}) {
  let blockEnd = min(block + ${n.blockLines}, line1);`);
  for (const r of R) put(`  ${C.map((c) => `var s${r}_${c} = 0.0;`).join(' ')}`);
  put('  for (var line = block; line < blockEnd; line++) {');
  for (const c of C) {
    put(`    let iy${c} = u32(i32(oh * ${n.strideH}) + y${c}); let in${c} = iy${c} < ${n.h};
    let at${c} = n * ${n.image} + b${c} + select(0u, iy${c} * width, in${c});`);
  }
  put(`    let aLine = n * ${n.dyImage} + oh * owEnd;
    for (var ow = 0u; ow < owEnd; ow += ${step}u) {`);
  for (const u of U) {
    put(`      let ow${u} = i32((ow + ${u}u) * stepX); let has${u} = ow + ${u}u < owEnd;`);
    for (const c of C) {
      put(`      let ix${c}_${u} = u32(ow${u} + x${c}); let ok${c}_${u} = in${c} && has${u} && ix${c}_${u} < width;
      let v${c}_${u} = select(0.0, ${X.at(`at${c} + select(0u, ix${c}_${u}, ok${c}_${u})`)}, ok${c}_${u});`);
    }
  }
  if (broadcast !== undefined) put(`      let aAt = aLine + min(ow + aTerm, owLast); let aHas = ow + aTerm < owEnd;`);
  for (const v of vectors) {
    if (broadcast !== undefined) put(`      let w${v} = select(0.0, ${DY.at(`a${v} + aAt`)}, aHas);`);
    for (const i of range(span)) {
      const r = v * span + i;
      for (const u of U) {
        put(broadcast !== undefined
          ? `      let w${r}_${u} = subgroupBroadcast(w${v}, ${i * step + u}u);`
          : `      let w${r}_${u} = select(0.0, ${DY.at(`a${v} + aLine + min(ow + ${u}u, owLast)`)}, has${u});`);
      }
      for (const c of C) {
        for (let u = 0; u < step; u += quad) {
          put(`      s${r}_${c} = s${r}_${c} + (${range(quad).map((q) => `w${r}_${u + q} * v${c}_${u + q}`).join(' + ')});`);
        }
      }
    }
  }
  put(`    }
    oh = oh + 1u; if (oh == ${n.oh}) { oh = 0u; n = n + 1u; }
  }`);
  for (const r of R) put(`  ${C.map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')}`);
  put('  }');
  return { lanes, columns: lanes * perLane, perLane, setup: setup.join('\n'), sum: body.join('\n') };
}

/**
 * A 1x1 convolution's positions need no rows: they are cut into lines as long as a block of the sum allows, so that
 * steps along a line are rarely cut short. Other convolutions keep their rows.
 */
export function longLines(s: ConvShape, pointwise: boolean): ConvShape {
  if (!pointwise) return s;
  const positions = s.OH * s.OW;
  let length = Math.min(BLOCK, positions);
  while (positions % length !== 0) length--;
  if (length < s.OW) return s;
  const lines = positions / length;
  return { ...s, H: lines, W: length, OH: lines, OW: length };
}
