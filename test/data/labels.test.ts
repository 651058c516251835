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

find('underscores are blanks where nothing nearer is found', () => {
  assert.is(imagenet.find('Great_White_Shark'), 2);
  assert.is(new Classes(['a_b', 'a b']).find('a b'), 1);
});
find('accents are found however they are written', () => {
  assert.is(new Classes(['tea', 'caf\u00e9']).find('cafe\u0301'), 1);
});
find('leading zeros of names that are numbers do not matter', () => {
  const angles = new Classes(['000', '090', '180']);
  assert.equal(['90', '0', '00180'].map((t) => angles.find(t)), [1, 0, 2]);
  assert.is(new Classes(['1', '01']).find('01'), 1);
});

find.run();

// ---------------------------------------------------------------- parseClasses

const lists = suite('parseClasses');
const shown = (text: string) => {
  const classes = parseClasses(text, 'c.json');
  return Array.from({ length: classes.count }, (_, k) => classes.show(k));
};

for (
  const [what, text, expected] of [
    ['a JSON list', '["cat", "dog, hound"]', ['cat', 'dog, hound']],
    ['a Python list', "['cat', \"dog's\",]", ['cat', "dog's"]],
    ['a tuple with a name and a comment', "# made by hand\nCLASSES = ('cat',  # 0\n 'dog')", ['cat', 'dog']],
    ['a list of numbers', '[0, 90, 180]', ['0', '90', '180']],
    ['imagenet_class_index.json', '{"1": ["n01443537", "goldfish"], "0": ["n01484850", "great_white_shark"]}', ['great white shark',
      'goldfish']],
    ['a Python dictionary', "{0: 'tench, Tinca tinca',\n 1: 'goldfish'}", ['tench, Tinca tinca', 'goldfish']],
    ['id2label in settings', '{"id2label": {"0": "cat", "1": "dog"}, "label2id": {"cat": 0, "dog": 1}}', ['cat', 'dog']],
    ["timm's settings", '{"architecture": "r18", "pretrained_cfg": {"label_names": ["cat", "dog"]}}', ['cat', 'dog']],
    ['names to indices', '{"dog": 1, "cat": 0}', ['cat', 'dog']],
    ['folders to indices, numbers both', '{"0": 0, "180": 1, "270": 2, "90": 3}', ['0', '180', '270', '90']],
    ['records', '[{"id": 1, "name": "dog"}, {"id": 0, "name": "cat"}]', ['cat', 'dog']],
    ['records without numbers', '[{"name": "cat"}, {"name": "dog"}]', ['cat', 'dog']],
    ['escapes', String.raw`["caf\u00e9", 'it\'s']`, ['caf\u00e9', "it's"]],
    ['names in YAML', 'path: ../data # root\nnames:\n  0: cat\n  1: "red fox" # wild\nnc: 2\n', ['cat', 'red fox']],
    ['a list in YAML', 'nc: 2\nnames:\n- cat\n- dog', ['cat', 'dog']],
    ['a list on a line of YAML', "nc: 2\nnames: ['cat', dog]\n", ['cat', 'dog']],
    ['numbered lines', '0: cat\n1: dog\n', ['cat', 'dog']],
    ['lines numbered from 1', '1 001.Albatross\n2 002.Auklet\n', ['001.Albatross', '002.Auklet']],
    ['lines that are numbers', '0\n180\n270\n90\n', ['0', '180', '270', '90']],
    ['names that begin with numbers', '7 up\n3 cats\n', ['7 up', '3 cats']],
    ['a name in brackets is a list, a bracket later is none', 'cat (tabby)\ndog\n', ['cat (tabby)', 'dog']],
  ] as const
) {
  lists(what, () => assert.equal(shown(text), expected));
}
for (
  const [what, text, message] of [
    ['a class left out', '{"0": "cat", "2": "dog"}', /^c\.json names 2 classes, but not class 1; name all of them, from class 0 on\.$/],
    ['a dictionary that can be read both ways', '{"0": 1, "1": 0}', /from names to indices and from indices to names/],
    ['settings without names', '{"model_type": "resnet", "layers": [1, 2]}', /c\.json holds no class names in a form that is known/],
    ['records numbered from 1', '[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]', /numbers its classes otherwise than 0 to 1/],
    ['JSON cut short', '["cat", "do', /begins like a list or a dictionary, but line 1 cannot be read at "\\"do"|ends too soon/],
    ['something else', '{cat}', /but line 1 cannot be read at "}"/],
    ['an empty list', '[]', /c\.json names no class/],
    ['an empty name', '["a", ""]', /the name of class 1 is empty/],
    ['numbered lines out of order', '1 dog\n0 cat\n', /line 1 begins with 1, where 0 would follow/],
  ] as const
) {
  lists(`refuses ${what}`, () => assert.throws(() => parseClasses(text, 'c.json'), message));
}
lists('what is nested without end is refused', () => assert.throws(() => parseClasses('['.repeat(1e5)), /cannot be read/));

lists.run();

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

const svhn = new Classes(['1', '2', '3', '0'], 'svhn.txt');
for (const [text, expected, told] of [
  ['1', [0], /^labels are names in svhn\.txt before they are indices: "1" is class 0, not the class of index 1$/],
  ['01', [0], /"01" is class 0/],
  ['0,2', [3, 1], /are names/],
] as const) {
  labels(`"${text}" is a name before it is an index, and this is told`, () => {
    const notices: string[] = [];
    assert.equal(parseLabels(text, expected.length, 4, svhn, (n) => notices.push(n)), expected);
    assert.is(notices.length, 1);
    assert.match(notices[0], told);
  });
}
labels('an index that is no name, and numbers without names, as before', () => {
  const notices: string[] = [];
  const notice = (n: string) => void notices.push(n);
  const angles = new Classes(['0', '180', '270', '90'], 'angles.txt');
  assert.equal(parseLabels('90', 1, 4, angles, notice), [3]);
  assert.equal(parseLabels('2', 1, 7, imagenet, notice), [2]);
  assert.equal(notices, []);
  assert.equal(parseLabels('2', 1, 4, angles, notice), [2]);
  assert.match(notices.join(), /^"2" is no name in angles\.txt and is taken for an index: class 2, "270"$/);
  assert.throws(() => parseLabels('45', 1, 4, angles), /Label 45 is out of range and no name in angles\.txt/);
});
labels('names and indices mixed are refused', () => {
  const fromOne = new Classes(['1', '2', '3', '4'], 'c.txt');
  assert.throws(() => parseLabels('0,1', 2, 4, fromOne), /label 1 is a name in c\.txt \(class 0\), but the label 0 is none/);
});

labels('650 names that hold commas are read at once', () => {
  const text = Array.from({ length: 650 }, (_, k) => (k % 2 ? 'tench, Tinca tinca' : 'killer whale, killer, orca')).join(',');
  const start = performance.now();
  assert.is(parseLabels(text, 650, 7, imagenet).length, 650);
  assert.ok(performance.now() - start < 5000);
});

labels.run();
