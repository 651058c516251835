/** The figure that stands above a profile: what each layer comes to. */
import type { Report } from '../data.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { layerAxis } from '../page/layers.js';
import { spacing } from './spacing.js';

const HEIGHT = 170;

/** A layer of a profile. */
export interface LayerOfProfile {
  readonly name: string;
  readonly filters: number;
  readonly highest: number;
  readonly median: number;
  /** How many of the filters in the report's table are in it. */
  readonly top: number;
}

/** Every layer, from the network's first to its last. */
export function profileLayers({ saliency: { values }, top, made: { model: { layers } } }: Report): LayerOfProfile[] {
  return layers.map(({ name, offset, filters }) => {
    const falling = values.slice(offset, offset + filters).sort((a, b) => b - a);
    const middle = (falling.length - 1) / 2;
    return { name, filters, highest: falling[0], median: (falling[Math.floor(middle)] + falling[Math.ceil(middle)]) / 2,
      top: top.filter(({ index }) => index >= offset && index < offset + filters).length };
  });
}

/** A bar up to each layer's highest filter and a dash at its median; red are the layers of the filters in the table. */
export function layersFigure(id: string, report: Report): Promise<Chart> {
  const layers = profileLayers(report);
  const kind = report.saliency.standardized ? 'standardized saliency' : 'saliency';
  const { labelAngle, labelOverlap, ...axis } = layerAxis(report.made.model.layers, '');
  const x = (field: string) => ({ field, type: 'quantitative', scale: { domain: [0, layers.length], nice: false },
    axis: { ...axis, labelAngle: -90, labelOverlap: 'greedy' } });
  const y = (field: string) => ({ field, type: 'quantitative', title: kind, ...spacing(layers.map((l) => l.highest)) });
  const tooltip = [
    { field: 'name', title: 'layer' },
    { field: 'highest', title: `highest ${kind}`, format: '.4~g' },
    { field: 'median', format: '.4~g' },
    { field: 'filters' },
    { field: 'top', title: 'filters in the table' },
  ];
  const kinds = ['highest filter, in the table', 'highest filter', 'median'];
  const color = { field: 'kind', type: 'nominal', title: null, scale: { domain: kinds, range: [COLORS.red, COLORS.grey, 'currentColor'] },
    legend: { symbolType: 'square', symbolOpacity: 1 } };
  const bars = layers.map((l, k) => ({ ...l, from: k + 0.12, to: k + 0.88, zero: 0, kind: kinds[l.top > 0 ? 0 : 1] }));
  const highest = layers.reduce((a, b) => (b.highest > a.highest ? b : a));
  return chart(id, {
    height: HEIGHT,
    layer: [
      { data: { values: bars }, mark: { type: 'rect' },
        encoding: { x: x('from'), x2: { field: 'to' }, y: y('zero'), y2: { field: 'highest' }, color, tooltip } },
      { data: { values: bars.map((bar) => ({ ...bar, kind: kinds[2] })) }, mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x: x('from'), x2: { field: 'to' }, y: y('median'), color, tooltip } },
    ],
  }, {
    title: `The ${kind} of each layer`,
    description:
      `${layers.length} layers. The highest is in ${highest.name}, ${highest.highest.toPrecision(4)}; the filters in the table ` +
      `below are in ${layers.filter((l) => l.top > 0).map((l) => `${l.name} (${l.top})`).join(', ')}.`,
  });
}
