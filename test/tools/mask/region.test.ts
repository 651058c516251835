/** The region that `misfire mask --paste` takes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findRegion, parseRegion } from '../../../tools/mask/region.js';

const shape = [3, 32, 48];

const regions = suite('regions of --paste');

regions('are read, and refused where they are none of the picture', () => {
  assert.equal(parseRegion('2, 3,40,32', shape), { x0: 2, y0: 3, x1: 40, y1: 32 });
  for (const bad of ['', '1,2,3', '1,2,3,4,5', '2,3,2,9', '2,9,4,3', '-1,0,4,4', '0,0,49,4', '0,0,4,33', '0.5,0,4,4', 'a,b,c,d']) {
    assert.throws(() => parseRegion(bad, shape), /whole pixels of the prepared picture of 48 x 32/, bad);
  }
  assert.throws(() => parseRegion('0,0,48,32', shape), /whole picture/);
});

regions('the salient one may be none or everything, and then the message says what to do', () => {
  const map = new Float32Array(1536).fill(1);
  assert.throws(() => findRegion(map, shape, new Uint8Array(1536)), /boxes cover the whole picture.*name one with --paste x0,y0,x1,y1$/);
  assert.throws(() => findRegion(new Float32Array(1).fill(1), [1, 1, 1], null), /whole picture; name a part of it with --paste/);
});

regions.run();
