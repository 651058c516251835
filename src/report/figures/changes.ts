/** Figures of what a change of the network or of the picture does to the answer. */
import type { Report, Step } from '../data.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { confidence } from '../numbers.js';
import { isMistake } from '../words.js';

/** Both confidences as more and more filters are off. */
export function offFigure(id: string, report: Report): Promise<Chart> {
  return changeFigure(id, report, report.off.map((s) => ({ ...s, x: s.count })), { title: 'Confidences as filters are turned off',
    axis: 'filters turned off', type: 'sqrt', format: 'd' });
}

/** Both confidences as more and more pixels are covered. */
export function maskedFigure(id: string, report: Report): Promise<Chart> {
  return changeFigure(id, report, report.masked!.map((s) => ({ ...s, x: s.share })), { title: 'Confidences as pixels are covered',
    axis: 'share of the pixels covered', type: 'linear', format: '.0%' });
}

interface Axis {
  readonly title: string;
  readonly axis: string;
  readonly type: 'sqrt' | 'linear';
  readonly format: string;
}

function changeFigure(id: string, report: Report, steps: readonly (Step & { readonly x: number })[],
  { title, axis, type, format }: Axis): Promise<Chart> {
  const { predicted, label } = report.answer;
  const said = `${predicted.name} (said)`, should = `${label.name} (label)`;
  const series = isMistake(report)
    ? [{ key: 'wrong', name: said }, { key: 'label', name: should }] as const
    : [{ key: 'label', name: should }] as const;
  const ways = ['most salient', 'random'];
  const rows = steps.flatMap(({ x, salient, random }) =>
    series.flatMap(({ key, name }) =>
      [
        { x, class: name, chosen: ways[0], p: salient[key] },
        { x, class: name, chosen: ways[1], p: random[key].mean, low: random[key].low, high: random[key].high },
      ].map((row) => ({ ...row, line: `${row.class} ${row.chosen}` }))
    )
  );
  const x = { field: 'x', type: 'quantitative' as const, scale: { type, nice: false },
    axis: { title: axis, values: steps.map((s) => s.x), format, grid: false, labelOverlap: 'greedy' as const } };
  const y = { type: 'quantitative' as const, scale: { domain: [0, 1] }, axis: { title: 'confidence', format: '.0%', tickCount: 5 } };
  const color = { field: 'class',
    scale: { domain: series.map((s) => s.name), range: isMistake(report) ? [COLORS.red, COLORS.blue] : [COLORS.blue] },
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1, symbolSize: 300, columns: 1 } };
  const strokeDash = { field: 'chosen', scale: { domain: ways, range: [[1, 0], [4, 4]] },
    legend: { title: null, symbolType: 'stroke', symbolStrokeColor: 'currentColor', symbolStrokeWidth: 2, symbolSize: 500 } };
  const detail = { field: 'line' };
  const tooltip = [{ field: 'class' }, { field: 'chosen' }, { field: 'x', title: axis, format }, { field: 'p', title: 'confidence',
    format: '.1%' }];
  const last = steps[steps.length - 1];
  return chart(id, {
    height: 260,
    data: { values: rows },
    layer: [
      { transform: [{ filter: 'isValid(datum.low)' }], mark: { type: 'area', opacity: 0.15 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, detail } },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y: { ...y, field: 'p' }, color, strokeDash, detail } },
      { mark: { type: 'point', filled: true, size: 40, opacity: 1 }, encoding: { x, y: { ...y, field: 'p' }, color, tooltip } },
    ],
  }, {
    title,
    description: series.map(({ key, name }) =>
      `${name} goes from ${confidence(steps[0].salient[key])} to ${confidence(last.salient[key])} for the most salient, ` +
      `to ${confidence(last.random[key].mean)} on average for random ones.`
    ).join(' '),
  });
}
