/** Figures of a path: accuracy against the number of weights, and the coefficients of a class along lambda. */
import type { SparseResult } from '../../sparse/format.js';
import { chart, COLORS, type Chart } from '../page/chart.js';

const LINE = { type: 'line' as const, strokeWidth: 2, point: { size: 20 } };

/** Held accuracy of every layer by its weights per class, with the network's own k largest beside it. */
export function accuracyFigure(id: string, { path, dense, chosen }: SparseResult): Promise<Chart> {
  const sparse = path.map((p, k) => ({ x: p.nonzeros.reduce((s, v) => s + v, 0) / p.nonzeros.length, y: p.heldAccuracy,
    layer: 'fitted sparse', lambda: p.lambda, chosen: k === chosen })
  ).filter((r) => r.x > 0);
  const own = dense?.ablation.map(({ k, top }) => ({ x: k, y: top, layer: "network's k largest" })) ?? [];
  const all = dense ? dense.accuracy.right / dense.accuracy.of : null;
  const domain = ['fitted sparse', ...(own.length > 0 ? ["network's k largest"] : [])];
  const x = { field: 'x', type: 'quantitative' as const, scale: { type: 'log' as const },
    axis: { title: 'weights per class', grid: false } };
  const y = { field: 'y', type: 'quantitative' as const, scale: { zero: false }, axis: { title: 'held accuracy', format: '.0%' } };
  const color = { field: 'layer', scale: { domain, range: [COLORS.blue, COLORS.orange] }, legend: { title: null } };
  return chart(id, { height: 260, data: { values: [...sparse, ...own] }, layer: [
    { mark: LINE,
      encoding: { x, y, color,
        tooltip: [{ field: 'layer' }, { field: 'x', title: 'weights per class', format: '.1f' }, { field: 'y', title: 'accuracy',
          format: '.1%' }, { field: 'lambda', format: '.4g' }] } },
    { transform: [{ filter: 'datum.chosen' }], mark: { type: 'point', size: 160, strokeWidth: 2 }, encoding: { x, y, color } },
    ...(all === null ?
      [] :
      [{ data: { values: [{ y: all }] }, mark: { type: 'rule', strokeDash: [4, 4], color: COLORS.grey }, encoding: { y } }]),
  ] }, { title: 'Accuracy against the number of weights', description: `From ${sparse[0]?.x.toFixed(1) ?? 0} to ` +
    `${sparse.at(-1)?.x.toFixed(1) ?? 0} weights per class the held accuracy goes from ${((sparse[0]?.y ?? 0) * 100).toFixed(1)} to `
    + `${((sparse.at(-1)?.y ?? 0) * 100).toFixed(1)} percent${all === null ? '' : `; the network has ${(all * 100).toFixed(1)}`}.` });
}

/** A weight along the path. */
export interface Coefficient {
  readonly class: string;
  readonly feature: string;
  readonly lambda: number;
  readonly weight: number;
}

/** The weights of a class, which a reader picks, along lambda; a rule stands at the chosen one. */
export function coefficientFigure(id: string, { path, chosen }: SparseResult, coefficients: readonly Coefficient[]): Promise<Chart> {
  const classes = [...new Set(coefficients.map((c) => c.class))];
  const x = { field: 'lambda', type: 'quantitative' as const, scale: { type: 'log' as const, reverse: true },
    axis: { title: 'lambda', format: '.1e', grid: false, labelOverlap: 'greedy' as const } };
  const spec = (shown: readonly Coefficient[], params: object[]): object => ({ height: 300, params, data: { values: shown }, layer: [
    { ...(params.length > 0 && { transform: [{ filter: 'datum.class === picked' }] }), mark: { type: 'line', strokeWidth: 1.5 },
      encoding: { x, y: { field: 'weight', type: 'quantitative', axis: { title: 'weight (standardised)' } }, detail: { field: 'feature' },
        color: { field: 'feature', legend: null },
        tooltip: [{ field: 'feature' }, { field: 'weight', format: '.3f' }, { field: 'lambda', format: '.4g' }] } },
    { data: { values: [{ lambda: path[chosen].lambda }] }, mark: { type: 'rule', strokeDash: [4, 4], color: COLORS.grey },
      encoding: { x } },
  ] });
  const first = coefficients.filter((c) => c.class === classes[0]);
  return chart(id, spec(coefficients, [{ name: 'picked', value: classes[0], bind: { input: 'select', options: classes, name: 'class ' } }]),
    { title: 'Weights along the path', description: `The weights of one class, which is picked below, from all zeros at the left to the `
      + `densest layer at the right; the dashed line is the chosen layer.` }, { still: spec(first, []) });
}
