/** Figures of a page: a Vega-Lite specification is compiled when the page is written, and drawn in the page by Vega. */
import type { Spec } from 'vega';
import type { Config } from 'vega-lite';
import { html, trusted, type Html } from './html.js';
import { compileSpec, drawSvg } from './svg.js';

export interface Chart {
  /** Belongs into the page's body, once. */
  readonly html: Html;
  readonly id: string;
  /** What Vega draws in the page. */
  readonly spec: Spec;
  readonly renderer: 'svg' | 'canvas';
}

export interface ChartText {
  readonly title: string;
  /** For those who do not see the figure: what it shows, and what comes of it. */
  readonly description: string;
}

export interface ChartOptions {
  /** canvas for thousands of marks. */
  readonly renderer?: 'svg' | 'canvas';
  /** Drawn for print and for readers without scripts in place of a specification with too many marks for an SVG. */
  readonly still?: object;
}

/** Width of the still drawing; in the page a figure is as wide as its place. */
const STILL_WIDTH = 680;

/** Each has a contrast of at least 3 to 1 against a white and a nearly black page (WCAG 2.2, 1.4.11). */
export const COLORS = { red: '#d6453d', blue: '#2f80c8', grey: '#808489', green: '#2c9463', orange: '#bf7416', purple: '#9a6bd0' } as const;

/** Text and lines are of the colour of the text around them, in light, dark and print. */
const INK = 'currentColor';
const WORDS = { labelColor: INK, titleColor: INK, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' as const };
/** Legends one below the other and in as many columns as a phone has room for. Vega knows the first setting, Vega-Lite's types do not. */
const STACKED = { top: { direction: 'vertical', anchor: 'start' } } as unknown as undefined;
const ROOM = `(isFinite(containerSize()[0]) ? containerSize()[0] : ${STILL_WIDTH})`;
const COLUMNS = `max(1, floor(${ROOM} / 200))`;
const CONFIG: Config = {
  font: 'system-ui, sans-serif',
  background: 'transparent',
  view: { stroke: null },
  axis: { ...WORDS, domainColor: INK, domainOpacity: 0.5, tickColor: INK, tickOpacity: 0.5, gridColor: INK, gridOpacity: 0.13 },
  legend: { ...WORDS, orient: 'top', layout: STACKED, columns: { expr: COLUMNS }, labelLimit: { expr: `${ROOM} - 60` } },
  header: WORDS,
  title: { color: INK, anchor: 'start' },
  text: { color: INK, fontSize: 12 },
};

/**
 * A figure from a Vega-Lite specification without width. It zooms and shows tooltips where the specification asks for
 * them (an interval parameter named "zoom" that is bound to the scales is also moved by arrow keys, + and -). Until a
 * script has drawn it, and in print, a still SVG stands in its place.
 */
export async function chart(id: string, spec: object, { title, description }: ChartText,
  { renderer = 'svg', still = spec }: ChartOptions = {}): Promise<Chart> {
  const svg = await drawSvg(await compiled(still, STILL_WIDTH));
  return {
    id,
    renderer,
    spec: { ...await compiled(spec, 'container'), description },
    html: html`<figure class="chart" id="${id}"><figcaption>${title}</figcaption>
<div class="still" role="img" aria-label="${title}. ${description}">${trusted(svg)}</div><div class="live"></div></figure>`,
  };
}

/** A figure's own settings win over these. */
const compiled = (spec: { readonly config?: Config }, width: number | 'container'): Promise<Spec> =>
  compileSpec({ ...spec, width, config: { ...CONFIG, ...spec.config } });
