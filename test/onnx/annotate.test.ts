/** What was done to a model, read back from its file by another reader. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import onnxProto from 'onnx-proto';
import { annotated } from '../../src/onnx/annotate.js';
import { loadModel } from '../../src/onnx/model.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';

const { ModelProto } = onnxProto.onnx;
const decoded = (bytes: Uint8Array) => ModelProto.toObject(ModelProto.decode(bytes), { bytes: String, longs: Number });
const test = suite('annotated');

test('doc_string and metadata_props say it, all else is as it was', () => {
  const bytes = tinyModel(tinyWeights());
  const out = annotated(bytes, { sentence: 'Two filters are off, größer.', key: 'misfire.change', value: '{"a":1}' });
  const { docString, metadataProps, ...rest } = decoded(out);
  assert.is(docString, 'Two filters are off, größer.');
  assert.equal(metadataProps, [{ key: 'misfire.change', value: '{"a":1}' }]);
  assert.equal(rest, decoded(bytes));
  assert.equal([...loadModel(out).metadata], [['misfire.change', '{"a":1}']]);
});

test('a second change stands beside the first', () => {
  const file = ModelProto.decode(tinyModel(tinyWeights()));
  file.docString = 'Made by hand.';
  file.metadataProps = [{ key: 'names', value: 'a,b,c' }];
  const once = annotated(ModelProto.encode(file).finish(), { sentence: 'One.', key: 'misfire.change', value: '1' });
  const { docString, metadataProps } = decoded(annotated(once, { sentence: 'Two.', key: 'misfire.change', value: '2' }));
  assert.is(docString, 'Made by hand.\n\nOne.\n\nTwo.');
  assert.equal(metadataProps, [{ key: 'names', value: 'a,b,c' }, { key: 'misfire.change', value: '1' }, { key: 'misfire.change.2',
    value: '2' }]);
});

test.run();
