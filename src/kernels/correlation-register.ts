/**
 * The correlation of correlation.ts without barriers or shared memory.
 *
 * Tiling: a workgroup is one subgroup; its lanes share `tileRows` filters and own one weight each, twice. As in
 * product-register.ts, dy is loaded once per subgroup and broadcast, and each x serves all filters of the tile.
 */
import { isPointwiseConv, type ConvShape } from './conv-shape.js';
import type { KernelWriter, Target } from './kernel.js';
import { correlationOperands, correlationSizes, positionBlocks, type Correlation } from './correlation.js';
import { BLOCK } from './product.js';
import { laneLayout, multiplyAdds, rowsPerInvocation, spread } from './product-register.js';
import { range } from './tiling.js';

export function registerCorrelation(w: KernelWriter, target: Target, s: ConvShape): Correlation {
  const { broadcast, lanes, perLane } = laneLayout(target);
  if (broadcast !== undefined) w.useSubgroups();
  const { positions, filters, weights } = correlationSizes(s);
  const tileRows = rowsPerInvocation(target, filters, s.K * weights * positions);
  const { span, step } = spread(broadcast, tileRows, positions);
  const C = range(perLane);
  const R = range(tileRows);
  const U = range(step);
  const vectors = range(tileRows / span);
  const flat = isPointwiseConv(s);

  const { DY, X, n, pad, line, channel, tapRow } = correlationOperands(w, s);

  const setup = [`  let row0 = tileRow; let sharer = li; let places = ${n.positions}; let width = ${n.width};`];
  if (broadcast !== undefined) setup.push(`  let aTerm = lane % ${step}u; let aRow = row0 + min(lane / ${step}u, ${span - 1}u);`);
  else setup.push('  let aRow = row0;');
  for (const v of vectors) {
    setup.push(`  let a${v} = (group * ${n.filters} + min(aRow + ${v * span}u, ${n.filters} - 1u)) * ${n.positions};`);
  }

  const body: string[] = [];
  const put = (text: string): void => {
    body.push(text);
  };
  put('  let firstColumn = tileColumn + li;');
  for (const c of C) {
    put(`  let column${c} = min(firstColumn + ${c * lanes}u, ${n.weights} - 1u);`);
    if (flat) put(`  let b${c} = group * ${n.xGroup} + column${c} * ${n.plane};`);
    else {
      put(
        `  let channel${c} = ${channel(`column${c}`)}; let tap${c} = column${c} - channel${c} * ${n.taps}; let tapY${c} = ${
          tapRow(`tap${c}`)
        };
  let y${c} = i32(tapY${c} * ${n.dilationH}) - ${pad.Top}; let x${c} = i32((tap${c} - tapY${c} * ${n.tapsX}) * ${n.dilationW}) - ${pad.Left};
  let b${c} = group * ${n.xGroup} + channel${c} * ${n.plane};`
      );
    }
  }
  for (const r of R) put(`  ${C.map((c) => `var total${r}_${c} = 0.0;`).join(' ')}`);
  put(`  for (var block = block0; block < block1; block++) {
  let image = block / ${n.imageBlocks};
  let place0 = (block - image * ${n.imageBlocks}) * ${BLOCK}u; let place1 = min(place0 + ${BLOCK}u, places);
  let aImage = image * ${n.dyImage};
  ${C.map((c) => `let at${c} = image * ${n.xImage} + b${c};`).join(' ')}`);
  for (const r of R) put(`  ${C.map((c) => `var s${r}_${c} = 0.0;`).join(' ')}`);
  put(`  for (var place = place0; place < place1; place += ${step}u) {`);
  for (const u of U) {
    put(`    let p${u} = min(place + ${u}u, places - 1u); let has${u} = place + ${u}u < places;`);
    if (!flat) {
      put(
        `    let oh${u} = ${
          line(`p${u}`)
        }; let top${u} = i32(oh${u} * ${n.strideH}); let left${u} = i32((p${u} - oh${u} * ${n.ow}) * ${n.strideW});`
      );
    }
    for (const c of C) {
      if (flat) put(`    let v${c}_${u} = select(0.0, ${X.at(`at${c} + p${u}`)}, has${u});`);
      else {
        put(
          `    let iy${c}_${u} = u32(top${u} + y${c}); let ix${c}_${u} = u32(left${u} + x${c}); let ok${c}_${u} = has${u} && iy${c}_${u} < ${n.height} && ix${c}_${u} < width;
    let v${c}_${u} = select(0.0, ${X.at(`at${c} + select(0u, iy${c}_${u} * width + ix${c}_${u}, ok${c}_${u})`)}, ok${c}_${u});`
        );
      }
    }
  }
  if (broadcast !== undefined) {
    put('    let aAt = aImage + min(place + aTerm, places - 1u); let aHas = place + aTerm < places;');
    for (const v of vectors) {
      put(`    let a${v}_ = select(0.0, ${DY.at(`a${v} + aAt`)}, aHas);`);
      for (const i of range(span)) {
        put(`    ${U.map((u) => `let w${v * span + i}_${u} = subgroupBroadcast(a${v}_, ${i * step + u}u);`).join(' ')}`);
        put(multiplyAdds(target, v * span + i, perLane, step));
      }
    }
  } else {
    for (const r of R) {
      put(`    ${U.map((u) => `let w${r}_${u} = select(0.0, ${DY.at(`a${r} + aImage + p${u}`)}, has${u});`).join(' ')}`);
      put(multiplyAdds(target, r, perLane, step));
    }
  }
  put('  }');
  for (const r of R) put(`  ${C.map((c) => `total${r}_${c} = total${r}_${c} + s${r}_${c};`).join(' ')}`);
  put('  }');
  return {
    groups: s.groups,
    filters,
    imageBlocks: positionBlocks(s),
    workgroup: lanes,
    tileRows,
    tileColumns: lanes * perLane,
    rows: tileRows,
    columns: perLane,
    columnStep: lanes,
    sharers: lanes,
    setup: setup.join('\n'),
    sum: body.join('\n'),
  };
}
