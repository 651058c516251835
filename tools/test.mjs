#!/usr/bin/env node
/**
 * Set-up, then every test file in a process of its own, so that a lost device hides nothing else; files whose result
 * depends on the adapter run a second time with WebGPU's default limits, and a third time on SwiftShader, an independent
 * Vulkan driver, where a Chromium brings it.
 *
 *     node tools/test.mjs [--with-browser] [FILE or FOLDER under test/ ...]
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ADAPTER_DEPENDENT = /^test\/(kernels|engine)\//;
const TIME_LIMIT = 20 * 60_000;

/** Compiled tests are found by their sources: what was deleted there may linger in dist. */
function testFiles(wanted) {
  const list = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? list(path) : path.endsWith('.test.ts') ? [path] : [];
    });
  const all = list('test').sort();
  const chosen = wanted.map((arg) => {
    const path = relative(root, resolve(arg)).replaceAll('\\', '/').replace(/^dist\//, '').replace(/\.js$/, '.ts');
    return { arg, files: all.filter((file) => file === path || file.startsWith(`${path}/`) || path === '') };
  });
  const nothing = chosen.find(({ files }) => files.length === 0);
  if (nothing) {
    console.error(`${nothing.arg} is no test file and no folder of tests.`);
    process.exit(1);
  }
  return wanted.length === 0 ? all : all.filter((file) => chosen.some(({ files }) => files.includes(file)));
}

/** One process. Its totals are uvu's own; a process that ends without them, or badly after them, counts as a failure. */
function runFile({ file, adapter, env }) {
  const started = performance.now();
  const compiled = join(root, 'dist', file.replace(/\.ts$/, '.js'));
  // Commands compute with the project's own kernels, but for those that say otherwise.
  const settings = { MISFIRE_BACKEND: 'webgpu', NO_COLOR: '1', FORCE_COLOR: undefined };
  const child = spawn(process.execPath, ['--enable-source-maps', compiled], { cwd: root, env: { ...process.env, ...settings, ...env } });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((done) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const number = (name) => Number(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'm').exec(output)?.[1]);
      const [total, passed, skippedTests] = ['Total', 'Passed', 'Skipped'].map(number);
      const skips = [...output.matchAll(/^SKIP (.*)$/gm)].map(([, reason]) => reason.trim());
      const complete = Number.isInteger(total);
      let failed = complete ? total - passed : 0;
      let note = '';
      if (!complete && skips.length === 0) {
        note = signal
          ? `ended by ${signal} before its totals`
          : `ended with code ${code} before its totals`;
      } else if (failed === 0 && code !== 0) note = signal ? `ended by ${signal} after its totals` : `ended with code ${code}`;
      if (note) failed++;
      while (skips.length < (skippedTests || 0)) skips.push('a test without a stated reason');
      done({ file, adapter, passed: complete ? passed : 0, failed, skips, note, output, seconds: (performance.now() - started) / 1000 });
    })
  );
}

function show(result) {
  const { file, adapter, passed, failed, skips, seconds, note, output } = result;
  const counts = [`${passed} passed`, failed && `${failed} failed`, skips.length && `${skips.length} skipped`].filter(Boolean).join(', ');
  console.log(
    `${failed ? 'FAIL' : 'ok  '} ${file}${adapter ? ` on ${adapter}` : ''}: ${counts} (${seconds.toFixed(1)} s)${note ? `; ${note}` : ''}`
  );
  if (failed) console.log(output.replace(/^/gm, '     '));
}

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('--'));
if (spawnSync(process.execPath, [join(root, 'tools/setup.mjs'), '--with-onnxruntime', ...flags], { stdio: 'inherit' }).status !== 0) {
  process.exit(1);
}

const files = testFiles(args.filter((arg) => !arg.startsWith('--')));
const system = await import(pathToFileURL(join(root, 'dist/tools/setup/system.js')).href);
const { adapter } = system.probe();
console.log(`adapter: ${adapter?.description ?? 'none'}`);

const skips = [];
const queue = files.map((file) => ({ file, adapter: '', env: {} }));
const again = files.filter((file) => ADAPTER_DEPENDENT.test(file));
queue.push(...again.map((file) => ({ file, adapter: 'default limits', env: { TEST_LIMITS: 'default' } })));
if (again.length > 0) {
  const driver = system.findSwiftShader();
  const env = { VK_DRIVER_FILES: driver ?? '' };
  const why = driver === null ?
    'no Chromium with vk_swiftshader_icd.json was found'
    : /swiftshader/i.test(adapter?.description ?? '') ?
    'it is the default adapter already'
    : system.probe(env).error;
  if (why) skips.push(`${again.length} files on SwiftShader: ${why}`);
  else queue.push(...again.map((file) => ({ file, adapter: 'SwiftShader', env })));
}

const results = [];
async function worker() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const result = await runFile(next);
    results.push(result);
    show(result);
  }
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));

for (const { file, adapter: on, skips: reasons } of results) {
  for (const reason of reasons) skips.push(`${file}${on ? ` on ${on}` : ''}: ${reason}`);
}
if (skips.length > 0) console.log(`\nskipped:\n${skips.map((line) => `  ${line}`).join('\n')}`);
const sum = (key) => results.reduce((n, result) => n + result[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${skips.length} skipped`);
process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
