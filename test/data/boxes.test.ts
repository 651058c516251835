/** Object boxes: read from their column, and carried through the preparation of a picture. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { outsideBoxes, parseBoxes, type Box } from '../../src/data/boxes.js';
import type { Picture } from '../../src/data/picture.js';
import { frame } from '../../src/data/preprocess.js';
import { random } from '../../reference/random.js';

const boxes = suite('boxes');

boxes('are read from their column, and refused by name', () => {
  assert.equal(parseBoxes('9.1,105.9,50.4,176.8  1,2,3,4', 'a'), [{ x0: 9.1, y0: 105.9, x1: 50.4, y1: 176.8 }, { x0: 1, y0: 2, x1: 3,
    y1: 4 }]);
  assert.equal(parseBoxes('  ', 'a'), []);
  for (const bad of ['1,2,3', '1,2,3,4,5', '1,2,3,x', '3,2,1,4', '1,2,,4', '1,2,3,Infinity']) {
    assert.throws(() => parseBoxes(bad, 'cat.png'), /cat\.png has the box/);
  }
});

/** White in the box, black elsewhere; a box of whole pixels. */
function drawn(width: number, height: number, { x0, y0, x1, y1 }: Box): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let y = y0; y < y1; y++) data.fill(255, (y * width + x0) * 3, (y * width + x1) * 3);
  return { width, height, data };
}

const sizes = [[20, 20], [31, 23], [23, 32]];
const hows = [{ resize: null, crop: null }, { resize: null, crop: 15 }, { resize: null, crop: 40 }, { resize: 16, crop: null }, {
  resize: 16,
  crop: 13,
}, { resize: 40, crop: 36 }];

boxes('follow the pixels through resize and crop', () => {
  const draw = random('boxes');
  for (const [width, height] of sizes) {
    for (const how of hows) {
      for (let n = 0; n < 20; n++) {
        const [x0, y0] = [Math.floor(draw() * (width - 4)), Math.floor(draw() * (height - 4))];
        const box = { x0, y0, x1: x0 + 3 + Math.floor(draw() * (width - x0 - 3)), y1: y0 + 3 + Math.floor(draw() * (height - y0 - 3)) };
        const seen = frame(drawn(width, height, box), how);
        const outside = outsideBoxes([box], { width, height }, how);
        assert.is(outside.length, seen.width * seen.height);
        const scale = how.resize === null ? 1 : how.resize / Math.min(width, height);
        outside.forEach((free, p) => {
          const value = seen.data[3 * p];
          const what = `${width}x${height} ${JSON.stringify({ ...how, box })} pixel ${p}: ${value}`;
          // Without a resize exactly the white pixels; with one, every pixel more than half white, and where it makes the picture
          // smaller none that is black.
          if (scale === 1) assert.is(free, value === 255 ? 0 : 1, what);
          else if (value > 127) assert.is(free, 0, what);
          else if (value === 0 && scale < 1) assert.is(free, 1, what);
        });
      }
    }
  }
});

boxes('cover every pixel they touch, join, and are cut off at the border', () => {
  const size = { width: 4, height: 3 };
  const none = { resize: null, crop: null };
  assert.equal([...outsideBoxes([{ x0: 0.9, y0: 0, x1: 2.1, y1: 0.5 }], size, none)], [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  assert.equal([...outsideBoxes([{ x0: -5, y0: 2, x1: 1, y1: 9 }, { x0: 3, y0: 0, x1: 9, y1: 1 }], size, none)], [1, 1, 1, 0, 1, 1, 1, 1, 0,
    1, 1, 1]);
  // Wholly in what the crop leaves out, on any side.
  for (const box of [{ x0: 0, y0: 0, x1: 1, y1: 6 }, { x0: 5, y0: 0, x1: 6, y1: 6 }, { x0: 0, y0: 0, x1: 6, y1: 1 }, { x0: 0, y0: 5, x1: 6,
    y1: 6 }]) {
    assert.ok(outsideBoxes([box], { width: 6, height: 6 }, { resize: null, crop: 4 }).every((v) => v === 1));
  }
  assert.ok(outsideBoxes([], size, none).every((v) => v === 1));
});

boxes.run();
