/** What a picture becomes for models of other inputs: bytes, grey, channels last; what the file itself says; accuracy at chance. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import sharp from 'sharp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { loadModel } from '../../src/onnx/model.js';
import { pictureInput } from '../../src/onnx/picture-input.js';
import { misfire } from '../../reference/command.js';
import { shared } from '../../reference/paths.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { openNetwork } from '../../tools/explain/open.js';
import { openModel } from '../../tools/shared/model-file.js';
import { closeDevices, devices } from '../support/device.js';
import { fails } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';

const { ModelProto } = onnxProto.onnx;
const folder = mkdtempSync(join(tmpdir(), 'misfire-preprocess-'));
const at = (name: string): string => join(folder, name);

/** The tiny network with another input; `before` names the ops between it and the convolution. */
interface Variant {
  readonly dims?: readonly (number | string)[];
  readonly type?: number;
  readonly before?: readonly ('Cast' | 'Transpose')[];
  readonly channels?: 1;
  readonly metadata?: Readonly<Record<string, string>>;
}

function variant({ dims = ['N', 3, 8, 8], type = 1, before = [], channels, metadata = {} }: Variant): Uint8Array {
  const weights = tinyWeights();
  const model = ModelProto.decode(tinyModel(weights));
  const graph = model.graph!;
  const ops = before.map((opType, k) => ({ opType, name: opType, input: [k === 0 ? 'image' : `pre${k - 1}`], output: [`pre${k}`],
    attribute: [opType === 'Cast' ? { name: 'to', type: 2, i: 1 } : { name: 'perm', type: 7, ints: [0, 3, 1, 2] }] })
  );
  if (ops.length > 0) graph.node![0].input![0] = `pre${ops.length - 1}`;
  if (channels) {
    const conv = graph.initializer![0];
    const one = Float32Array.from({ length: 36 }, (_, k) => weights.conv[Math.floor(k / 9) * 27 + (k % 9)]);
    conv.dims = [4, 1, 3, 3] as never;
    conv.rawData = new Uint8Array(one.buffer);
  }
  const shape = { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) };
  return ModelProto.encode(ModelProto.fromObject({
    ...model,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: { ...graph, node: [...ops, ...graph.node!], input: [{ name: 'image', type: { tensorType: { elemType: type, shape } } }] },
  })).finish();
}

const LAST = ['N', 8, 8, 3], UINT8 = 2;
const rgb = Uint8Array.from({ length: 8 * 8 * 3 }, (_, k) => (k * 37) % 256);
/** [3,8,8] of f(byte, channel). */
const prepared = (f: (v: number, c: number) => number): Float32Array =>
  Float32Array.from({ length: 192 }, (_, k) => f(rgb[(k % 64) * 3 + Math.floor(k / 64)], Math.floor(k / 64)));
const array = (name: string, data: Float32Array | Uint8Array, shape: number[]): void =>
  writeFileSync(at(name), writeNpy(ndarray(data, shape)));

await sharp(rgb, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at('picture.png'));
writeFileSync(at('how.json'), JSON.stringify({ resize: null, crop: null, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] }));
writeFileSync(at('bytes.json'), JSON.stringify({ resize: null, crop: null, scale: '0..255' }));
writeFileSync(at('one.json'), JSON.stringify({ resize: null, crop: null, mean: [0.25], std: [0.5] }));
writeFileSync(at('first.onnx'), variant({}));

/** As float32 in float64, which is how statistics of one sample are written. */
const nearest = (v: number): number => Math.fround(v);

/** What `misfire explain` computes of the first sample, and what it says of preprocessing. */
async function explained(file: string, model: string, preprocess?: string, label = 1, where = folder) {
  const inside = (name: string): string => join(where, name);
  const { samples, network, notices } = await openNetwork(await openModel(inside(model)), [inside(file)], preprocess && inside(preprocess));
  const [{ device }] = await devices();
  const explainer = new Explainer(network, device);
  const [{ logits, loss, profile }] = await explainer.explain([(await samples[0].read()).data], [label]);
  explainer.destroy();
  return { result: { logits: [...logits], loss, profile: [...profile] }, said: notices.join('\n') };
}

const becomes = suite('what a picture becomes');

becomes('channels last: the bits of the same network with channels first, picture and array', async () => {
  writeFileSync(at('last.onnx'), variant({ dims: LAST, before: ['Transpose'] }));
  writeFileSync(at('open.onnx'), variant({ dims: ['N', 'H', 'W', 3], before: ['Transpose'] }));
  const { result } = await explained('picture.png', 'first.onnx', 'how.json');
  assert.equal((await explained('picture.png', 'last.onnx', 'how.json')).result, result);
  assert.equal((await explained('picture.png', 'open.onnx', 'how.json')).result, result);
  const x = prepared((v, c) =>
    Math.fround(Math.fround(Math.fround(v / 255) - Math.fround([0.4, 0.5, 0.6][c])) / Math.fround([0.2, 0.3, 0.4][c]))
  );
  array('last.npy', Float32Array.from({ length: 192 }, (_, k) => x[(k % 3) * 64 + Math.floor(k / 3)]), [1, 8, 8, 3]);
  assert.equal((await explained('last.npy', 'last.onnx')).result, result);
  assert.equal((await explained('last.npy', 'open.onnx')).result, result);
});

