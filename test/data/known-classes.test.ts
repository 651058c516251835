/** Class names that need no file: as many as there are, in the order of their ids, found by id, name and synonym. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasShared } from '../../reference/golden.js';
import { shared } from '../../reference/paths.js';
import { parseClasses } from '../../src/data/classes.js';
import { IMAGENET_NAMES } from '../../src/data/imagenet-names.js';
import { knownClasses } from '../../src/data/known-classes.js';
import { skipUnless } from '../support/skip.js';

const known = suite('known classes');

known("ImageNet's are 1,000, in the order of their WordNet ids, each found by its id", () => {
  const classes = knownClasses('imagenet')!;
  assert.is(classes.count, 1000);
  const ids = IMAGENET_NAMES.map((line) => line.slice(0, 9));
  assert.ok(ids.every((id, k) => /^n\d{8}$/.test(id) && (k === 0 || id > ids[k - 1]) && classes.find(id) === k));
  assert.equal([2, 148, 999].map((k) => classes.show(k)), ['great white shark', 'killer whale', 'toilet tissue']);
  assert.is(classes.find('orca'), 148);
  assert.throws(() => classes.find('crane'), /names the classes 134 .* and 517/);
});

known('CIFAR-10 has ten, and another name is no list', () => {
  assert.equal([0, 3, 9].map((k) => knownClasses('cifar10')!.show(k)), ['airplane', 'cat', 'truck']);
  for (const name of ['imagenet.txt', 'toString', '']) assert.is(knownClasses(name), null);
});

if (skipUnless(hasShared, '../shared is absent')) {
  known('they are those of the files beside the data', () => {
    for (const [name, file] of [['imagenet', 'imagenet/classes.txt'], ['cifar10', 'cifar10/classes.txt']]) {
      const given = parseClasses(readFileSync(`${shared}data/${file}`, 'utf8'));
      const own = knownClasses(name)!;
      assert.is(own.count, given.count);
      for (let k = 0; k < given.count; k++) assert.is(own.show(k), given.show(k));
    }
  });
}

known.run();
