/** Curves with the bands of their intervals, as the experiments draw them. */
import type { Interval } from '../../saliency/bootstrap.js';
import { chart, COLORS, type Chart } from '../page/chart.js';

export interface Line {
  readonly name: string;
  /** Which of LOOKS, so that a curve looks alike in several figures; by default its place. */
  readonly look?: number;
  readonly points: readonly { readonly x: number; readonly y: Interval }[];
}

export interface FigureText {
  readonly id: string;
  readonly title: string;
  /** Of how many answers each point is a mean, and what they are of: "48 mistakes". It stands beside the title. */
  readonly n: string;
  /** For those who do not see it: what it shows, and what comes of it. */
  readonly description: string;
  readonly x: string;
  readonly y: string;
  /** Spaces small values of x further apart. */
  readonly root?: boolean;
}

/** Lines are told apart by dashes as well, for print and for eyes that see few colours. */
const LOOKS: readonly { readonly color: string; readonly dash: readonly number[] }[] = [
  { color: COLORS.red, dash: [] },
  { color: COLORS.grey, dash: [6, 3] },
  { color: COLORS.blue, dash: [2, 2] },
  { color: COLORS.green, dash: [8, 3, 2, 3] },
  { color: COLORS.purple, dash: [4, 4] },
  { color: COLORS.orange, dash: [10, 4] },
  { color: 'currentColor', dash: [1, 3] },
];

const HEIGHT = 260;

/** Shares and changes of shares are shown in percent. */
export function bandFigure(lines: readonly Line[], { id, title, n, description, x, y, root }: FigureText): Promise<Chart> {
  const values = lines.flatMap(({ name, points }) => points.map((p) => ({ name, x: p.x, mean: p.y.mean, low: p.y.low, high: p.y.high })));
  const names = lines.map((l) => l.name);
  const scale = (property: keyof (typeof LOOKS)[number]) => ({ domain: names,
    range: lines.map(({ look }, k) => LOOKS[(look ?? k) % LOOKS.length][property]) });
  const across = { field: 'x', type: 'quantitative', title: x, ...(root ? { scale: { type: 'sqrt' } } : {}),
    axis: { values: [...new Set(values.map((v) => v.x))], labelOverlap: true } };
  const color = { field: 'name', type: 'nominal', title: null, scale: scale('color'), sort: names,
    legend: { symbolOpacity: 1, symbolType: 'stroke', symbolSize: 400, symbolStrokeWidth: 2 } };
  const tooltip = [
    { field: 'name', title: 'choice' },
    { field: 'x', title: x },
    ...(['mean', 'low', 'high'] as const).map((field) => ({ field, title: { mean: y, low: 'from', high: 'to' }[field], format: '.2%' })),
  ];
  return chart(id, {
    height: HEIGHT,
    data: { values },
    layer: [
      { mark: { type: 'area', opacity: 0.13 },
        encoding: { x: across, y: { field: 'low', type: 'quantitative', title: y, axis: { format: '.0%' } }, y2: { field: 'high' },
          color } },
      { mark: { type: 'line' },
        encoding: { x: across, y: { field: 'mean', type: 'quantitative' }, color,
          strokeDash: { field: 'name', type: 'nominal', title: null, scale: scale('dash'), sort: names } } },
      { mark: { type: 'point', filled: true, size: 36 },
        encoding: { x: across, y: { field: 'mean', type: 'quantitative' }, color, tooltip } },
    ],
  }, { title: `${title} (n = ${n})`, description });
}
