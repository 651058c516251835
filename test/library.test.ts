/** The package as others use it: its declarations in a strict project of theirs, and the entries that package.json names. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../reference/paths.js';
import { misfire } from '../reference/command.js';
import { TINY, writeTinyData } from '../reference/profile-runs.js';
import { reportScripts } from '../src/local/page-scripts.js';
import { ok } from './support/outcomes.js';

const IN_NODE = `
import { openDataSet, openDawnDevice, openProfiles, NeighborSearch, rankFilters, RunSummary, standardize, type DataSet, type Device,
  type RunMeta, type RunRow, type StoredRun } from 'misfire';

const run: StoredRun = await openProfiles('RUN');
const meta: RunMeta = run.meta;
const stats = await run.readStatistics();
const summary = new RunSummary(run.layers, stats, meta.profiles !== 'none');
for await (const { row, profile } of run.samples(new Set([1, 2]))) {
  const { path, loss }: RunRow = row;
  const [first]: number[] = rankFilters(standardize(profile, stats), stats);
  console.log(path, loss.toFixed(3), first);
  // @ts-expect-error -- there may be no first filter, and it is a number where there is one
  const name: string = first;
}
const set: DataSet = await openDataSet(['DATA'], { classes: meta.model.classes, names: null });
const device: Device = await openDawnDevice({ adapter: 'software' });
const search = await NeighborSearch.open(device, new Float32Array(8), { k: 2, filters: 4 });
const label: number = set.sample(0).label;
const similarities: number[] = search.results().flatMap((found) => found.map(({ similarity }) => similarity));
console.log(summary.right, label, similarities, device.gpu.limits.maxBufferSize);
// @ts-expect-error -- an adapter is named by a text
await openDawnDevice({ adapter: 1 });
`;

const IN_A_BROWSER = `
import { classifier, Device, encodeByCanvas, Explainer, graph, loadModel, planGraph, renderReport, type ConvAttrs, type Kernel, type Node,
  type Plan, type Report, type ReportPictures, type ReportScripts, type ReportStep } from 'misfire';
import * as same from 'misfire/browser';

const device = await Device.open(navigator.gpu);
const network = classifier(loadModel(new Uint8Array(8)));
const [answer] = await new same.Explainer(network, device).explain([new Float32Array(8)], [0]);
// @ts-expect-error -- there may be no answer
answer.loss;
const attrs: ConvAttrs = { stride: [1, 1], dilation: [1, 1], pads: [0, 0, 0, 0], groups: 1 };
const y: Node<'conv'> = graph.conv(graph.input('x', [1, 1, 4, 4]), graph.weight('w', [1, 1, 3, 3]), attrs);
const plan: Plan = planGraph({ y }, device.target);
const kernels: Kernel[] = plan.main.map(({ kernel }) => kernel);
export const texts: string[] = kernels.map(({ wgsl }) => wgsl);
export const draw = (report: Report, pictures: ReportPictures, scripts: ReportScripts): Promise<string> =>
  renderReport(report, pictures, scripts);
export const counts = ({ off }: Report): number[] => off.map(({ count }: ReportStep) => count);
export { encodeByCanvas, Explainer };
// @ts-expect-error -- Dawn is Node's
same.openDawnDevice;
`;

const library = suite('library');
const folder = mkdtempSync(join(tmpdir(), 'misfire-library-'));

library.before(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/misfire'), 'junction');
  symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
library.after(() => rmSync(folder, { recursive: true }));

/** What the compiler says of a strict project that holds one file. Every declaration that the file reaches is checked as well. */
function complaints(name: string, text: string, options: object): string[] {
  const base = { strict: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true, target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'] };
  writeFileSync(join(folder, `${name}.ts`), text);
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ compilerOptions: { ...base, ...options }, files: [`${name}.ts`] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr, error } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', `${name}.json`], { cwd: folder,
    encoding: 'utf8' });
  if (error) throw error;
  return `${stdout}${stderr}`.trim().split('\n').filter(Boolean);
}

library('its declarations compile in a project for Node', () => {
  assert.equal(complaints('node', IN_NODE, { module: 'nodenext', types: ['node'] }), []);
});

library('the typed example compiles, and does what it says', async () => {
  const text = readFileSync(join(root, 'examples/run.ts'), 'utf8');
  assert.equal(complaints('example', text, { module: 'nodenext', types: ['node'] }), []);
  writeTinyData(folder, 30);
  await ok(misfire([...TINY, '--out', 'run'], folder));
  const { outputFiles: [code] } = await build({ stdin: { contents: text, loader: 'ts' }, format: 'esm', target: 'es2022', write: false });
  writeFileSync(join(folder, 'example.mjs'), code.text);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs', 'run'], { cwd: folder, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.match(stdout, /^\d+ right, \d+ wrong\n(  class \d called class \d: \d+\n)+\d+ labels that may be wrong\nsample \d+ \(x\.npy/);
  assert.is(stdout.match(/^  conv\.weight, filter \d: -?\d+\.\d\d deviations$/gm)?.length, 3);
  assert.match(stdout, /with the first filter off: class \d\n.* of 30 pictures right/);
  assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /^<!doctype html>/);
  await ok(misfire(['explain', 'x.npy', '--model', 'off.onnx', '--label', '0', '--json', 'off.json', '--quiet'], folder));
});

library('its declarations compile in a project for browsers, without those of Node', () => {
  const bundler = { module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'], types: [] };
  assert.equal(complaints('browser', IN_A_BROWSER, bundler), []);
});

library('the scripts of a report have entries, and a bundler keeps them', async () => {
  const { charts, maps } = await reportScripts();
  for (const [name, text] of [['charts', charts], ['maps', maps]] as const) {
    const file = readFileSync(new URL(import.meta.resolve(`misfire/report/${name}.js`)), 'utf8');
    assert.ok(file.startsWith(text), name);
    assert.not.match(text, /^import /m, name);
    const bundle = await build({ stdin: { contents: `import 'misfire/report/${name}.js'`, resolveDir: root }, bundle: true, format: 'esm',
      write: false, logLevel: 'silent' });
    assert.ok(bundle.outputFiles[0].text.length > text.length / 2, name);
  }
});

library.run();
