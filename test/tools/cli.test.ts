/** `misfire explain` and `misfire run` from the command line, and every error they can end with. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import sharp from 'sharp';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ndarray } from '../../src/data/ndarray.js';
import { parseFloatNpy, parseNpy, writeNpy } from '../../src/data/npy.js';
import { sha256 } from '../../src/data/sha256.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { crossEntropy, tinyLogits, tinyModel, tinyProfile, tinyWeights } from '../../reference/tiny-model.js';

const cli = fileURLToPath(new URL('../../tools/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'misfire-cli-'));
const at = (name: string) => join(folder, name);

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the command in the test's folder. */
function misfire(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env: { ...process.env, ...env } });
  let out = '', err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })));
}

async function ok(args: readonly string[]): Promise<Ended> {
  const ended = await misfire(args);
  assert.is(ended.code, 0, ended.err);
  return ended;
}

const weights = tinyWeights();
const model = tinyModel(weights);
const rgb = Uint8Array.from({ length: 8 * 8 * 3 }, (_, k) => (k * 37) % 256);
const mean = [0.4, 0.5, 0.6], std = [0.2, 0.3, 0.4];
/** What the preprocessing must make of the picture. */
const x = Float32Array.from({ length: rgb.length },
  (_, k) => (rgb[(k % 64) * 3 + Math.floor(k / 64)] / 255 - mean[Math.floor(k / 64)]) / std[Math.floor(k / 64)]);

writeFileSync(at('tiny.onnx'), model);
writeFileSync(at('how.json'), JSON.stringify({ resize: null, crop: null, mean, std }));
writeFileSync(at('classes.txt'), 'cat\ndog\nred fox\n');
writeFileSync(at('x.npy'), writeNpy(ndarray(Float32Array.of(...x, ...x.map((v) => -v)), [2, 3, 8, 8])));
const png = await sharp(rgb, { raw: { width: 8, height: 8, channels: 3 } }).png().toBuffer();
writeFileSync(at('picture.png'), png);
const hash = await sha256(model);
const stats = { model: hash, aggregation: 'mean-abs', samples: 5, layers: [], mean: [0.1, 0.2, 0.3, 0.4], std: [1.5, 2, 0, 0.5] };
writeFileSync(at('stats.json'), JSON.stringify(stats));

