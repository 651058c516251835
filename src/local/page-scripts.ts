/** The scripts of pages, read from Vega's files and from this package's own. */
import { readFile } from 'node:fs/promises';
import type { ChartScripts } from '../report/page/page.js';
import type { ReportScripts } from '../report/render.js';

/** Vega's minified build after its licence, and what draws a page's charts with it. */
export async function chartScripts(): Promise<ChartScripts> {
  const build = new URL('./vega.min.js', import.meta.resolve('vega'));
  const [licence, code, charts] = await Promise.all([
    readFile(new URL('../LICENSE', build), 'utf8'),
    scriptText(build),
    scriptText(new URL('../report/page/client.js', import.meta.url)),
  ]);
  return { vega: `/*\nVega\n\n${licence.trim()}\n*/\n${code}`, charts };
}

/** What `renderReport` takes in Node: the scripts of charts, and that of the maps' slider. */
export async function reportScripts(): Promise<ReportScripts> {
  const [charts, maps] = await Promise.all([chartScripts(), scriptText(new URL('../report/client.js', import.meta.url))]);
  return { ...charts, maps };
}

/** The text of a compiled module, without the reference to its source map. */
async function scriptText(url: URL): Promise<string> {
  return (await readFile(url, 'utf8')).replace(/^\/\/# sourceMappingURL=.*$/m, '').trim();
}
