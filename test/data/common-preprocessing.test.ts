/** The usual ways to prepare pictures: each gives the size that the input has, and no two are the same. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commonColours, commonFramings } from '../../src/data/common-preprocessing.js';
import { ORDINARY } from '../../src/data/input-form.js';
import { parsePreprocessing } from '../../src/data/preprocessing-file.js';
import { preprocess } from '../../src/data/preprocess.js';
import { random } from '../../reference/random.js';

const common = suite('common preprocessing');
const picture = (width: number, height: number) => {
  const r = random(`${width} ${height}`);
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => 256 * r()) };
};

common('every framing gives the input, from pictures of other sizes', () => {
  const framings = commonFramings({ height: 20, width: 20 }, [picture(40, 31), picture(25, 60)]);
  assert.equal(framings.map((f) => f.name), ['shorter side 23, cut 20', 'stretched to 20', 'shorter side 20, cut 20', 'cut 20, not resized',
    'shorter side 23 bicubic, cut 20']);
  for (const { name, how } of framings) {
    for (const p of [picture(40, 31), picture(25, 60)]) {
      assert.equal(preprocess(p, { ...how, mean: [0], std: [1] }).shape, [3, 20, 20], name);
    }
  }
  assert.equal(commonFramings({ height: 32, width: 32 }, [picture(32, 32)]).length, 1);
  assert.equal(commonFramings({ height: null, width: null }, [picture(32, 32), picture(30, 32)])[0].name, 'shorter side 256, cut 224');
});

common('colours differ, and each can be written to a file for --preprocess and read back', () => {
  for (const input of [ORDINARY, { ...ORDINARY, channels: 1 }, { ...ORDINARY, whole: { type: 'uint8', low: 0, high: 255 } }]) {
    const ways = commonColours(input, { resize: null, crop: null });
    const values = ways.map(({ how }) => {
      const { data } = preprocess(picture(6, 5), how);
      assert.equal(preprocess(picture(6, 5), parsePreprocessing(JSON.stringify(how), 'how.json', input)).data, data);
      return data.join();
    });
    assert.is(new Set(values).size, ways.length);
  }
});

common.run();
