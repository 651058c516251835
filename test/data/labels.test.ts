/** Labels as a person gives them: numbers, names and WordNet ids of classes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Classes, parseClasses } from '../../src/data/classes.js';
import { parseLabels } from '../../src/data/labels.js';

const imagenet = parseClasses([
  'n01440764 tench, Tinca tinca',
  'n02012849 crane',
  'n01484850 great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias',
  'n03126707 crane',
  'n03710637 maillot',
  'n03710721 maillot, tank suit',
  'n02071294 killer whale, killer, orca',
].join('\n') + '\n', 'classes.txt');

// ---------------------------------------------------------------- Classes

const find = suite('Classes');

for (const [text, k] of [
  ['n01440764 tench, Tinca tinca', 0],
  ['n01440764', 0],
  ['tench, Tinca tinca', 0],
  ['Tinca tinca', 0],
  ['TENCH', 0],
  ['  tinca   tinca ', 0],
  ['n03126707', 3],
  ['n02012849 crane', 1],
  ['orca', 6],
  ['maillot', 4],
  ['maillot,tank suit', 5],
  ['tank suit', 5],
] as const) {
  find(`"${text}" is class ${k}`, () => assert.is(imagenet.find(text), k));
}

find('a name of two classes is refused',
  () => assert.throws(() => imagenet.find('crane'), /names the classes 1 .* and 3 .*; give the index/));
find('an unknown name is null', () => assert.is(imagenet.find('dog'), null));
find('the nearest names come first', () => {
  assert.is(imagenet.nearest('grate white shark')[0], '"great white shark" (2)');
  assert.is(imagenet.nearest('whale')[0], '"killer whale" (6)');
});
find('shows the first synonym', () => assert.is(imagenet.show(2), 'great white shark'));
find('shows other lines whole', () => assert.is(new Classes(['red, dark']).show(0), 'red, dark'));
find('Windows line ends and a byte order mark', () => assert.is(parseClasses('\ufeffcat\r\ndog\r\n').find('dog'), 1));
find('no lines', () => assert.throws(() => parseClasses('\n\n', 'c.txt'), /c\.txt has no lines/));
find('an empty line between', () => assert.throws(() => parseClasses('a\n\nb\n'), /line 2 is empty/));

find.run();

// ---------------------------------------------------------------- parseLabels

const labels = suite('parseLabels');

for (const [text, samples, expected] of [
  ['2', 1, [2]],
  ['2', 3, [2, 2, 2]],
  ['2,6', 2, [2, 6]],
  ['predicted', 2, ['predicted', 'predicted']],
  ['predicted, 4', 2, ['predicted', 4]],
  ['great white shark', 1, [2]],
  ['tench, Tinca tinca', 1, [0]],
  ['tench, Tinca tinca,orca', 2, [0, 6]],
  ['maillot, tank suit, 3', 2, [5, 3]],
  ['killer whale, killer, orca,1,man-eater', 3, [6, 1, 2]],
] as const) {
  labels(`"${text}" for ${samples}`, () => assert.equal(parseLabels(text, samples, 7, imagenet), expected));
}

for (const [text, samples, classes, message] of [
  ['7', 1, imagenet, /^Label 7 is out of range: the model has 7 classes, 0 to 6\.$/],
  ['-1', 1, null, /out of range/],
  ['shark', 1, null, /is not an index from 0 to 6; to use names, give --classes/],
  ['grate white shark', 1, imagenet, /no class of classes\.txt; the nearest names are "great white shark" \(2\)/],
  ['2,dog', 2, imagenet, /"dog" is no class/],
  ['1,2', 3, imagenet, /2 labels for 3 samples/],
  ['1,2', 1, imagenet, /2 labels for 1 samples/],
  ['crane', 1, imagenet, /names the classes/],
  ['', 1, imagenet, /Label "" is no class/],
  ['ten', 1, new Classes(['0', '1', '2', '3', '4', '5', '6', 'seven', 'ten']), /class 8 of the classes, but the model has only 7/],
] as const) {
  labels(`refuses "${text}" for ${samples}`, () => assert.throws(() => parseLabels(text, samples, 7, classes), message));
}

labels('650 names that hold commas are read at once', () => {
  const text = Array.from({ length: 650 }, (_, k) => (k % 2 ? 'tench, Tinca tinca' : 'killer whale, killer, orca')).join(',');
  const start = performance.now();
  assert.is(parseLabels(text, 650, 7, imagenet).length, 650);
  assert.ok(performance.now() - start < 5000);
});

labels.run();
