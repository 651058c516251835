/**
 * Outlines of the demo's classes as signed distances: negative inside, positive outside, in units of the shape's
 * radius, at a point of the plane whose origin is the shape's centre.
 */
export type Outline = (x: number, y: number) => number;

type Point = readonly [number, number];

/** Name of each class and its outline, in the order of the network's outputs. */
export const SHAPES: readonly { readonly name: string; readonly outline: Outline }[] = [
  { name: 'circle', outline: (x, y) => Math.hypot(x, y) - 0.85 },
  { name: 'square', outline: polygon([[-0.75, -0.75], [0.75, -0.75], [0.75, 0.75], [-0.75, 0.75]]) },
  { name: 'triangle', outline: polygon(rays(3, () => 1.05)) },
  { name: 'cross', outline: polygon(cross(1, 0.36)) },
  { name: 'star', outline: polygon(rays(10, (k) => (k % 2 === 0 ? 1.1 : 0.46))) },
  { name: 'ring', outline: (x, y) => Math.abs(Math.hypot(x, y) - 0.72) - 0.24 },
  { name: 'heart', outline: polygon(heart(40)) },
  { name: 'moon', outline: (x, y) => Math.max(Math.hypot(x + 0.1, y) - 0.95, 0.72 - Math.hypot(x - 0.36, y)) },
];

/** Points at equal angles around the centre, at the distances given. */
function rays(count: number, radius: (k: number) => number): Point[] {
  return Array.from({ length: count }, (_, k) => {
    const angle = (2 * Math.PI * k) / count - Math.PI / 2;
    return [radius(k) * Math.cos(angle), radius(k) * Math.sin(angle)] as const;
  });
}

/** A plus sign: arms of length `a` and half-width `b`. */
function cross(a: number, b: number): Point[] {
  return [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b]];
}

/** The curve (16 sin^3 t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t), upright and scaled to radius 1. */
function heart(count: number): Point[] {
  return Array.from({ length: count }, (_, k) => {
    const t = (2 * Math.PI * k) / count;
    const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
    return [Math.sin(t) ** 3, -(y + 2.5) / 15] as const;
  });
}

/** Distance to the nearest edge, its sign from the number of edges that a ray to the right crosses. */
function polygon(points: readonly Point[]): Outline {
  return (x, y) => {
    let nearest = Infinity;
    let inside = false;
    for (let k = 0, j = points.length - 1; k < points.length; j = k++) {
      const [ax, ay] = points[j];
      const [bx, by] = points[k];
      const ex = bx - ax;
      const ey = by - ay;
      const along = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey)));
      const dx = x - ax - along * ex;
      const dy = y - ay - along * ey;
      nearest = Math.min(nearest, dx * dx + dy * dy);
      if ((ay > y) !== (by > y) && x < ax + (ex * (y - ay)) / ey) inside = !inside;
    }
    return Math.sqrt(nearest) * (inside ? -1 : 1);
  };
}
