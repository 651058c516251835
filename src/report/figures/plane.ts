/** Mistakes on a plane, coloured by group: near each other where their filters were salient in the same way. */
import { COLORS } from '../page/chart.js';

export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  /** Name of the group. */
  readonly group: string;
  /** What is told of the point when it is pointed at. */
  readonly says: string;
  /** Where a click leads within the page. */
  readonly href: string;
}

/** A specification without size, for a page. Axes have no meaning and are left out. */
export function planeSpec(points: readonly PlanePoint[], groups: readonly string[]): object {
  const hues = Object.values(COLORS);
  const hidden = (field: string) => ({ field, type: 'quantitative' as const, axis: null, scale: { zero: false } });
  return {
    height: 380,
    data: { values: points },
    params: [{ name: 'zoom', select: 'interval', bind: 'scales' }],
    mark: { type: 'point', filled: true, size: 70, opacity: 0.8 },
    encoding: {
      x: hidden('x'),
      y: hidden('y'),
      color: { field: 'group', type: 'nominal' as const, title: 'group',
        scale: { domain: groups, range: groups.map((_, k) => hues[k % hues.length]) } },
      shape: { field: 'group', type: 'nominal' as const, title: 'group', scale: { domain: groups } },
      tooltip: { field: 'says', type: 'nominal' as const },
      href: { field: 'href', type: 'nominal' as const },
    },
  };
}