becomes('channels last: a run and its experiments read arrays in that order', async () => {
  array('many.npy', Float32Array.from({ length: 6 * 192 }, (_, k) => Math.sin(k * k)), [6, 8, 8, 3]);
  array('labels.npy', Uint8Array.of(0, 1, 2, 0, 1, 2), [6]);
  const run = await misfire(['profile', 'many.npy,labels.npy', '--model', 'last.onnx', '--out', 'run', '--quiet', '--json'], folder);
  assert.is(run.code, 0, run.err);
  assert.equal(JSON.parse(readFileSync(at('run/meta.json'), 'utf8')).model.pictureShape, [3, 8, 8]);
  const mask = await misfire(['mask', 'run', '--quiet', '--json', '-', '--limit', '1', '--draws', '1', '--top', '1', '--shares', '0.1'],
    folder);
  assert.is(mask.code, 0, mask.err);
});

becomes('bytes: 0 to 255, from a picture and from a uint8 array', async () => {
  writeFileSync(at('uint8.onnx'), variant({ type: UINT8, before: ['Cast'] }));
  writeFileSync(at('uint8-last.onnx'), variant({ type: UINT8, dims: LAST, before: ['Cast', 'Transpose'] }));
  array('floats.npy', prepared((v) => v), [1, 3, 8, 8]);
  array('bytes.npy', Uint8Array.from(prepared((v) => v)), [3, 8, 8]);
  array('bytes-last.npy', rgb, [8, 8, 3]);
  const { result } = await explained('floats.npy', 'first.onnx');
  for (const [file, model] of [['picture.png', 'uint8.onnx'], ['picture.png', 'uint8-last.onnx']]) {
    assert.equal((await explained(file, model, 'bytes.json')).result, result, model);
  }
  for (const [file, model] of [['bytes.npy', 'uint8.onnx'], ['bytes-last.npy', 'uint8-last.onnx']]) {
    assert.equal((await explained(file, model)).result, result, model);
  }
  array('label.npy', Uint8Array.of(1), [1]);
  const run = await misfire(['profile', 'bytes-last.npy,label.npy', '--model', 'uint8-last.onnx', '--out', 'bytes', '--json'], folder);
  assert.is(run.code, 0, run.err);
  assert.equal(JSON.parse(readFileSync(at('bytes/stats.json'), 'utf8')).mean, result.profile.map(nearest));
  await fails(() => explained('picture.png', 'uint8.onnx', 'how.json'),
    /uint8.onnx takes whole numbers \(uint8\), 0 to 255, but .*how.json makes others of a picture/);
});

