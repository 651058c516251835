/**
 * Proves that a change of the source left the command line's results as they were, bit for bit: runs every command of one
 * build in a fresh temporary folder and writes down the SHA-256 of all that each wrote, then compares two such records.
 *
 *   node bench/fingerprint.mjs CLI.js OUT.json [--shared DIR] [--keep DIR]
 *     CLI.js is a build's dist/tools/cli.js; DIR of --shared is where data/ with CIFAR-10, models and pictures lies. --keep
 *     copies what was hashed to DIR/STEP/, an empty or new folder, each text as it was hashed: two of these can be diffed.
 *   node bench/fingerprint.mjs --compare A.json B.json [--kept A-DIR B-DIR]
 *     prints what differs, with --kept also the first line that does, and exits with 1 if anything differs.
 *
 * OUT.json is {step: {code, stdout, stderr, files: {path: sha256}}}; files are those that the step made or changed, null
 * for one that it removed. Both builds must run on one machine with one adapter: others round otherwise.
 *
 * Before texts are hashed (TEXTS, standard output and error; never Parquet, .npy, .onnx and pictures), this is put aside:
 *   the temporary folder's path    <folder>
 *   the path of the build's package, absolute and relative to the temporary folder, which `demo` tells    <package>
 *   samples per second of a `profile`: "96 %, 15.3 samples/s", "samplesPerSecond":15.3    <rate>
 *   what libvips says of a damaged PNG: its threads share one buffer of messages, so that it is at times "Unknown error"    <reason>
 *   progress lines of long runs on standard error, "64 of 100, 11.9 samples/s, 4 s left", which come every 5 seconds    none
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeInputs, STEPS } from './fingerprint-steps.mjs';

const TEXTS = ['.csv', '.json', '.jsonl', '.html', '.svg', '.txt'];
const LONGEST = 600_000; // milliseconds of a step

// ---------------------------------------------------------------- running and hashing

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function run(cli, out, { shared, keep }) {
  if (keep && existsSync(keep) && readdirSync(keep).length > 0) throw new Error(`${keep} holds files already`);
  let root = dirname(cli);
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fingerprint-')));
  process.chdir(folder);
  try {
    makeInputs(join(root, 'demo'), join(shared, 'data'));
    const record = {};
    let before = hashes();
    for (const queue = [...STEPS]; queue.length > 0;) {
      const step = queue.shift();
      if (typeof step === 'function') {
        queue.unshift(...(step() ?? []));
        before = hashes();
        continue;
      }
      const [name, words] = step.split(' | ');
      const began = performance.now();
      const { status, signal, stdout, stderr } = execute(cli, words.trim().split(' '));
      const after = hashes();
      const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
      const contents = { stdout: normal(stdout, root), stderr: normal(stderr, root) };
      const files = Object.fromEntries(paths.map((path) => [path, after.has(path) ? content(path, root) : null]));
      if (keep) save(join(keep, name), { ...files, 'stdout.txt': contents.stdout, 'stderr.txt': contents.stderr });
      const hash = (all) => Object.fromEntries(Object.entries(all).map(([key, bytes]) => [key, bytes === null ? null : sha256(bytes)]));
      record[name] = { code: status ?? signal, ...hash(contents), files: hash(files) };
      before = after;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.error(`${name.padEnd(24)} exit ${status ?? signal}  ${seconds.padStart(5)} s  ${paths.length} files`);
    }
    writeFileSync(out, `${JSON.stringify(record, null, 1)}\n`);
  } finally {
    process.chdir(tmpdir());
    rmSync(folder, { recursive: true, force: true });
  }
}

function execute(cli, words) {
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const env = { ...process.env, ...Object.fromEntries(words.slice(0, first).map((word) => word.split('='))) };
  return spawnSync(process.execPath, [cli, ...words.slice(first)], { env, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: LONGEST });
}

/** The SHA-256 of every file of the folder as it is, in/ apart. */
function hashes() {
  const found = readdirSync('.', { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => relative('.', join(entry.parentPath ?? entry.path, entry.name)));
  return new Map(found.filter((path) => !/^in[/\\]/.test(path)).map((path) => [path, sha256(readFileSync(path))]));
}

const content = (path, root) => (TEXTS.includes(extname(path)) ? normal(readFileSync(path, 'utf8'), root) : readFileSync(path));

/** A text without what may differ between two runs of the same build: see above. */
function normal(text, root) {
  return text.replaceAll(process.cwd(), '<folder>').replaceAll(root, '<package>').replaceAll(relative('.', root), '<package>')
    .replace(/^\d+ of \d+, \S+ samples\/s, .* left\n/gm, '')
    .replace(/(is a damaged picture: )(vipspng: libpng read error|Unknown error)/g, '$1<reason>')
    .replace(/, \S+ samples\/s$/gm, ', <rate> samples/s')
    .replace(/"samplesPerSecond":[\d.e+-]+/g, '"samplesPerSecond":<rate>');
}

function save(folder, files) {
  for (const [path, bytes] of Object.entries(files)) {
    if (bytes === null) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

// ---------------------------------------------------------------- comparing

function compare(paths, kept) {
  const [a, b] = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')));
  let differences = 0, same = 0;
  const check = (what, x, y, file) => {
    if (x === y) return void same++;
    differences++;
    const how = x === undefined ? 'only in the second' : y === undefined ? 'only in the first' : 'differs';
    console.log(`${what}: ${how}${file === undefined ? ` (${x}, ${y})` : ''}`);
    if (file !== undefined && kept.length === 2) showFirst(...kept.map((folder) => join(folder, file)));
  };
  for (const step of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [x, y] = [a[step], b[step]];
    if (!x || !y) {
      check(step, x && '', y && '', '');
      continue;
    }
    check(`${step}: exit code`, x.code, y.code);
    for (const stream of ['stdout', 'stderr']) check(`${step}: ${stream}`, x[stream], y[stream], `${step}/${stream}.txt`);
    for (const path of new Set([...Object.keys(x.files), ...Object.keys(y.files)])) {
      check(`${step}: ${path}`, x.files[path], y.files[path], `${step}/${path}`);
    }
  }
  console.log(`${differences} differences; ${same} of ${same + differences} are the same.`);
  if (differences > 0) process.exitCode = 1;
}

/** The first line in which two texts that were kept differ, from shortly before the first letter that does. */
function showFirst(first, second) {
  if (!TEXTS.includes(extname(first)) || !existsSync(first) || !existsSync(second)) return;
  const texts = [first, second].map((path) => readFileSync(path, 'utf8'));
  const [x, y] = texts.map((text) => text.split('\n'));
  const line = x.findIndex((text, k) => text !== y[k]);
  const [p, q] = line < 0 ? ['', y[x.length]] : [x[line], y[line] ?? ''];
  let at = 0;
  while (at < p.length && p[at] === q[at]) at++;
  const [number, from] = [line < 0 ? x.length : line, Math.max(0, at - 60)];
  for (const [sign, text] of [['-', p], ['+', q]]) console.log(`  ${sign} ${number + 1}:${from + 1}  ${text.slice(from, at + 60)}`);
  const unsigned = (text) => text.replace(/(?<![\w.])[-−](0(\.0*)?)(?![\d.e])/g, '$1').replace(/ +/g, ' ');
  if (unsigned(texts[0]) === unsigned(texts[1])) console.log('  only the sign of zeros, and blanks, differ');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shared: { type: 'string' }, keep: { type: 'string' }, compare: { type: 'boolean' }, kept: { type: 'boolean' } },
});
const [first, second, ...folders] = positionals.map((path) => resolve(path));
if (!second || (folders.length > 0) !== Boolean(values.kept)) throw new Error('see the usage at the top of this file');
if (values.compare) compare([first, second], folders);
else {
  const shared = resolve(values.shared ?? fileURLToPath(new URL('../../shared', import.meta.url)));
  run(first, second, { shared, keep: values.keep && resolve(values.keep) });
}
