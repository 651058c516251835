/** The figure of a profile: every filter, most to least salient within its layer, layers from left to right. */
import type { Report } from '../data.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { layerAxis } from '../page/layers.js';
import { spacing } from './spacing.js';

/** Points of a layer in the still drawing. */
const POINTS = 40;
const HEIGHT = 300;
/** Room for the points at the edges: of a layer's width, and in pixels above and below. */
const EDGE = 0.1, PADDING = 9;
/** Above so many filters the dots are smaller. */
const MANY = 5000;

export function profileFigure(id: string, report: Report): Promise<Chart> {
  const { saliency: { values, standardized }, top: [first], made: { model: { layers } } } = report;
  const kind = standardized ? 'standardized saliency' : 'saliency';
  const { labelAngle, labelOverlap, ...axis } = layerAxis(layers, ', filters falling within each');
  const x = { field: 'x', type: 'quantitative', scale: { domain: [-EDGE, layers.length + EDGE], nice: false },
    axis: { ...axis, labelAngle: -90, labelOverlap: 'greedy' } };
  const spaced = spacing(values);
  const y = { field: 'value', type: 'quantitative', title: kind, ...spaced, scale: { ...spaced.scale, padding: PADDING } };
  const borders = { data: { values: layers.map((_, k) => ({ x: k + 1 })) },
    mark: { type: 'rule', clip: true, opacity: 0.13, color: 'currentColor' }, encoding: { x } };
  const order = orderWithinLayers(report);
  // The page's script sets `chosen` to the filter of the table's row that is pointed at.
  const params = [{ name: 'chosen', value: -1 }];
  return chart(id, { height: HEIGHT, params, layer: [borders, everyFilter(report, order, x, y), inTable(report, order, x, y)] }, {
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
  const { saliency: { values }, made: { model: { layers } } } = report;
  const rows = order.flatMap((filters, layer) => filters.map((k) => `${layer},${k - layers[layer].offset},${values[k]}`));
  return {
    data: { values: ['layer,filter,value', ...rows].join('\n'),
      format: { type: 'csv', parse: { layer: 'number', filter: 'number', value: 'number' } } },
    transform: [
      { window: [{ op: 'row_number', as: 'rank' }], groupby: ['layer'] },
      { joinaggregate: [{ op: 'count', as: 'count' }], groupby: ['layer'] },
      { calculate: 'datum.layer + (datum.rank - 0.5) / datum.count', as: 'x' },
      { calculate: `${JSON.stringify(layers.map((l) => l.name))}[datum.layer]`, as: 'name' },
    ],
    params: [{ name: 'zoom', select: { type: 'interval', encodings: ['x'] }, bind: 'scales' }],
    mark: { type: 'point', filled: true, clip: true, opacity: 1 },
    encoding: {
      x,
      y,
      color: { value: COLORS.grey },
      size: { value: values.length > MANY ? 9 : 16 },
      tooltip: tooltipOf(y.title),
    },
  };
}

const tooltipOf = (title: string) => [{ field: 'name', title: 'layer' }, { field: 'filter' }, { field: 'value', title, format: '.4~g' }];

/** The filters in the table, in red; that of the row pointed at is ringed. */
function inTable(report: Report, order: Order, x: object, y: { readonly title: string }): object {
  const points = report.top.map(({ index, layer: name, filter }) => {
    const layer = layerOf(report, index);
    return { ...placeOf(report, order, layer, order[layer].indexOf(index)), name, filter, mark: index };
  });
  const chosen = { test: 'datum.mark === chosen' };
  return {
    data: { values: points },
    mark: { type: 'point', filled: true, clip: true, opacity: 1, cursor: 'pointer' },
    encoding: {
      x,
      y,
      color: { value: COLORS.red },
      size: { condition: { ...chosen, value: 190 }, value: 60 },
      stroke: { condition: { ...chosen, value: 'currentColor' }, value: COLORS.red },
      strokeWidth: { condition: { ...chosen, value: 3 }, value: 0 },
      tooltip: tooltipOf(y.title),
    },
  };
}

/** Where the filter of a rank within its layer stands. */
const placeOf = ({ saliency: { values }, made: { model: { layers } } }: Report, order: Order, layer: number, rank: number) => ({ layer,
  x: layer + (rank + 0.5) / layers[layer].filters, value: values[order[layer][rank]] });

/** A line through some filters of each layer, and a dot for each of the most salient. */
function outline(report: Report, order: Order, x: object, y: object): object[] {
  const place = (layer: number, rank: number) => placeOf(report, order, layer, rank);
  const thinned = order.flatMap((filters, layer) => {
    const steps = Math.min(POINTS, filters.length) - 1;
    return Array.from({ length: steps + 1 }, (_, j) => place(layer, Math.round((j * (filters.length - 1)) / Math.max(1, steps))));
  });
  const highest = report.top.map(({ index }) => {
    const layer = layerOf(report, index);
    return place(layer, order[layer].indexOf(index));
  });
  return [
    { data: { values: thinned }, mark: { type: 'line', color: COLORS.grey, strokeWidth: 1.5 },
      encoding: { x, y, detail: { field: 'layer', type: 'nominal' } } },
    { data: { values: highest }, mark: { type: 'point', filled: true, color: COLORS.red, opacity: 1 }, encoding: { x, y } },
  ];
}
