/** The figures of a report. `id` sets the figures of several samples in one page apart. */
import { chart, COLORS, type Chart } from './page/chart.js';
import { layerAxis } from './page/layers.js';
import type { Report, Step } from './data.js';
import { isMistake, percent } from './words.js';

/** Of a layer in the still drawing of the profile. */
const POINTS = 40;

/** The probabilities of the top classes and of the label. */
export function answerFigure(id: string, { answer: { top, label, predicted } }: Report): Promise<Chart> {
  const color = (k: number) => (k === label.class ? COLORS.blue : k === predicted.class ? COLORS.red : COLORS.grey);
  const y = { field: 'row', type: 'ordinal' as const, axis: null };
  const rows = top.map((t, row) => ({ row, class: t.name, confidence: percent(t.probability), probability: t.probability,
    color: color(t.class), text: `${percent(t.probability)}  ${t.name}` })
  );
  const tooltip = [{ field: 'class' }, { field: 'confidence' }];
  return chart(id, {
    data: { values: rows },
    height: 44 * rows.length,
    layer: [
      { mark: { type: 'bar', height: 13, yOffset: 9, minBandSize: 1 }, encoding: {
        y,
        x: { field: 'probability', type: 'quantitative', scale: { domain: [0, 1] }, axis: { format: '.0%', title: null, tickCount: 5 } },
        tooltip,
        color: { field: 'color', type: 'nominal', scale: null },
      } },
      { mark: { type: 'text', align: 'left', baseline: 'middle', yOffset: -7, x: 0, dx: 4, fontSize: 13, limit: { expr: 'width - 8' } },
        encoding: { y, text: { field: 'text' }, tooltip } },
    ],
  }, {
    title: 'Its most probable answers',
    description: `Bars: ${top.map((t) => `${t.name} ${percent(t.probability)}`).join(', ')}.`,
  });
}

/** Every filter, most to least salient within its layer, layers from left to right. */
export function profileFigure(id: string,
  { saliency: { values, standardized }, top, made: { model: { layers } } }: Report): Promise<Chart> {
  const kind = standardized ? 'standardized saliency' : 'saliency';
  const orders = layers.map(({ offset, filters }) =>
    Array.from({ length: filters }, (_, k) => offset + k).sort((a, b) => values[b] - values[a] || a - b)
  );
  const layerOf = (index: number) => layers.findIndex((l) => index < l.offset + l.filters);
  const rows = orders.flatMap((order, layer) => order.map((k) => `${layer},${k - layers[layer].offset},${values[k]}`));
  const { labelAngle, labelOverlap, ...axis } = layerAxis(layers, ', filters falling within each');
  const x = { field: 'x', type: 'quantitative' as const, scale: { domain: [0, layers.length], nice: false },
    axis: { ...axis, labelAngle: -90, labelOverlap: 'greedy' as const } };
  const y = { field: 'value', type: 'quantitative' as const, title: kind };
  const borders = { data: { values: layers.map((_, k) => ({ x: k + 1 })) },
    mark: { type: 'rule', clip: true, opacity: 0.13, color: 'currentColor' }, encoding: { x } };
  const named = top.map(({ index, filter }) => `${layerOf(index)}:${filter}`);
  const isTop = `indexof(${JSON.stringify(named)}, datum.layer + ':' + datum.filter) >= 0`;
  const spec = {
    height: 300,
    layer: [borders, {
      data: { values: ['layer,filter,value', ...rows].join('\n'),
        format: { type: 'csv', parse: { layer: 'number', filter: 'number', value: 'number' } } },
      transform: [
        { window: [{ op: 'row_number', as: 'rank' }], groupby: ['layer'] },
        { joinaggregate: [{ op: 'count', as: 'count' }], groupby: ['layer'] },
        { calculate: 'datum.layer + (datum.rank - 0.5) / datum.count', as: 'x' },
        { calculate: isTop, as: 'top' },
        { calculate: `${JSON.stringify(layers.map((l) => l.node))}[datum.layer]`, as: 'name' },
      ],
      params: [{ name: 'zoom', select: { type: 'interval', encodings: ['x'] }, bind: 'scales' }],
      mark: { type: 'point', filled: true, clip: true, opacity: 1 },
      encoding: {
        x,
        y,
        order: { field: 'top' },
        color: { condition: { test: 'datum.top', value: COLORS.red }, value: COLORS.grey },
        size: { condition: { test: 'datum.top', value: 60 }, value: values.length > 5000 ? 9 : 16 },
        tooltip: [{ field: 'name', title: 'layer' }, { field: 'filter' }, { field: 'value', title: kind, format: '.4~g' }],
      },
    }],
  };
  const place = (layer: number, rank: number) => ({ layer, x: layer + (rank + 0.5) / layers[layer].filters,
    value: values[orders[layer][rank]] });
  const thinned = orders.flatMap((order, layer) => {
    const steps = Math.min(POINTS, order.length) - 1;
    return Array.from({ length: steps + 1 }, (_, j) => place(layer, Math.round((j * (order.length - 1)) / Math.max(1, steps))));
  });
  const highest = top.map(({ index }) => {
    const layer = layerOf(index);
    return place(layer, orders[layer].indexOf(index));
  });
  const still = {
    height: 300,
    layer: [
      borders,
      { data: { values: thinned }, mark: { type: 'line', color: COLORS.grey, strokeWidth: 1.5 },
        encoding: { x, y, detail: { field: 'layer', type: 'nominal' } } },
      { data: { values: highest }, mark: { type: 'point', filled: true, color: COLORS.red, opacity: 1 }, encoding: { x, y } },
    ],
  };
  const [first] = top;
  return chart(id, spec, {
    title: `The ${kind} of every filter`,
    description: `${values.length} filters in ${layers.length} layers.${
      first ? ` The highest is filter ${first.filter} of ${first.layer}, ${first.saliency.toPrecision(4)}.` : ''
    } The highest are listed in the table below.`,
  }, { renderer: 'canvas', still });
}

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
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1, symbolSize: 300, columns: 1, labelLimit: 230 } };
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
      `${name} goes from ${percent(steps[0].salient[key])} to ${percent(last.salient[key])} for the most salient, to ${
        percent(last.random[key].mean)
      } on average for random ones.`
    ).join(' '),
  });
}
