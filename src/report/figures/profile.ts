/** The figure of a profile: every filter, most to least salient within its layer, layers from left to right. */
import type { Report } from '../data.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { layerAxis } from '../page/layers.js';

/** Points of a layer in the still drawing. */
const POINTS = 40;
const HEIGHT = 300;
/** Above so many filters the dots are smaller. */
const MANY = 5000;

export function profileFigure(id: string, report: Report): Promise<Chart> {
  const { saliency: { values, standardized }, top: [first], made: { model: { layers } } } = report;
  const kind = standardized ? 'standardized saliency' : 'saliency';
  const { labelAngle, labelOverlap, ...axis } = layerAxis(layers, ', filters falling within each');
  const x = { field: 'x', type: 'quantitative', scale: { domain: [0, layers.length], nice: false },
    axis: { ...axis, labelAngle: -90, labelOverlap: 'greedy' } };
  const y = { field: 'value', type: 'quantitative', title: kind };
  const borders = { data: { values: layers.map((_, k) => ({ x: k + 1 })) },
    mark: { type: 'rule', clip: true, opacity: 0.13, color: 'currentColor' }, encoding: { x } };
  const order = orderWithinLayers(report);
  return chart(id, { height: HEIGHT, layer: [borders, everyFilter(report, order, x, y)] }, {
    title: `The ${kind} of every filter`,
    description: `${values.length} filters in ${layers.length} ` +
      `layers.${first ? ` The highest is filter ${first.filter} of ${first.layer}, ${first.saliency.toPrecision(4)}.` : ''} The ` +
      'highest are listed in the table below.',
  }, { renderer: 'canvas', still: { height: HEIGHT, layer: [borders, ...outline(report, order, x, y)] } });
}

/** Filters of each layer, most salient first. */
type Order = readonly (readonly number[])[];

const orderWithinLayers = ({ saliency: { values }, made: { model: { layers } } }: Report): Order =>
  layers.map(({ offset, filters }) => Array.from({ length: filters }, (_, k) => offset + k).sort((a, b) => values[b] - values[a] || a - b));

const layerOf = ({ made: { model: { layers } } }: Report, index: number): number => layers.findIndex((l) => index < l.offset + l.filters);

/** A dot for each filter, which says its name; the window zooms. Places are computed in the page, so that its data stays small. */
function everyFilter(report: Report, order: Order, x: object, y: { readonly title: string }): object {
  const { saliency: { values }, top, made: { model: { layers } } } = report;
  const rows = order.flatMap((filters, layer) => filters.map((k) => `${layer},${k - layers[layer].offset},${values[k]}`));
  const named = top.map(({ index, filter }) => `${layerOf(report, index)}:${filter}`);
  const isTop = `indexof(${JSON.stringify(named)}, datum.layer + ':' + datum.filter) >= 0`;
  return {
    data: { values: ['layer,filter,value', ...rows].join('\n'),
      format: { type: 'csv', parse: { layer: 'number', filter: 'number', value: 'number' } } },
    transform: [
      { window: [{ op: 'row_number', as: 'rank' }], groupby: ['layer'] },
      { joinaggregate: [{ op: 'count', as: 'count' }], groupby: ['layer'] },
      { calculate: 'datum.layer + (datum.rank - 0.5) / datum.count', as: 'x' },
      { calculate: isTop, as: 'top' },
      { calculate: `${JSON.stringify(layers.map((l) => l.name))}[datum.layer]`, as: 'name' },
    ],
    params: [{ name: 'zoom', select: { type: 'interval', encodings: ['x'] }, bind: 'scales' }],
    mark: { type: 'point', filled: true, clip: true, opacity: 1 },
    encoding: {
      x,
      y,
      order: { field: 'top' },
      color: { condition: { test: 'datum.top', value: COLORS.red }, value: COLORS.grey },
      size: { condition: { test: 'datum.top', value: 60 }, value: values.length > MANY ? 9 : 16 },
      tooltip: [{ field: 'name', title: 'layer' }, { field: 'filter' }, { field: 'value', title: y.title, format: '.4~g' }],
    },
  };
}

/** A line through some filters of each layer, and a dot for each of the most salient. */
function outline(report: Report, order: Order, x: object, y: object): object[] {
  const { saliency: { values }, top, made: { model: { layers } } } = report;
  const place = (layer: number, rank: number) => ({ layer, x: layer + (rank + 0.5) / layers[layer].filters,
    value: values[order[layer][rank]] });
  const thinned = order.flatMap((filters, layer) => {
    const steps = Math.min(POINTS, filters.length) - 1;
    return Array.from({ length: steps + 1 }, (_, j) => place(layer, Math.round((j * (filters.length - 1)) / Math.max(1, steps))));
  });
  const highest = top.map(({ index }) => {
    const layer = layerOf(report, index);
    return place(layer, order[layer].indexOf(index));
  });
  return [
    { data: { values: thinned }, mark: { type: 'line', color: COLORS.grey, strokeWidth: 1.5 },
      encoding: { x, y, detail: { field: 'layer', type: 'nominal' } } },
    { data: { values: highest }, mark: { type: 'point', filled: true, color: COLORS.red, opacity: 1 }, encoding: { x, y } },
  ];
}
