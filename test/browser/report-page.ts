/** Runs in the browser: the bundled library explains a picture and draws its report, or draws a report it is given. */
import { classifier, Device, encodeByCanvas, Explainer, gatherReport, loadModel, renderReport, reportPictures, sha256, shownPicture,
  type Picture, type Report, type ReportPictures, type ReportScripts } from '../../src/index.js';

async function text(path: string): Promise<string> {
  return (await fetch(path)).text();
}

async function scripts(): Promise<ReportScripts> {
  const [vega, charts, maps] = await Promise.all(['/vega.js', '/charts.js', '/maps.js'].map(text));
  return { vega, charts, maps };
}

/** The HTML of a report whose numbers and pictures are given. */
async function draw(report: Report, pictures: ReportPictures): Promise<string> {
  return renderReport(report, pictures, await scripts());
}

export interface Drawn {
  readonly report: Report;
  readonly html: string;
}

/** From a model's file and a prepared picture to the HTML, all in the browser. */
async function explain(prepared: number[], label: number): Promise<Drawn> {
  const bytes = new Uint8Array(await (await fetch('/model.onnx')).arrayBuffer());
  const network = classifier(loadModel(bytes, { name: 'model.onnx' }));
  const picture = Float32Array.from(prepared);
  const shape = network.pictureShape;
  const device = await Device.open(navigator.gpu);
  const explainer = new Explainer(network, device);
  const [explanation] = await explainer.explain([picture], [label]);
  const report = await gatherReport({ input: 'tiny', picture, shape, label, explanation, top: 2, map: null, comparisons: new Map(),
    neighbors: null }, { explainer, model: { path: 'model.onnx', sha256: await sha256(bytes) }, adapter: device.adapter, stats: null,
    statsName: null, aggregation: 'mean-abs', classes: null, version: '0' });
  explainer.destroy();
  device.destroy();
  const pictures = await reportPictures({ shown: shownPicture(picture, shape, null), map: null, comparisons: new Map() }, encodeByCanvas);
  return { report, html: await renderReport(report, pictures, await scripts()) };
}

/** The pixels of a picture after the canvas's encoder and the browser's decoder. */
async function encoded({ width, height, data }: { width: number; height: number; data: number[] }): Promise<number[]> {
  const uri = await encodeByCanvas({ width, height, data: Uint8Array.from(data) } satisfies Picture, 'map');
  const image = await createImageBitmap(await (await fetch(uri)).blob());
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, image.width, image.height).data].filter((_, k) => k % 4 < 3);
}

/** Width and height of the thumbnail of a white picture. */
async function thumbnail(width: number, height: number): Promise<{ readonly type: string; readonly size: readonly number[] }> {
  const uri = await encodeByCanvas({ width, height, data: new Uint8Array(3 * width * height).fill(255) }, 'thumbnail');
  const image = await createImageBitmap(await (await fetch(uri)).blob());
  return { type: uri.slice(0, uri.indexOf(';')), size: [image.width, image.height] };
}

const page = { draw, explain, encoded, thumbnail };
export type ReportPage = typeof page;
Object.assign(globalThis, page);