const explain = ['explain', 'picture.png', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--classes', 'classes.txt'];
const near = (a: number, b: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${what}: ${a} is not ${b}`);

// ---------------------------------------------------------------- explain

const explains = suite('misfire explain');

explains('JSON on standard output: every number against the definition', async () => {
  const { out } = await ok([...explain, '--label', 'red fox', '--json', '-', '--top', '3']);
  const json = JSON.parse(out);
  assert.equal(json.model, { file: 'tiny.onnx', sha256: hash, filters: 4,
    layers: [{ name: 'conv', node: 'conv', weight: 'conv.weight', filters: 4, offset: 0 }] });
  assert.equal(Object.keys(json.adapter), ['vendor', 'architecture', 'description', 'software']);
  const [sample] = json.samples;
  assert.equal(Object.keys(sample).sort(), ['confidence', 'input', 'label', 'labelConfidence', 'logits', 'loss', 'predicted', 'profile',
    'standardized', 'top']);
  assert.equal([sample.input, sample.label, sample.standardized], ['picture.png', 2, null]);
  const logits = tinyLogits(weights.conv, weights, x);
  logits.forEach((z, k) => near(sample.logits[k], z, 1e-5, `logit ${k}`));
  near(sample.loss, crossEntropy(logits, 2), 1e-5, 'loss');
  near(sample.labelConfidence, Math.exp(-crossEntropy(logits, 2)), 1e-5, 'confidence of the label');
  const best = logits.indexOf(Math.max(...logits));
  assert.is(sample.predicted, best);
  near(sample.confidence, Math.exp(-crossEntropy(logits, best)), 1e-5, 'confidence');
  const profile = tinyProfile(weights, x, 2);
  profile.forEach((s, k) => near(sample.profile[k], s, 1e-4 * Math.abs(s), `filter ${k}`));
  const order = profile.map((_, k) => k).sort((a, b) => profile[b] - profile[a]).slice(0, 3);
  assert.equal(sample.top, order.map((k) => ({ index: k, layer: 'conv', filter: k, saliency: sample.top[order.indexOf(k)].saliency })));
  sample.top.forEach((t: { index: number; saliency: number }) => near(t.saliency, profile[t.index], 1e-4, `top filter ${t.index}`));
});

explains('statistics standardize the profile; a dead filter is not ranked', async () => {
  await ok([...explain, '--label', '0', '--stats', 'stats.json', '--json', 'out.json', '--quiet']);
  const [sample] = JSON.parse(readFileSync(at('out.json'), 'utf8')).samples;
  sample.standardized.forEach((v: number, k: number) =>
    near(v, (sample.profile[k] - stats.mean[k]) / (stats.std[k] || 1), 1e-6, `filter ${k}`)
  );
  assert.equal(sample.top.map((t: { index: number }) => t.index).sort(), [0, 1, 3]);
});

explains('several samples, a label each; a batch of 1 gives the same', async () => {
  const args = ['explain', 'x.npy', 'picture.png', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--label', '0,predicted,2', '--json',
    '-'];
  const { samples } = JSON.parse((await ok(args)).out);
  assert.equal(samples.map((s: { input: string }) => s.input), ['x.npy[0]', 'x.npy[1]', 'picture.png']);
  assert.equal(samples.map((s: { label: number }) => s.label), [0, samples[1].predicted, 2]);
  near(samples[2].logits[0], samples[0].logits[0], 1e-6, 'the same picture, twice');
  const single = JSON.parse((await ok([...args, '--batch', '1'])).out).samples;
  single.forEach((s: { profile: number[] }, n: number) =>
    s.profile.forEach((v, k) => near(v, samples[n].profile[k], 1e-6 * Math.abs(v), `sample ${n} filter ${k}`))
  );
});

explains('on a terminal: names, table and sketch', async () => {
  const { out } = await ok([...explain, '--label', 'dog']);
  assert.match(out, /^picture\.png\n {2}predicted +(cat|dog|red fox) \(\d\) +\d+\.\d %/);
  assert.match(out, /label +dog \(1\) +\d+\.\d % +loss \d/);
  assert.match(out, /layer +filter +index +saliency \(raw gradient\)\n( +conv +\d +\d +\S+\n){4}/);
  assert.match(out, /\n {2}█\n/);
});

explains('without statistics it says that the ranking is of raw gradients, and gives the two commands that mend it', async () => {
  const { out } = await ok([...explain, '--label', 'red fox']);
  assert.match(out.replace(/\s+/g, ' '), /ranks the raw gradient, not the standardized saliency/);
  assert.match(out, /\n {2}npx misfire profile PICTURES --model tiny\.onnx --classes classes\.txt --preprocess how\.json --out run\n/);
  const own = '--model tiny.onnx --classes classes.txt --preprocess how.json';
  assert.ok(out.includes(`\n  npx misfire explain picture.png ${own} --label 'red fox' --run run\n`), out);
  assert.not.match((await ok([...explain, '--label', 'red fox', '--stats', 'stats.json'])).out, /raw gradient|misfire profile/);
  assert.ok(out.split('\n').every((line) => line.startsWith('  npx misfire') || line.length <= 100), 'within 100 columns');
});

explains('the two commands run, and a picture among few statistics is told so, with its scores left out', async () => {
  mkdirSync(at('pictures'), { recursive: true });
  const files = ['cat', 'dog', 'red fox'].flatMap((name) => [0, 1].map((k) => `${name} ${k}.png`));
  for (const [n, file] of files.entries()) {
    const data = Uint8Array.from(rgb, (v, k) => (v * (n + 2) + 11 * k) % 256);
    await sharp(data, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at(`pictures/${file}`));
  }
  writeFileSync(at('pictures/labels.csv'), `file,label\n${files.map((f) => `${f},${f.replace(/ \d\.png/, '')}\n`).join('')}`);
  const common = ['--model', 'tiny.onnx', '--classes', 'classes.txt', '--preprocess', 'how.json'];
  await ok(['profile', 'pictures', ...common, '--out', 'run', '--quiet']);
  // Under another name and in another file, so that only what is computed can tell.
  await sharp(at('pictures/dog 1.png')).png({ compressionLevel: 0 }).toFile(at('renamed.png'));
  const json = async (...args: string[]) => JSON.parse((await ok(['explain', ...args, ...common, '--json', '-'])).out).samples[0];
  const held = await json('renamed.png', '--label', 'dog', '--run', 'run');
  assert.equal(held.among, { run: 'run', id: 3, path: 'dog 1.png', label: 1 });
  assert.equal((await json('renamed.png', '--label', 'dog', '--stats', 'run/stats.json')).among, held.among);
  const others = await Promise.all(
    files.filter((_, k) => k !== 3).map((f) => json(`pictures/${f}`, '--label', f.replace(/ \d\.png/, '')))
  );
  for (const { index, leftOut } of held.top as { index: number; leftOut: number }[]) {
    const rest = others.map((o) => o.profile[index] as number);
    const m = rest.reduce((a, b) => a + b, 0) / rest.length;
    const s = Math.sqrt(rest.reduce((a, b) => a + (b - m) ** 2, 0) / (rest.length - 1));
    near(leftOut, (held.profile[index] - m) / s, 1e-4 * Math.max(1, Math.abs(leftOut) ** 2), `filter ${index} left out`);
  }
  const { out } = await ok(['explain', 'renamed.png', ...common, '--label', 'dog', '--run', 'run']);
  const text = out.replace(/\s+/g, ' ');
  assert.match(text, /standardized saliency left out/);
  assert.match(text, /statistics are of 6 pictures only: .* one of those the statistics are of \(sample 3 of run\)/);
  assert.match(text, /within its own 6, no score can pass 2\.04;/);
  assert.is((await json('picture.png', '--label', 'dog', '--run', 'run')).among, undefined);
  const relabelled = await ok(['explain', 'pictures/dog 1.png', ...common, '--label', 'cat', '--run', 'run']);
  assert.match(relabelled.out.replace(/\s+/g, ' '), /\(sample 3 of run\), with another label there\./);
  for (const made of ['pictures', 'renamed.png', 'run']) rmSync(at(made), { recursive: true });
});

explains('--quiet with a file says nothing at all', async () => {
  const { out, err } = await ok([...explain, '--label', '1', '--json', 'quiet.json', '--quiet']);
  assert.equal([out, err], ['', '']);
});

explains.run();

// ---------------------------------------------------------------- run and doctor

const runs = suite('misfire run');

runs('writes each output; a folder that is not there is made', async () => {
  await ok(['run', 'tiny.onnx', 'x.npy', '--out', 'made', '--quiet']);
  assert.equal(readdirSync(at('made')), ['logits.npy']);
  const { data, shape } = parseFloatNpy(readFileSync(at('made/logits.npy')));
  assert.equal(shape, [2, 3]);
  tinyLogits(weights.conv, weights, x).forEach((z, k) => near(data[k], z, 1e-5, `logit ${k}`));
});

runs('--list shows ops, shapes and filters', async () => {
  const { out } = await ok(['run', 'tiny.onnx', '--list']);
  assert.match(out, /opset 13/);
  assert.match(out, /input +image +float +\[N, 3, 8, 8\]/);
  assert.match(out, /5 nodes: Conv 1, Flatten 1, Gemm 1, GlobalAveragePool 1, Relu 1/);
  assert.match(out, /conv +conv\.weight +4x3x3x3 +0 +4 +1x3x8x8 +1x4x8x8/);
});

const onnxTest = join(shared, 'data/onnx-tests/test_Conv2d_padding');
if (skipUnless(existsSync(onnxTest), 'misfire run on an ONNX test: ../shared/data/onnx-tests is absent')) {
  runs('reads TensorProto files', async () => {
    await ok(['run', join(onnxTest, 'model.onnx'), join(onnxTest, 'test_data_set_0/input_0.pb'), '--out', 'conv', '--quiet']);
    assert.is(readdirSync(at('conv')).length, 1);
  });
}

runs('doctor names the adapter', async () => {
  const { out } = await ok(['doctor']);
  assert.match(out, /^used +\S.*: the /m);
  assert.match(out, /maxStorageBufferBindingSize/);
});

runs('doctor --json says the same for a program', async () => {
  const found = JSON.parse((await ok(['doctor', '--json'])).out);
  assert.equal([found.node, found.error], [process.versions.node, null]);
  assert.ok(found.adapters.length > 0 && found.adapter.limits.maxBufferSize > 0, JSON.stringify(found));
});

runs.run();

// ---------------------------------------------------------------- errors

const errors = suite('errors: one sentence, exit code 1 or 2, no file');

writeFileSync(at('empty'), '');
writeFileSync(at('random'), Uint8Array.from({ length: 3000 }, (_, k) => (k * k * 31) % 251));
writeFileSync(at('half.onnx'), model.subarray(0, model.length >> 1));
writeFileSync(at('half.png'), png.subarray(0, png.length >> 1));
writeFileSync(at('op.onnx'), tinyModel(weights, { relu: 'Nonesuch' }));
writeFileSync(at('away.onnx'), tinyModel(weights, { external: 'weights.bin' }));
writeFileSync(at('outside.onnx'), tinyModel(weights, { external: '../weights.bin' }));
writeFileSync(at('nan.onnx'), tinyModel({ ...weights, conv: weights.conv.map((v, k) => (k === 5 ? NaN : v)) }));
writeFileSync(at('short.json'), JSON.stringify({ ...stats, mean: [1], std: [1] }));
writeFileSync(at('other.json'), JSON.stringify({ ...stats, model: '0'.repeat(64) }));
writeFileSync(at('kind.json'), JSON.stringify({ ...stats, aggregation: 'abs-mean' }));
writeFileSync(at('two.txt'), 'cat\ndog\n');
writeFileSync(at('mean.npy'), writeNpy(ndarray(Float64Array.of(1, 2, 3), [3])));
writeFileSync(at('bytes.npy'), writeNpy(ndarray(rgb, [3, 8, 8])));
writeFileSync(at('small.npy'), writeNpy(ndarray(new Float32Array(3 * 4 * 4), [3, 4, 4])));
writeFileSync(at('nan.npy'), writeNpy(ndarray(new Float32Array(192).fill(NaN), [3, 8, 8])));
mkdirSync(at('subfolder'));

const withModel = (file: string) => ['explain', 'x.npy', '--model', file, '--label', '0'];
const withPicture = (file: string) => ['explain', file, '--model', 'tiny.onnx', '--preprocess', 'how.json', '--label', '0'];
const withLabel = (label: string, ...more: string[]) => [...explain, '--label', label, ...more];

const cases: readonly (readonly [what: string, args: readonly string[], message: RegExp, env?: Record<string, string>])[] = [
  ['a missing model', withModel('none.onnx'), /Cannot read none\.onnx: it does not exist/],
  ['an empty model', withModel('empty'), /empty.*is empty/],
  ['a random model', withModel('random'), /random is no ONNX model/],
  ['half a model', withModel('half.onnx'), /half\.onnx is no ONNX model, or is cut short/],
  ['an unsupported op', withModel('op.onnx'), /Nonesuch at node "relu" \(opset 13\)/],
  ['missing external data', withModel('away.onnx'), /"weights\.bin".*does not exist/],
  ['external data outside the folder', withModel('outside.onnx'), /"\.\.\/weights\.bin".*refused/],
  ['a NaN weight', withModel('nan.onnx'), /"conv\.weight".*NaN/],
  ['a missing picture', withPicture('none.png'), /Cannot read none\.png: it does not exist/],
  ['an empty picture', withPicture('empty'), /Cannot read empty: it is empty/],
  ['a random picture', withPicture('random'), /random is not a JPEG, PNG or WebP picture/],
  ['half a picture', withPicture('half.png'), /half\.png is a damaged picture/],
  ['bytes for an input', withPicture('bytes.npy'), /bytes\.npy holds whole numbers/],
  ['an input of another size', withPicture('small.npy'), /3 x 4 x 4, but tiny\.onnx takes 3 x 8 x 8/],
  ['NaN in an input', withPicture('nan.npy'), /nan\.npy holds a value that is not finite/],
  ['a label out of range', withLabel('3'), /Label 3 is out of range: the model has 3 classes, 0 to 2/],
  ['an unknown class', withLabel('fox'), /"fox" is no class of classes\.txt; the nearest names are "red fox" \(2\)/],
  ['two labels for one picture', withLabel('0,1'), /2 labels for 1 samples/],
  ['classes of another model', ['explain', 'x.npy', '--model', 'tiny.onnx', '--classes', 'two.txt', '--label', 'cat'],
    /two\.txt names 2 classes, but tiny\.onnx has 3/],
  ['statistics of another length', withLabel('0', '--stats', 'short.json'), /short\.json has statistics of 1 filters; this model has 4/],
  ['statistics of another model', withLabel('0', '--stats', 'other.json'), /other\.json was computed with another model/],
  ['statistics of another kind', withLabel('0', '--stats', 'kind.json'), /'abs-mean' statistics/],
  ['three files of statistics', withLabel('0', '--stats', 'mean.npy,mean.npy,mean.npy'), /--stats takes one JSON file, or two \.npy files/],
  ['arrays of another length', withLabel('0', '--stats', 'mean.npy,mean.npy'), /statistics of 3 filters/],
  ['no preprocessing for this size', ['explain', 'picture.png', '--model', 'tiny.onnx', '--label', '0'], /say with --preprocess/],
  ['an unknown preprocessing', ['explain', 'picture.png', '--model', 'tiny.onnx', '--preprocess', 'mnist', '--label', '0'],
    /no preprocessing "mnist"/],
  ['a picture of another size', ['explain', 'picture.png', '--model', 'tiny.onnx', '--preprocess', 'imagenet', '--label', '0'],
    /3 x 224 x 224, but tiny\.onnx takes 3 x 8 x 8/],
  ['a folder for --json', withLabel('0', '--json', 'subfolder'), /Cannot write subfolder: it is a folder/],
  ['a missing folder for --json', withLabel('0', '--json', 'none/out.json'), /the folder none does not exist/],
  ['an unknown adapter', withLabel('0', '--adapter', 'Voodoo'), /no adapter matches 'Voodoo'/],
  ['no adapter', withLabel('0'), /no WebGPU adapter was found.*misfire doctor/, { VK_DRIVER_FILES: at('none'),
    VK_ICD_FILENAMES: at('none') }],
  ['no label', ['explain', 'picture.png', '--model', 'tiny.onnx'], /required option '--label <label>' not specified/],
  ['an unknown option', withLabel('0', '--bogus'), /unknown option '--bogus'/],
  ['a batch of 0', withLabel('0', '--batch', '0'), /--batch <count>.*at least 1/],
  ['run with an input too few', ['run', 'tiny.onnx', '--out', 'bad'], /tiny\.onnx has 1 input \(image\), but 0 files were given/],
  ['run with an input of another shape', ['run', 'tiny.onnx', 'small.npy', '--out', 'bad'],
    /small\.npy has shape \[3, 4, 4\], but input "image" of tiny\.onnx takes \[N, 3, 8, 8\]/],
  ['run without a place for the outputs', ['run', 'tiny.onnx', 'x.npy'], /--out FOLDER/],
  ['run into a file', ['run', 'tiny.onnx', 'x.npy', '--out', 'how.json'], /it is a file, not a folder/],
];

/** What is wrong in the command line itself ends with 2, all else with 1. */
const MISUSE = new Set(['an unknown preprocessing', 'three files of statistics', 'no label', 'an unknown option', 'a batch of 0',
  'run without a place for the outputs']);
const before = new Set(readdirSync(folder));
for (const [what, args, message, env] of cases) {
  errors(what, async () => {
    const json = args[0] === 'explain' && !args.includes('--json') ? ['--json', 'bad.json'] : [];
    const { code, out, err } = await misfire([...args, ...json], env);
    assert.is(code, MISUSE.has(what) ? 2 : 1, `exit code ${code}: ${err}`);
    const said = err.split('\n').filter((line) => line !== '' && !/a software adapter/.test(line));
    assert.is(said.length, 1, `one line, not: ${err}`);
    assert.match(said[0], /^misfire: .+\.$/);
    assert.match(said[0], message);
    assert.is(out, '');
    const left = readdirSync(folder).filter((name) => !before.has(name) && !['out.json', 'quiet.json', 'made', 'conv'].includes(name));
    assert.equal(left, [], 'no file is left behind');
  });
}

errors('--json on standard output says it there too', async () => {
  for (const [args, code] of [[[...withModel('none.onnx'), '--json', '-'], 1], [[...explain, '--json', '-'], 2], [['merge', 'none',
    '--json', '--out', 'm'], 1], [['merge', '--json'], 2], [['prune', 'none', '--json'], 1], [['prune', 'none', '--json', '--bogus'],
    2]] as const) {
    const ended = await misfire(args);
    assert.is(ended.code, code, ended.err);
    assert.equal(`misfire: ${JSON.parse(ended.out).error}\n`, ended.err);
  }
  assert.equal((await misfire(['prune', 'none', '--json', 'bad.json'])).out, '');
});

errors('--help and --version are no errors', async () => {
  for (const args of [['--help'], ['profile', '--help'], ['--version']]) assert.is((await ok(args)).err, '');
});

errors.run();

// ---------------------------------------------------------------- golden

const golden = join(shared, 'golden/cifar10-resnet20');
const real = suite('misfire explain on ResNet-20');

if (skipUnless(existsSync(golden), 'misfire explain on ResNet-20: ../shared/golden is absent')) {
  real('the same logits and top ten as float64 PyTorch', async () => {
    const meta = JSON.parse(readFileSync(join(golden, 'meta.json'), 'utf8')) as { labels: number[]; predicted: number[];
      top10: number[][] };
    const { out } = await ok([
      'explain',
      join(golden, 'inputs.npy'),
      '--model',
      join(shared, 'data/models/cifar10-resnet20.onnx'),
      '--label',
      meta.labels.join(','),
      '--stats',
      `${join(golden, 'mean.npy')},${join(golden, 'std.npy')}`,
      '--json',
      '-',
    ]);
    const { samples } = JSON.parse(out) as { samples: { predicted: number; logits: number[]; top: { index: number }[] }[] };
    const logits = parseNpy(readFileSync(join(golden, 'logits.npy')));
    samples.forEach((s, n) => {
      s.logits.forEach((z, k) => near(z, Number(logits.get(n, k)), 1e-4, `logit ${k} of sample ${n}`));
      assert.equal(s.top.map(({ index }) => index), meta.top10[n], `sample ${n}`);
    });
    assert.equal(samples.map((s) => s.predicted), meta.predicted);
  });
}

real.after(() => rmSync(folder, { recursive: true }));
real.run();
