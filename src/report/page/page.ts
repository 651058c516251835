/**
 * A page that is one file: styles, scripts, data and pictures are all in it. It opens from the disk and asks nothing of
 * a network, which its content security policy enforces.
 */
import type { Chart } from './chart.js';
import { html, trusted, type Html } from './html.js';
import { STYLE } from './style.js';

/** Texts of the scripts that draw charts in a page. Where they lie is the caller's to know: on a disk, a server, in a bundle. */
export interface ChartScripts {
  /** Vega's build for browsers (vega/build/vega.min.js, which defines `vega`), with its licence. */
  readonly vega: string;
  /** misfire/report/charts.js, which is client.js of this folder as compiled. */
  readonly charts: string;
}

export interface PageOptions {
  readonly title: string;
  /** Holds each chart's `html` where the chart belongs. */
  readonly body: Html;
  /** Stands in the page as JSON, in the script element "data". */
  readonly data?: unknown;
  readonly charts: readonly Chart[];
  /** Needed where there are charts. */
  readonly chartScripts?: ChartScripts;
  /** Rules beside those of every page. */
  readonly style?: string;
  /** Text of a module that imports nothing and runs once the page is there. */
  readonly script?: string;
}

/**
 * The text of the whole file. Throws where there are charts and no scripts to draw them, or where a script's text would
 * end its element. Hashes of scripts come from crypto.subtle, which a browser has on https and on localhost.
 */
export async function page({ title, body, data, charts, chartScripts, style = '', script }: PageOptions): Promise<string> {
  if (charts.length > 0 && !chartScripts) throw new Error('a page with charts needs the scripts that draw them');
  const scripts = [
    ...(charts.length > 0
      ? [{ type: 'text/javascript', text: chartScripts!.vega }, { type: 'module', text: chartScripts!.charts }]
      : []),
    ...(script === undefined ? [] : [{ type: 'module', text: script }]),
  ];
  const drawings = Object.fromEntries(charts.map(({ id, spec, renderer }) => [id, { spec, renderer }]));
  const document = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${await policy(scripts.map(({ text }) => text))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE + style)}</style>
</head>
<body>
${body}
${data !== undefined && jsonScript('data', data)}
${charts.length > 0 && jsonScript('charts', drawings)}
${scripts.map(({ type, text }) => html`<script type="${type}">${trusted(checked(text))}</script>\n`)}</body>
</html>
`;
  return `<!doctype html>\n${document.html}`;
}

/** Vega compiles its expressions in the page, hence 'unsafe-eval'; any script but the page's own is refused. */
async function policy(scripts: readonly string[]): Promise<string> {
  const hashes = await Promise.all(scripts.map(async (text) => `'sha256-${await sha256Base64(text)}'`));
  const sources = scripts.length > 0 ? [...hashes, "'unsafe-eval'"].join(' ') : "'none'";
  return `default-src 'none'; script-src ${sources}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}

async function sha256Base64(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** Without '<' no text can end the element. */
function jsonScript(id: string, value: unknown): Html {
  return html`<script type="application/json" id="${id}">${trusted(JSON.stringify(value).replaceAll('<', '\\u003c'))}</script>\n`;
}

/** Throws where a script's text would end its element, or turn it into a comment. */
function checked(script: string): string {
  if (/<\/script|<script|<!--/i.test(script)) {
    throw new Error('a script with "<script", "</script" or "<!--" in its text cannot stand in a page');
  }
  return script;
}
