/**
 * A page that is one file: styles, scripts, data and pictures are all in it. It opens from the disk and asks nothing of
 * a network, which its content security policy enforces.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Chart } from './chart.js';
import { html, trusted, type Html } from './html.js';
import { STYLE } from './style.js';

export { chart, COLORS, type Chart, type ChartOptions, type ChartText } from './chart.js';
export { html, type Html, type Value } from './html.js';

export interface PageOptions {
  readonly title: string;
  /** Holds each chart's `html` where the chart belongs. */
  readonly body: Html;
  /** Stands in the page as JSON, in the script element "data". */
  readonly data?: unknown;
  readonly charts: readonly Chart[];
  /** Rules beside those of every page. */
  readonly style?: string;
  /** Text of a module that imports nothing and runs once the page is there (see `clientScript`). */
  readonly script?: string;
}

/** The whole file. */
export async function page({ title, body, data, charts, style = '', script }: PageOptions): Promise<string> {
  const code = [
    ...(charts.length > 0
      ? [{ type: 'text/javascript', text: await vegaScript() }, { type: 'module',
        text: await clientScript(new URL('./client.js', import.meta.url)) }]
      : []),
    ...(script === undefined ? [] : [{ type: 'module', text: script }]),
  ];
  const drawings = Object.fromEntries(charts.map(({ id, spec, renderer }) => [id, { spec, renderer }]));
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(code.map(({ text }) => text))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE + style)}</style>
</head>
<body>
${body}
${data !== undefined && jsonScript('data', data)}
${charts.length > 0 && jsonScript('charts', drawings)}
${code.map(({ type, text }) => html`<script type="${type}">${trusted(checked(text))}</script>\n`)}</body>
</html>
`.html
  }`;
}

/** The text of a compiled module, without the reference to its source map. */
export async function clientScript(url: URL): Promise<string> {
  return (await readFile(url, 'utf8')).replace(/^\/\/# sourceMappingURL=.*$/m, '').trim();
}

/** Vega compiles its expressions in the page, hence 'unsafe-eval'; any script but the page's own is refused. */
function policy(scripts: readonly string[]): string {
  const hashes = scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const scriptSources = scripts.length > 0 ? [...hashes, "'unsafe-eval'"].join(' ') : "'none'";
  return `default-src 'none'; script-src ${scriptSources}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
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

/** Vega's minified build, after its licence. */
async function vegaScript(): Promise<string> {
  const build = new URL('./vega.min.js', import.meta.resolve('vega'));
  const [licence, code] = await Promise.all([readFile(new URL('../LICENSE', build), 'utf8'), clientScript(build)]);
  return `/*\nVega\n\n${licence.trim()}\n*/\n${code}`;
}
