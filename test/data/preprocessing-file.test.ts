/** Files that say how pictures are prepared: this program's JSON, Hugging Face's preprocessor_config.json, timm's config.json. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { frame, frameOf } from '../../src/data/framing.js';
import { fitted, type InputForm } from '../../src/data/input-form.js';
import { normalizationOf, preprocess, PREPROCESSINGS } from '../../src/data/preprocess.js';
import { parsePreprocessing } from '../../src/data/preprocessing-file.js';

const parse = (json: object, input: InputForm | null = null) => parsePreprocessing(JSON.stringify(json), 'p.json', input);
const takes = (more: Partial<InputForm> = {}): InputForm => ({ name: 'm.onnx', channels: 3, height: 224, width: 224, channelsLast: false,
  whole: null, ...more });
const colours = { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] };
const uint8 = { type: 'uint8', low: 0, high: 255 };
const dot = { width: 2, height: 1, data: Uint8Array.of(0, 51, 255, 102, 204, 153) };

// ---------------------------------------------------------------- our own JSON

const own = suite('own JSON');

own("crop_pct is timm's: the crop over it, rounded down", () => {
  assert.equal(parse({ crop: 224, crop_pct: 0.9, interpolation: 'bicubic', ...colours }), { resize: 248, interpolation: 'bicubic',
    crop: 224, ...colours });
  assert.equal(parse({ crop_pct: 0.875, ...colours }, takes()), { resize: 256, crop: 224, ...colours });
  assert.equal(parse({ crop: [160, 320], crop_pct: 1, ...colours }), { resize: [160, 320], fit: 'cover', crop: [160, 320], ...colours });
});

own('[height, width] is stretched to; a letterbox lies within, grey at its edges', () => {
  assert.equal(parse({ resize: [96, 128], ...colours }), { resize: [96, 128], crop: null, ...colours });
  const box = { resize: [64, 64], fit: 'contain', crop: [64, 64], fill: [114, 114, 114], ...colours };
  assert.equal(parse({ resize: { letterbox: 64 }, ...colours }), box);
  assert.equal(parse({ resize: [64, 64], fit: 'letterbox', ...colours }), box);
  assert.equal(parse({ resize: 'letterbox', crop: 64, ...colours }), box);
  const out = frame({ width: 100, height: 50, data: new Uint8Array(15_000).fill(9) },
    parse({ resize: { letterbox: 64, fill: 7 }, ...colours }));
  assert.equal([out.width, out.height, out.data[0], out.data[16 * 64 * 3 - 1], out.data[16 * 64 * 3], out.data[48 * 64 * 3]], [64, 64, 7, 7,
    9, 7]);
});

own('grey, order and scale', () => {
  assert.equal([...preprocess(dot, parse({ resize: null, crop: null, order: 'BGR', scale: '0..255' })).data], [255, 153, 51, 204, 0, 102]);
  assert.equal([...preprocess(dot, parse({ resize: null, crop: null, channels: 1, scale: [0, 255] })).data], [59, 168]); // Pillow's L
  const signed = preprocess(dot, parse({ resize: null, crop: null, scale: '-1..1' })).data;
  [-1, -0.2, -0.6, 0.6, 1, 0.2].forEach((v, k) => assert.ok(Math.abs(signed[k] - v) < 1e-6, `value ${k} is ${signed[k]}, not ${v}`));
  const { mean, std } = normalizationOf(parse({ resize: null, crop: null, scale: '0..255', mean: [127.5], std: [255] }));
  assert.equal([mean, std], [[0.5, 0.5, 0.5], [1, 1, 1]]);
});

for (const [what, json, message] of [
  ['two sizes', { resize: 256, crop: 224, crop_pct: 1, ...colours }, /both "resize" and "crop_pct"/],
  ['a share of 2', { crop: 224, crop_pct: 2, ...colours }, /"crop_pct" must be above 0 and at most 1.*is 2/],
  ['no size anywhere', { crop_pct: 1, ...colours }, /leaves "crop" to the model, whose file leaves its size open/],
  ['another filter', { resize: 8, crop: 8, interpolation: 'cubic', ...colours }, /"interpolation" must be bilinear, bicubic, .*is "cubic"/],
  ['two channels', { resize: 8, crop: 8, channels: 2, ...colours }, /"channels" must be 1 or 3, but is 2/],
  ['another order', { resize: 8, crop: 8, order: 'GRB', ...colours }, /"order" must be "RGB" or "BGR", but is "GRB"/],
  ['another scale', { resize: 8, crop: 8, scale: 255, ...colours }, /"scale" must be \[0, 1\], \[0, 255\]/],
  ['three means for grey', { resize: 8, crop: 8, channels: 1, ...colours }, /"mean" must be one of the numbers/],
  ['a fit of another name', { resize: { stretch: 8 }, ...colours }, /"resize" must be a number, \[height, width\]/],
] as const) {
  own(`refuses ${what}`, () => assert.throws(() => parse(json), message));
}

own.run();

// ---------------------------------------------------------------- Hugging Face

const face = suite('preprocessor_config.json');
const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const norm = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

for (const [what, json, want] of [
  ['ViT of before: a number is a square', { feature_extractor_type: 'ViTFeatureExtractor', do_normalize: true, do_resize: true, resample: 2,
    size: 224, ...half }, { resize: [224, 224], crop: null, ...norm }],
  ['ViT', { image_processor_type: 'ViTImageProcessor', do_rescale: true, rescale_factor: 0.00392156862745098, do_normalize: true,
    do_resize: true, resample: 3, size: { height: 384, width: 384 }, ...half }, { resize: [384, 384], crop: null, interpolation: 'bicubic',
    ...norm }],
  ['CLIP of before: a number is the shorter side', { feature_extractor_type: 'CLIPFeatureExtractor', crop_size: 224, do_center_crop: true,
    do_normalize: true, do_resize: true, resample: 3, size: 224, ...half }, { resize: 224, crop: 224, interpolation: 'bicubic',
    middle: 'floor', ...norm }],
  ['shortest_edge', { image_processor_type: 'BitImageProcessor', crop_size: { height: 224, width: 224 }, do_center_crop: true,
    do_normalize: true, do_resize: true, resample: 3, size: { shortest_edge: 256 }, ...half }, { resize: 256, crop: 224,
    interpolation: 'bicubic', middle: 'floor', ...norm }],
  ['ResNet and ConvNeXt: crop_pct below 384', { feature_extractor_type: 'ConvNextFeatureExtractor', crop_pct: 0.875, do_normalize: true,
    do_resize: true, resample: 3, size: 224, ...half }, { resize: 256, crop: 224, interpolation: 'bicubic', middle: 'floor', ...norm }],
  ['ConvNeXt from 384: all of it', { image_processor_type: 'ConvNextImageProcessor', do_resize: true, resample: 3,
    size: { shortest_edge: 384 }, ...half }, { resize: [384, 384], crop: null, interpolation: 'bicubic', ...norm }],
  ['MobileViT: BGR, no normalization', { image_processor_type: 'MobileViTImageProcessor', crop_size: { height: 256, width: 256 },
    do_center_crop: true, do_flip_channel_order: true, do_resize: true, do_normalize: false, resample: 2, size: { shortest_edge: 288 } }, {
    resize: 288,
    crop: 256,
    middle: 'floor',
    order: 'BGR',
    mean: [0],
    std: [1],
  }],
  ['no rescaling', { do_resize: false, do_center_crop: false, do_rescale: false, do_normalize: false }, { resize: null, crop: null,
    scale: [0, 255], mean: [0], std: [1] }],
  ['EfficientNet: nearest, from -1, the deviation twice', { image_processor_type: 'EfficientNetImageProcessor', do_resize: true,
    do_center_crop: false, do_rescale: true, rescale_factor: 1 / 127.5, rescale_offset: true, do_normalize: true, resample: 0,
    size: { height: 224, width: 224 }, ...half }, { resize: [224, 224], crop: null, interpolation: 'nearest', scale: [-1, 1],
    mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }],
  ['within processor_config.json', { processor_class: 'X',
    image_processor: { do_resize: true, size: { height: 8, width: 6 }, resample: 2, ...half } }, { resize: [8, 6], crop: null, ...norm }],
] as const) {
  face(what, () => assert.equal(parse(json), want));
}

face('the middle of an odd rest is the pixel before, as NumPy cuts it; torchvision takes the even one', () => {
  const picture = { width: 11, height: 8 };
  assert.is(frameOf(picture, { resize: null, crop: 8 }).left, 2); // 1.5
  assert.is(frameOf(picture, { resize: null, crop: 8, middle: 'floor' }).left, 1);
  assert.is(frameOf({ width: 5, height: 8 }, { resize: null, crop: 8, middle: 'floor' }).left, -2); // padded by two, then one
});

for (const [what, json, message] of [
  ['padding', { do_pad: true, size: 8, ...half }, /"do_pad" is true, which cannot be done here/],
  ['a longest edge', { size: { longest_edge: 8 }, ...half }, /"size" must be a number/],
  ['no mean', { size: 8, do_normalize: true }, /"image_mean".*is missing/],
  ['an unknown filter', { size: 8, resample: 9, ...half }, /"resample" must be .*is 9/],
] as const) {
  face(`refuses ${what}`, () => assert.throws(() => parse(json), message));
}

face.run();

// ---------------------------------------------------------------- timm

const timm = suite("timm's config.json");
const cfg = { input_size: [3, 224, 224], crop_pct: 0.95, crop_mode: 'center', interpolation: 'bicubic', ...colours };

timm('center, squash, border', () => {
  const whole = { architecture: 'resnet50', num_classes: 10, pretrained_cfg: { tag: 'a1', ...cfg } };
  assert.equal(parse(whole), { resize: 235, crop: 224, interpolation: 'bicubic', ...colours });
  assert.equal(parse({ ...cfg, crop_mode: 'squash' }), { resize: [235, 235], crop: 224, interpolation: 'bicubic', ...colours });
  assert.equal(parse({ ...cfg, crop_mode: 'border', crop_pct: 1 }), { resize: [224, 224], fit: 'contain', crop: 224, fill: [26, 51, 77],
    interpolation: 'bicubic', ...colours });
});

timm('the test size where the model takes it', () => {
  const both = { ...cfg, test_input_size: [3, 288, 288], test_crop_pct: 1 };
  assert.is(parse(both, takes()).resize, 235);
  assert.equal(parse(both, takes({ height: 288, width: 288 })), { resize: 288, crop: 288, interpolation: 'bicubic', ...colours });
});

timm('no square, one channel', () => {
  assert.equal(parse({ ...cfg, input_size: [3, 128, 256], crop_pct: 0.8 }), { resize: [160, 320], fit: 'cover', crop: [128, 256],
    ...colours });
  assert.is(parse({ ...cfg, input_size: [1, 28, 28], mean: [0.1], std: [0.3] }).channels, 1);
  // 100 x 60 covers 160 x 320: wide enough is 320 x 192.
  assert.equal(frameOf({ width: 100, height: 60 }, parse({ ...cfg, input_size: [3, 160, 320], crop_pct: 1 })).size, { width: 320,
    height: 192 });
});

timm('refuses another mode',
  () => assert.throws(() => parse({ ...cfg, crop_mode: 'random' }), /"crop_mode" must be center, squash, border/));

timm.run();

// ---------------------------------------------------------------- fitted to the model

const fits = suite('fitted');
const { imagenet } = PREPROCESSINGS;

fits('what was right before stays the same object', () => assert.is(fitted(imagenet, takes(), 'imagenet'), imagenet));

fits('grey where the model takes one channel', () => {
  const how = parse({ resize: 8, crop: 8, mean: [0.5], std: [0.25] });
  assert.equal(fitted(how, takes({ channels: 1, height: 8, width: 8 }), 'p.json'), { ...how, channels: 1 });
});

fits('bytes where the model takes bytes, written as decimals or as a scale', () => {
  const d = 0.00392156862745098;
  const how = fitted(parse({ resize: 256, crop: 224, mean: [0, 0, 0], std: [d, d, d] }), takes({ whole: uint8 }), 'raw');
  const x = preprocess(frame({ width: 2, height: 1, data: dot.data }, { resize: null, crop: null }), { ...how, resize: null, crop: null });
  assert.equal([...x.data], [0, 102, 51, 204, 255, 153]);
  assert.equal(fitted(parse({ resize: 256, crop: 224, scale: '0..255' }), takes({ whole: uint8 }), 'raw'), how);
});

for (const [what, how, input, message] of [
  ['colours for bytes', imagenet, takes({ whole: uint8 }),
    /m.onnx takes whole numbers \(uint8\), 0 to 255, but it makes others.*"scale": \[0, 255\]/],
  ['three means for grey', imagenet, takes({ channels: 1 }), /3 different values of mean.*"mean": \[0.5\]/],
  ['four channels', imagenet, takes({ channels: 4 }), /takes 4 channels/],
  ['another size', imagenet, takes({ height: 192, width: 256 }), /it gives an input of 3 x 224 x 224, but m.onnx takes 3 x 192 x 256/],
] as const) {
  fits(`refuses ${what}`, () => assert.throws(() => fitted(how, input, 'it'), message));
}

fits.run();
