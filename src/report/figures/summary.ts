/** The figures of a summary as SVG. */
import type { Layer } from '../../saliency/network.js';
import type { Curve, Group, GroupProfile, LayerShare } from '../../saliency/summary.js';
import { compileSpec, drawSvg } from '../page/svg.js';
import { layerAxis } from '../page/layers.js';
import { spacing } from './spacing.js';

/** Points of a curve within a layer, so that the drawing stays small: the tables have every filter. */
const POINTS = 40;
const COLORS: Record<Group, string> = { all: '#808489', right: '#2f80c8', wrong: '#d6453d' };

export interface Captions {
  readonly title: string;
  readonly subtitle: string;
  readonly y: string;
}

interface Point {
  readonly group: string;
  readonly layer: number;
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface GroupCurve {
  readonly group: Group;
  readonly samples: number;
  readonly curve: Curve;
}

/** Curves of groups over the layers, each as wide as the others, filters falling within each. */
export const curvesFigure = (layers: readonly Layer[], curves: readonly GroupCurve[], captions: Captions): Promise<string> =>
  draw({ ...frame(layers, captions), ...curvesSpec(layers, curves, captions.y) });

/** The same without size, title and background, for a page. */
export function curvesSpec(layers: readonly Layer[], curves: readonly GroupCurve[], title: string): object {
  const legend = (group: Group, samples: number) => `${group} (${samples})`;
  const points = curves.flatMap(({ group, samples, curve }) => curvePoints(legend(group, samples), curve));
  const color = {
    field: 'group',
    type: 'nominal' as const,
    title: 'samples',
    scale: { domain: curves.map(({ group, samples }) => legend(group, samples)), range: curves.map(({ group }) => COLORS[group]) },
    legend: { symbolType: 'stroke', symbolOpacity: 1, symbolStrokeWidth: 3 },
  };
  const x = { field: 'x', type: 'quantitative' as const, scale: { domain: [0, layers.length], nice: false },
    axis: layerAxis(layers, ', and in it the filters from most to least salient') };
  const detail = { field: 'layer', type: 'nominal' as const };
  const y = { type: 'quantitative' as const, title, ...spacing(points.flatMap((p) => [p.y, p.low ?? p.y, p.high ?? p.y])) };
  return {
    data: { values: points },
    layer: [
      { data: { values: layers.map((_, k) => ({ at: k + 1 })) }, mark: { type: 'rule', color: '#808489', opacity: 0.25 },
        encoding: { x: { ...x, field: 'at' } } },
      ...(points.some((p) => p.low !== null) ?
        [{
          mark: { type: 'area' as const, opacity: 0.16 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, detail },
        }] :
        []),
      { mark: { type: 'line', strokeWidth: 1.4 }, encoding: { x, y: { ...y, field: 'y' }, color, detail } },
    ],
  };
}

/** Each layer's share of the most salient filters as a bar, and what chance would give it as a dash. */
export const layersFigure = (shares: readonly LayerShare[], captions: Captions): Promise<string> =>
  draw({ ...frame(shares.map(({ layer }) => layer), captions), ...layersSpec(shares, captions.y) });

/** The same without size, title and background, for a page. */
export function layersSpec(shares: readonly LayerShare[], title: string): object {
  const layers = shares.map(({ layer }) => layer);
  const kinds = ['found', 'by chance'];
  const color = (kind: string) => ({ datum: kind, type: 'nominal' as const, title: null,
    scale: { domain: kinds, range: [COLORS.wrong, 'currentColor'] } });
  const y = (field: string) => ({ field, type: 'quantitative' as const, title, axis: { format: '.1~%' } });
  const x = { field: 'from', type: 'quantitative' as const, scale: { domain: [0, layers.length], nice: false },
    axis: layerAxis(layers, '') };
  return {
    data: { values: shares.map(({ share, chance }, k) => ({ from: k + 0.1, to: k + 0.9, share, chance, zero: 0 })) },
    layer: [
      { mark: { type: 'rect', opacity: 0.75 },
        encoding: { x, x2: { field: 'to' }, y: y('share'), y2: { field: 'zero' }, color: color('found') } },
      { mark: { type: 'rule', strokeWidth: 2 }, encoding: { x, x2: { field: 'to' }, y: y('chance'), color: color('by chance') } },
    ],
  };
}

/** The curves of figure 2: of all samples together it is 0 by definition, which the axis shows. */
export const standardizedCurves = (profiles: readonly GroupProfile[]) => profiles.filter(({ group }) => group !== 'all');

/** Filters at even steps of rank, the first and the last among them; the band is the mean over the ranks each stands for. */
function curvePoints(group: string, { mean, low, high, order }: Curve): Point[] {
  return order.flatMap((filters, layer) => {
    if (filters.length === 1) filters = [filters[0], filters[0]];
    const last = filters.length - 1;
    const steps = Math.min(POINTS, filters.length) - 1;
    const rank = (j: number) => Math.round((j * last) / steps);
    const round = (v: number) => Number(v.toPrecision(5));
    return Array.from({ length: filters.length > 0 ? steps + 1 : 0 }, (_, j): Point => {
      const [from, to] = [Math.ceil((rank(Math.max(0, j - 1)) + rank(j)) / 2), Math.floor((rank(j) + rank(Math.min(steps, j + 1))) / 2)];
      const average = (values: Float64Array | null) =>
        values && round(filters.slice(from, to + 1).reduce((sum, k) => sum + values[k], 0) / (to - from + 1));
      return { group, layer, x: layer + rank(j) / last, y: round(mean[filters[rank(j)]]), low: average(low), high: average(high) };
    });
  });
}

function frame(layers: readonly Layer[], { title, subtitle }: Captions) {
  return {
    width: Math.min(1600, Math.max(640, 22 * layers.length)),
    height: 360,
    background: 'white',
    padding: 12,
    title: { text: title, subtitle, anchor: 'start' as const, fontSize: 15, subtitleFontSize: 11, subtitlePadding: 5, offset: 12 },
    config: { font: 'sans-serif', axis: { titleFontWeight: 'normal' as const, titleFontSize: 12 } },
  };
}

const draw = async (spec: object): Promise<string> => drawSvg(await compileSpec(spec));
