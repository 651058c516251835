/**
 * The package as it would be published: packed, installed into an empty folder without packages of development, and started there.
 * Dependencies come from npm's cache or registry; where neither can be reached, only what is in the package is tested.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../reference/paths.js';
import { skipUnless } from './support/skip.js';

/** With @stdlib there were 454. */
const MOST_PACKAGES = 150;
/** What npm says where it has neither a connection nor a copy. */
const OUT_OF_REACH =
  /npm error code (E401|E403|E5\d\d|ENOTFOUND|EAI_AGAIN|ECONN\w+|E\w*TIMEDOUT|ERR_SOCKET_TIMEOUT|E(NET|HOST)UNREACH|EPROTO|ENOTCACHED)/;

const folder = mkdtempSync(join(tmpdir(), 'misfire-package-'));
const inside = (...path: string[]): string => join(folder, 'node_modules/misfire', ...path);

/** As setup.mjs finds npm. Under `npm test`, npm's own variables name this project's folder and not the empty one. */
function npm(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : null;
  const kept = /^npm_config_(cache|registry|userconfig|cafile|.*proxy)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/i.test(name) || kept.test(name)));
  const [command, first] = script ? [process.execPath, [script]] : ['npm', []];
  const { status, stdout, stderr, error } = spawnSync(command, [...first, ...args], { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26,
    timeout: 300_000, shell: !script && process.platform === 'win32' });
  if (error) throw error;
  return { status, stdout, stderr };
}

// ---------------------------------------------------------------- what is in it

const packed = npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder);
assert.is(packed.status, 0, packed.stderr);
// A list of packages, or in npm 11 an object of them by name.
const [{ filename, files }] = Object.values(JSON.parse(packed.stdout) as Record<string, { filename: string; files: { path: string }[] }>);
const paths = new Set(files.map((file) => file.path));

const contents = suite('package');

contents('has the program, the demo, documentation and examples, and nothing of tests', () => {
  for (const path of ['dist/src/node.js', 'dist/src/node.d.ts', 'dist/src/index.js', 'dist/tools/cli.js', 'demo/model.onnx', 'README.md',
    'LICENSE', 'docs/models.md', 'docs/images/report.png', 'examples/library.mjs']) {
    assert.ok(paths.has(path), `${path} is missing`);
  }
  assert.equal([...paths].filter((path) => /^(dist\/)?(test|bench|reference)\/|\.test\.|^docs\/api\//.test(path)), []);
});

contents('has every file that its pages link to', () => {
  const pages = [...paths].filter((path) => path.endsWith('.md'));
  const dead = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, link]) => link)
      .filter((link) => !/^\w+:/.test(link))
      .map((link) => posix.join(posix.dirname(page), link).replace(/\/$/, ''))
      .filter((target) => !paths.has(target) && ![...paths].some((path) => path.startsWith(`${target}/`)))
      .map((target) => `${page} links to ${target}`)
  );
  assert.ok(pages.length > 15, `${pages.length} pages`);
  assert.equal(dead, []);
});

contents('has every file that its package.json names', () => {
  const { main, types, exports, bin, sideEffects } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string,
    unknown>;
  const named = JSON.stringify([main, types, exports, bin, sideEffects]).match(/"(\.\/)?dist\/[^"]+"/g)!;
  assert.ok(named.length > 10);
  assert.equal(named.map((name) => name.slice(1, -1).replace(/^\.\//, '')).filter((path) => !paths.has(path)), []);
});

contents.run();

// ---------------------------------------------------------------- installed

writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
const added = npm(folder, 'install', `./${filename}`, '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0',
  '--fetch-timeout=30000');
const reason = OUT_OF_REACH.exec(added.stderr)?.[1];

if (skipUnless(added.status === 0 || reason === undefined,
  `the package installed: npm reaches neither a registry nor a copy (${reason})`)) {
  const installed = suite('package, installed');
  /** npx misfire, in the empty folder. */
  const misfire = (...args: string[]): string => {
    const { status, stdout, stderr } = npm(folder, 'exec', '--no', '--', 'misfire', ...args);
    assert.is(status, 0, `misfire ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  };

  installed('brings few packages, and none of development', () => {
    assert.is(added.status, 0, added.stderr);
    const { stdout } = npm(folder, 'ls', '--all', '--parseable');
    const count = stdout.trim().split('\n').length - 1;
    console.log(`${count} packages are installed, misfire among them`);
    assert.ok(count > 10 && count < MOST_PACKAGES, `${count} packages`);
    for (const name of ['uvu', 'typescript', '@stdlib']) assert.not.ok(existsSync(join(folder, 'node_modules', name)), name);
  });

  installed('doctor finds the adapter', () => assert.match(misfire('doctor'), /^used +\S/m));

  installed('demo writes its report, and explain explains its picture', () => {
    assert.match(misfire('demo'), /Turning off the 20 most salient of 336 filters repairs/);
    assert.ok(existsSync(join(folder, 'misfire-demo/report.html')));
    const model = ['model.onnx', 'stats.json', 'classes.txt', 'preprocess.json'].map((name) => inside('demo', name));
    const [file, stats, classes, how] = model;
    const text = misfire('explain', 'misfire-demo/triangle.png', '--label', 'triangle', '--model', file, '--stats', stats, '--classes',
      classes, '--preprocess', how);
    assert.match(text, /predicted +star /);
    assert.match(text, /label +triangle /);
  });

  installed('is a library, for a program in the folder and for the examples in the package', () => {
    writeFileSync(join(folder, 'program.mjs'), "import { pairedT } from 'misfire';\nconsole.log(pairedT([1, 2, 4], [0, 0, 0]).n);\n");
    const run = (...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      assert.is(status, 0, stderr);
      return stdout;
    };
    assert.is(run('program.mjs'), '3\n');
    assert.match(run(inside('examples/library.mjs'), 'misfire-demo/triangle.png', 'triangle'), /with 10 filters off: triangle/);
  });

  installed.after(() => rmSync(folder, { recursive: true }));
  installed.run();
} else rmSync(folder, { recursive: true });
