/**
 * Still drawings by Vega, the same in Node and in every browser. Vega is large and is loaded when the first figure is
 * drawn.
 */
import type { Spec } from 'vega';
import type { TopLevelSpec } from 'vega-lite';

/** Vega's own, which its types leave out: how wide a text is, measured on a canvas where there is one, else estimated. */
interface TextMetrics {
  width: unknown;
  canvas(measured: boolean): void;
}

/** A Vega-Lite specification as Vega's. */
export async function compileSpec(spec: object): Promise<Spec> {
  const { compile } = await import('vega-lite');
  return compile(spec as TopLevelSpec).spec;
}

let last: Promise<unknown> = Promise.resolve();

/** The SVG of a specification whose data is in it. Drawings wait for each other, since how text is measured is one setting for all. */
export function drawSvg(spec: Spec): Promise<string> {
  const drawing = last.then(() => draw(spec));
  last = drawing.catch(() => undefined);
  return drawing;
}

async function draw(spec: Spec): Promise<string> {
  const vega = await import('vega');
  const { textMetrics } = vega as unknown as { readonly textMetrics: TextMetrics };
  const { width } = textMetrics;
  // A browser would measure the fonts it has.
  textMetrics.canvas(false);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
    textMetrics.width = width;
  }
}
