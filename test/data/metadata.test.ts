/** Names of classes and preprocessing as exporters write them into ONNX files. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { InputForm } from '../../src/data/input-form.js';
import { parseLiteral } from '../../src/data/literal.js';
import { classesInMetadata, preprocessingInMetadata } from '../../src/data/metadata.js';

// ---------------------------------------------------------------- literals

const literal = suite('literals');

literal('Python and JSON', () => {
  assert.equal(parseLiteral(`{0: 'a\\'b', 1: "it's", 2: 'caf\\xe9',}`), new Map([['0', "a'b"], ['1', "it's"], ['2', 'café']]));
  assert.equal(parseLiteral('(3, 224, 224)'), [3, 224, 224]);
  assert.equal(parseLiteral('[1, -2.5e-3, True, None, "\\u00e9", []]'), [1, -0.0025, true, null, 'é', []]);
});

literal('what is none is null, and nothing is evaluated', () => {
  for (const text of ['', 'cat, dog', '[1, 2', '{1: }', "{'a' 'b'}", '__import__("os")', '1 2', "'open", '['.repeat(1000)]) {
    assert.is(parseLiteral(text), null, text);
  }
});

literal.run();

// ---------------------------------------------------------------- names

const names = suite('names of classes');
const shown = (key: string, value: string, count = 3): string[] | null => {
  const found = classesInMetadata(new Map([[key, value]]), count, 'm.onnx');
  return found && Array.from({ length: found.classes.count }, (_, k) => found.classes.show(k));
};

for (const [what, key, value] of [
  ["Ultralytics' dictionary", 'names', `{0: 'cat', 2: 'red fox', 1: 'dog'}`],
  ["Hugging Face's id2label", 'id2label', '{"0": "cat", "1": "dog", "2": "red fox"}'],
  ['label2id', 'label2id', '{"cat": 0, "red fox": 2, "dog": 1}'],
  ['a list as JSON', 'class_names', '["cat", "dog", "red fox"]'],
  ['a line each', 'labels', 'cat\ndog\nred fox\n'],
  ['commas', 'classes', 'cat, dog, red fox'],
  ['a key within another', 'model.classes', "('cat', 'dog', 'red fox')"],
] as const) {
  names(what, () => assert.equal(shown(key, value), ['cat', 'dog', 'red fox']));
}

names('what names another number of classes, or one twice, is not taken', () => {
  assert.is(shown('names', `{0: 'cat', 1: 'dog'}`), null);
  assert.is(shown('names', `{0: 'cat', 0.5: 'dog', 1: 'fox'}`), null);
  assert.is(shown('classes', '3'), null);
  assert.is(shown('id2label', '{"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}'), null);
  assert.is(shown('description', 'cat, dog, red fox'), null);
});

names.run();

// ---------------------------------------------------------------- preprocessing

const how = suite('preprocessing in the file');
const input: InputForm = { name: 'm.onnx', channels: 3, height: 224, width: 224, channelsLast: false, whole: null };
const found = (metadata: Record<string, string>) => preprocessingInMetadata(new Map(Object.entries(metadata)), input)?.how ?? null;

how('Ultralytics', () => {
  const metadata = { description: 'YOLOv8n-cls', stride: '1', task: 'classify', batch: '1', imgsz: '[224, 224]', names: "{0: 'a'}" };
  assert.equal(found(metadata), { resize: 224, crop: 224, mean: [0], std: [1] });
});

how('Azure Custom Vision and Windows ML', () => {
  const vision = { 'CustomVision.Preprocess.NormalizeMean': '[0.0, 0.0, 0.0]', 'CustomVision.Preprocess.NormalizeStd': '[1.0, 1.0, 1.0]',
    'CustomVision.Preprocess.ResizeMethod': 'Stretch', 'CustomVision.Preprocess.TargetHeight': '224',
    'CustomVision.Preprocess.TargetWidth': '224', 'CustomVision.Preprocess.CropHeight': '0', 'CustomVision.Preprocess.CropWidth': '0' };
  const pixels = { 'Image.BitmapPixelFormat': 'Bgr8', 'Image.ColorSpaceGamma': 'SRGB', 'Image.NominalPixelRange': 'NominalRange_0_255' };
  assert.equal(found({ ...vision, ...pixels }), { resize: [224, 224], crop: null, order: 'BGR', scale: [0, 255], mean: [0, 0, 0],
    std: [1, 1, 1] });
  assert.equal(found({ ...pixels, 'Image.NominalPixelRange': 'Normalized_0_1', 'Image.BitmapPixelFormat': 'Rgb8' }), { resize: 224,
    crop: 224, mean: [0], std: [1] });
});

how("timm's configuration, whole or by its keys", () => {
  const colours = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] };
  const want = { resize: 248, crop: 224, interpolation: 'bicubic', ...colours };
  const cfg = { input_size: [3, 224, 224], crop_pct: 0.9, interpolation: 'bicubic', ...colours };
  assert.equal(found({ pretrained_cfg: JSON.stringify(cfg) }), want);
  assert.equal(found({ pretrained_cfg: `{'input_size': (3, 224, 224), 'crop_pct': 0.9, 'interpolation': 'bicubic', ` +
    `'mean': (0.1, 0.2, 0.3), 'std': (0.4, 0.5, 0.6), 'first_conv': None}` }), want);
  assert.equal(
    found({ input_size: '(3, 224, 224)', crop_pct: '0.9', interpolation: 'bicubic', mean: '(0.1, 0.2, 0.3)', std: '0.4, 0.5, 0.6' }),
    want
  );
  assert.equal(found({ mean: '[123.7, 116.3, 103.5]', std: '[58.4, 57.1, 57.4]', imgsz: '224' }), { resize: 256, crop: 224, scale: [0, 255],
    mean: [123.7, 116.3, 103.5], std: [58.4, 57.1, 57.4] });
});

how('a file that says nothing says nothing', () => {
  assert.is(found({}), null);
  assert.is(found({ mean: 'x', std: '1' }), null);
  assert.is(found({ task: 'detect', imgsz: '[640, 640]' }), null);
});

how.run();