becomes("one channel: Pillow's L, scaled and normalized by one number", async () => {
  writeFileSync(at('grey.onnx'), variant({ dims: ['N', 1, 8, 8], channels: 1 }));
  const luma = Float32Array.from({ length: 64 }, (_, k) => {
    const l = Math.floor((rgb[3 * k] * 19595 + rgb[3 * k + 1] * 38470 + rgb[3 * k + 2] * 7471 + 32768) / 65536);
    return Math.fround(Math.fround(l / 255) - 0.25) / 0.5;
  });
  array('grey.npy', luma, [1, 8, 8]);
  const { result } = await explained('grey.npy', 'grey.onnx');
  writeFileSync(at('grey-last.onnx'), variant({ dims: ['N', 8, 8, 1], before: ['Transpose'], channels: 1 }));
  assert.equal((await explained('picture.png', 'grey-last.onnx', 'one.json')).result, result);
  await fails(() => explained('picture.png', 'grey.onnx'),
    /but 8 x 8: say with --preprocess how they are prepared, by a JSON file such as \{"resize": \[8, 8\], "mean": \[0.5\]/);
});

becomes('the order of dimensions is taken from the graph, else from the extents', () => {
  const last = (more: Variant): boolean => pictureInput(loadModel(variant(more))).channelsLast;
  assert.is(last({}), false);
  assert.is(last({ dims: ['N', 'C', 'H', 'W'] }), false);
  assert.is(last({ dims: ['N', 'H', 'W', 'C'], before: ['Cast', 'Transpose'] }), true);
  assert.is(last({ dims: ['N', 1, 3, 3], channels: 1 }), false);
});

becomes('names and preprocessing that stand in the file are taken and announced; options go before', async () => {
  const metadata = { names: `{0: 'cat', 1: 'dog', 2: 'red fox'}`, mean: '[0.4, 0.5, 0.6]', std: '[0.2, 0.3, 0.4]', crop_pct: '1.0' };
  writeFileSync(at('told.onnx'), variant({ metadata }));
  const { result } = await explained('picture.png', 'first.onnx', 'how.json');
  const told = await misfire(['explain', 'picture.png', '--model', 'told.onnx', '--label', 'dog', '--json', '-'], folder);
  assert.is(told.code, 0, told.err);
  const [sample] = JSON.parse(told.out).samples;
  assert.equal(sample.profile.map(nearest), result.profile.map(nearest));
  assert.match(told.err,
    /pictures are prepared as told.onnx itself says \(mean, std, crop_pct\): RGB, .*shorter side 8.* mean 0.4 0.5 0.6/);
  assert.match(told.err, /the classes are called as told.onnx itself says \(names\): class 0 is cat, class 2 red fox/);
  const own = await explained('picture.png', 'told.onnx', 'one.json');
  assert.not.match(own.said, /pictures are prepared as/);
});

becomes('folders are found by the names in the file; where they have others, by their order as before', async () => {
  for (const [tree, names] of [['named', ['dog', 'cat', 'red_fox']], ['other', ['a', 'b', 'c']]] as const) {
    for (const name of names) {
      mkdirSync(at(`${tree}/${name}`), { recursive: true });
      writeFileSync(at(`${tree}/${name}/1.png`), readFileSync(at('picture.png')));
    }
    const run = await misfire(['profile', tree, '--model', 'told.onnx', '--out', `run-${tree}`, '--json'], folder);
    assert.is(run.code, 0, run.err);
    const { data } = JSON.parse(readFileSync(at(`run-${tree}/meta.json`), 'utf8'));
    assert.equal(data.classNames, tree === 'named' ? ['cat', 'dog', 'red fox'] : ['a', 'b', 'c']);
    assert.match(run.err,
      tree === 'named' ? /classes are called as told.onnx itself says/ : /names of classes in told.onnx are left aside/);
  }
});

becomes('accuracy at chance on 50 samples is said to come from preprocessing or the order of classes', async () => {
  array('noise.npy', Float32Array.from({ length: 60 * 192 }, (_, k) => Math.sin(k * k)), [60, 3, 8, 8]);
  array('noise-labels.npy', Uint8Array.from({ length: 60 }, (_, k) => k % 3), [60]);
  const run = await misfire(['profile', 'noise.npy,noise-labels.npy', '--model', 'first.onnx', '--out', 'noise', '--json'], folder);
  assert.is(run.code, 0, run.err);
  assert.match(run.err, /of 60 named rightly is no better than chance among 3 classes: the likely cause is that pictures are prepared/);
});

becomes.after(() => rmSync(folder, { recursive: true }));
becomes.run();

// ---------------------------------------------------------------- what others met

const cases = join(shared, 'cases');
const met = suite('cases of others');
if (skipUnless(existsSync(cases), 'pictures of other kinds, as others met them: ../shared/cases is absent')) {
  const within = (name: string) => (file: string, model: string, preprocess?: string, label = 1) =>
    explained(file, model, preprocess, label, join(cases, name));

  met('uint8-nchw: 0 to 255 by default, as by raw255.json; a uint8 array as float64 PyTorch has it', async () => {
    const uint8 = within('uint8-nchw');
    const own = await uint8('gray.jpg', 'model224.onnx');
    assert.equal(own.result, (await uint8('gray.jpg', 'model224.onnx', 'raw255.json')).result);
    assert.ok(Math.abs(own.result.loss - 0.9329) < 1e-4);
    assert.match(own.said, /takes whole numbers \(uint8\), so pictures become RGB/);
    const [logits, loss, profile] = JSON.parse(readFileSync(join(cases, 'uint8-nchw/ref.json'), 'utf8'));
    const { result } = await uint8('x.npy', 'model.onnx', undefined, 2);
    const want = [...logits, loss, ...profile];
    [...result.logits, result.loss, ...result.profile].forEach((v, k) =>
      assert.ok(Math.abs(v - want[k]) < 1e-5, `${k}: ${v}, not ${want[k]}`)
    );
  });

  met('one-channel: a grey picture, and one mean', async () => {
    const grey = within('one-channel');
    assert.match((await grey('gray.jpg', 'xray224.onnx')).said, /takes one channel, so pictures become grey/);
    assert.is((await grey('gray.jpg', 'model.onnx', 'mnist.json')).said, '');
  });

  met('nhwc: pictures laid out as the model has them, its size fixed or open', async () => {
    const last = within('nhwc');
    const fixed = await last('gray.jpg', 'model224.onnx');
    assert.equal((await last('gray.jpg', 'modeldyn.onnx')).result, fixed.result);
    await last('x.npy', 'model.onnx');
  });
}
met.after(closeDevices);
met.run();
