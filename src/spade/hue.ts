/** Colours turned around the circle of hue, through HSV, as torchvision's adjust_hue does it with real numbers. */

const modulo = (x: number, n: number): number => ((x % n) + n) % n;

/** Planes of red, green and blue in [0, 1], changed in place: hue h becomes (h + delta) mod 1. */
export function hueShifted(red: Float64Array, green: Float64Array, blue: Float64Array, delta: number): void {
  for (let k = 0; k < red.length; k++) {
    const [r, g, b] = [red[k], green[k], blue[k]];
    const v = Math.max(r, g, b), d = v - Math.min(r, g, b);
    const s = v > 0 ? d / v : 0;
    const sixth = d === 0 ? 0 : v === r ? (g - b) / d : v === g ? 2 + (b - r) / d : 4 + (r - g) / d;
    const h = modulo((d === 0 ? 0 : modulo(sixth / 6, 1)) + delta, 1);
    red[k] = channel(5, h, s, v);
    green[k] = channel(3, h, s, v);
    blue[k] = channel(1, h, s, v);
  }
}

/** f(n) = v (1 - s max(0, min(k, 4 - k, 1))) with k = (n + 6 h) mod 6. */
function channel(n: number, h: number, s: number, v: number): number {
  const k = modulo(n + h * 6, 6);
  return v * (1 - s * Math.max(0, Math.min(k, 4 - k, 1)));
}
