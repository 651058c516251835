/** How the code is laid out: which rooms there are, what each stands on, what runs in a browser, and how large files may be. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../reference/paths.js';
import { importsOf, importsOfFile, packageOf, sourceFiles, type Import } from './support/imports.js';

/**
 * The house, from the cellar up. A room imports from itself, from what it stands on and from what that stands on; a room
 * that is not here may not be there.
 */
const STANDS_ON: Readonly<Record<string, readonly string[]>> = {
  'src/kernels': [],
  'src/engine': ['src/kernels'],

  'src/data': ['src/engine'],
  'src/onnx': ['src/data'],
  'src/saliency': ['src/data'],
  'src/causes': ['src/saliency'],
  'src/attribution': ['src/saliency'],
  'src/visualize': ['src/saliency'],
  'src/spade': ['src/attribution'],
  'src/sparse': ['src/saliency'],
  'src/reproducibility': ['src/saliency'],
  'src/classifier.ts': ['src/onnx', 'src/saliency'],
  'src/export.ts': ['src/classifier.ts'],
  'src/report': ['src/causes', 'src/spade', 'src/visualize', 'src/sparse', 'src/reproducibility'],
  'src/index.ts': ['src/export.ts', 'src/report'],

  'src/dawn.ts': ['src/engine'],
  'src/runtime': ['src/onnx'],
  'src/files': ['src/data'],
  'src/dataset': ['src/files', 'src/saliency'],
  'src/store': ['src/dataset'],
  'src/local': ['src/index.ts', 'src/store'],
  'src/node.ts': ['src/dawn.ts', 'src/runtime', 'src/local'],

  web: ['src/index.ts'],
  examples: [], // by the package's name alone
  tools: ['src/node.ts'],
  reference: ['src/node.ts'],
  bench: ['tools', 'reference'],
  test: ['bench', 'examples'],
};

/** Rooms that know nothing of Node, and the packages that run in a browser too. */
const BROWSER = ['src/kernels', 'src/engine', 'src/data', 'src/onnx', 'src/saliency', 'src/causes', 'src/attribution', 'src/visualize',
  'src/spade', 'src/sparse', 'src/reproducibility', 'src/classifier.ts', 'src/export.ts', 'src/report', 'src/index.ts'];
const BROWSER_PACKAGES = ['d3-scale-chromatic', 'graphology', 'graphology-communities-louvain', 'graphology-layout-forceatlas2', 'ndarray',
  'onnx-proto', 'protobufjs', 'vega', 'vega-lite'];

const LINES = { file: 250, engine: 2200 };
/**
 * Beside the engine proper: what opens a device and moves numbers to it, where another runtime takes its place, what trains, what networks
 * are composed of and asked by.
 */
const BESIDE_ENGINE = ['src/engine/device.ts', 'src/engine/transfer.ts', 'src/engine/sgd.ts', 'src/engine/convolutions.ts',
  'src/engine/run/backend.ts', 'src/engine/layers.ts', 'src/engine/activations.ts'];

const files = sourceFiles(root, [...new Set(Object.keys(STANDS_ON).map((room) => room.split('/')[0]))]);
const imports = new Map(files.map((file) => [file, importsOfFile(root, file)]));
const all = [...imports.values()].flat();
const inside = all.filter((i): i is Import & { to: string } => !i.external && i.to !== null);
const roomOf = (file: string): string => (file.startsWith('src/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0]);
const show = ({ from, name }: Import): string => `${from} imports '${name}'`;
const none = (found: readonly string[], what: string): void => assert.is(found.length, 0, `${what}:\n${found.join('\n')}`);

const structure = suite('structure');

structure('the parser sees every way to import, and nothing in comments and texts', () => {
  const text = [
    "import a, { b } from './one.js';",
    "import type { C } from './two.js'; export { d } from './three.js';",
    "import {\n  e,\n} from './four.js'; import './five.js'; export * from './six.js';",
    "const f = await import('./seven.js'), g: typeof import('./eight.js') = f;",
    "// import './no.js'\n/* from './no.js' */ const h = \"it's from './no.js'\", i = `import './no.js'`, j = 'from \"./no.js\"';",
  ].join('\n');
  assert.equal(importsOf(text), ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'].map((name) => `./${name}.js`));
  assert.ok(files.length > 300 && inside.length > 1000, `${files.length} files, ${inside.length} imports`);
  none(all.filter((i) => i.to === null).map(show), 'imports of files that are not there');
});

structure('every file is in a room, and imports from no room that it does not stand on', () => {
  const below = (room: string): string[] => [room, ...(STANDS_ON[room] ?? []).flatMap(below)];
  none(files.filter((file) => !(roomOf(file) in STANDS_ON)), 'files in no room of the house');
  none(inside.filter(({ from, to }) => !below(roomOf(from)).includes(roomOf(to))).map(show), 'imports against the floors');
});

structure('there is no circle, of types neither', () => none(circles().map((path) => path.join(' -> ')), 'circles'));

structure('what a browser imports needs nothing of Node', () => {
  const reached = new Set(['src/index.ts']);
  for (const file of reached) for (const { to, external } of imports.get(file)!) if (!external && to !== null) reached.add(to);
  const mine = files.filter((file) => BROWSER.includes(roomOf(file)) || reached.has(file));
  const foreign = mine.flatMap((file) => imports.get(file)!).filter((i) => i.external && !BROWSER_PACKAGES.includes(packageOf(i.name)));
  none(foreign.map((i) => `${show(i)}${reached.has(i.from) ? ', reached from src/index.ts' : ''}`), "imports that a browser doesn't have");
});

structure(`no file of src/ has more than ${LINES.file} lines, and the engine proper fewer than ${LINES.engine}`, () => {
  const lines = (file: string): number => readFileSync(`${root}/${file}`, 'utf8').trimEnd().split('\n').length;
  const long = files.filter((file) => file.startsWith('src/') && lines(file) > LINES.file);
  const engine = files.filter((file) => roomOf(file) === 'src/engine' && !BESIDE_ENGINE.includes(file)).reduce((n, f) => n + lines(f), 0);
  none([...long.map((file) => `${file}: ${lines(file)} lines`), ...(engine < LINES.engine ? [] : [`the engine: ${engine} lines`])],
    'too long');
});

structure.run();

/** One circle of every knot of files that import each other: a path that ends where it begins. */
function circles(): string[][] {
  const next = (file: string): string[] => (imports.get(file) ?? []).flatMap((i) => (i.external || i.to === null ? [] : [i.to]));
  const reach = new Map(files.map((file) => [file, from(file, next)]));
  const left = new Set(files.filter((file) => reach.get(file)!.has(file)));
  const found: string[][] = [];
  for (const file of left) {
    const knot = [...left].filter((other) => other === file || (reach.get(file)!.has(other) && reach.get(other)!.has(file)));
    found.push(shortest(file, (f) => next(f).filter((to) => knot.includes(to))));
    for (const other of knot) left.delete(other);
  }
  return found;
}

/** What can be reached from a file in one step or more. */
function from(start: string, next: (file: string) => string[]): Set<string> {
  const seen = new Set(next(start));
  for (const file of seen) for (const to of next(file)) seen.add(to);
  return seen;
}

/** The shortest way from a file back to it. */
function shortest(start: string, next: (file: string) => string[]): string[] {
  const ways = next(start).map((to) => [start, to]);
  const seen = new Set<string>();
  for (const way of ways) {
    const last = way[way.length - 1];
    if (last === start) return way;
    if (!seen.has(last)) ways.push(...next(last).map((to) => [...way, to]));
    seen.add(last);
  }
  return [start];
}
