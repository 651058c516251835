/** Counter-based random numbers, against the generator's published answers and another program's. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { block, normal, normals, philox, uniform, uniforms, word } from '../../src/data/philox.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';

const philoxSuite = suite('philox');
const hex = (words: readonly string[]): number[] => words.map((w) => parseInt(w, 16));

// The three of the generator's authors (Random123, kat_vectors), and one of a small key and counter.
const ANSWERS = [
  ['00000000 00000000', '00000000 00000000 00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff', 'ffffffff ffffffff ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['a4093822 299f31d0', '243f6a88 85a308d3 13198a2e 03707344', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ['00000007 00000004', '00000003 00000001 00000002 00000000', '0620f5fb 991e94ea 9faf6038 b0284d2d'],
].map((row) => row.map((words) => hex(words.split(' '))));

philoxSuite('gives the published words', () => {
  for (const [key, counter, words] of ANSWERS) {
    assert.equal(philox(key as [number, number], counter as [number, number, number, number]), words);
  }
  const stream = { seed: 7, purpose: 4, tensor: 1, model: 2 };
  assert.equal(block(stream, 3), ANSWERS[3][2]);
  assert.equal([12, 13, 14, 15].map((k) => word(stream, k)), ANSWERS[3][2]);
});

philoxSuite('any number is had without those before it', () => {
  const stream = { seed: 1, purpose: 3 };
  assert.equal(normals(stream, 3, 5), normals(stream, 8).subarray(5));
  assert.equal(uniforms(stream, 3, 5), uniforms(stream, 8).subarray(5));
  assert.is(normal(stream, 6), normals(stream, 8)[6]);
  assert.not.equal(normals(stream, 4), normals({ ...stream, model: 1 }, 4));
  const many = normals(stream, 4000);
  const mean = many.reduce((s, v) => s + v, 0) / many.length;
  const variance = many.reduce((s, v) => s + (v - mean) ** 2, 0) / many.length;
  assert.ok(Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.07, `mean ${mean}, variance ${variance}`);
});

philoxSuite('refuses what is no word, by name', () => {
  assert.throws(() => block({ seed: -1, purpose: 0 }, 0), /the seed .* got -1/);
  assert.throws(() => uniform({ seed: 0, purpose: 0 }, 0.5), /the index .* got 0\.5/);
  assert.throws(() => word({ seed: 0, purpose: 0, tensor: 2 ** 32 }, 0), /the tensor .* got 4294967296/);
});

const TABLES = `${shared}irrepro/golden/tables.json`;
if (skipUnless(existsSync(TABLES), `${TABLES} is absent`)) {
  philoxSuite("gives another program's normal and uniform numbers", () => {
    const { normals: n, uniforms: u } = JSON.parse(readFileSync(TABLES, 'utf8'));
    assert.equal([...normals(n, n.values.length)], n.values);
    assert.equal([...uniforms(u, u.values.length)], u.values);
  });
}

philoxSuite.run();
