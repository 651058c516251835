/** What fingerprint.mjs runs, every command of the command line on small data, and the files that takes; see there. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const COMMANDS = 'explain profile merge neighbors summary export prune finetune mask study run demo doctor'.split(' ');

const PHOTOS = [...'abcdefghijkl'].map((letter) => `in/${letter}.JPEG`);
const DEMO = '--model in/demo.onnx --classes in/classes.txt --preprocess in/40.json';
const TRIANGLE = `explain misfire-demo/triangle.png ${DEMO} --label triangle`;
const CIFAR = '--model in/r20.onnx --classes in/cifar.txt --preprocess cifar10 --batch 16';

/**
 * In this order: NAME | [VARIABLE=VALUE...] ARGUMENTS, or a function that makes files in between and may return more steps.
 * A later step may read what an earlier one wrote.
 */
export const STEPS = [
  'version | --version',
  'help | --help',
  ...COMMANDS.map((name) => `help-${name} | ${name} --help`),
  'doctor | doctor',
  'doctor-software | doctor --adapter software',
  'demo | demo',
  makePictures,

  `profile | profile in/few.bin ${CIFAR} --out run --json`,
  `profile-again | profile in/few.bin ${CIFAR} --out run`,
  `profile-half | profile in/few.bin ${CIFAR} --out half --half --quiet`,
  `profile-stats-only | profile in/few.bin ${CIFAR} --out bare --stats-only --json bare.json`,
  `profile-abs-mean | profile in/few.bin ${CIFAR} --out signed --aggregation abs-mean`,
  `profile-other | profile in/other.bin ${CIFAR} --out other`,
  ...[0, 1, 2].map((k) => `profile-shard${k} | profile in/few.bin ${CIFAR} --out shard${k} --shard ${k}/3`),
  'merge | merge shard2 shard0 shard1 --out merged --json',
  'profile-default-batch | profile in/few.bin --out default --model in/r20.onnx --preprocess cifar10',
  'profile-vgg | profile in/other.bin --out vgg --model in/vgg6.onnx --preprocess cifar10 --batch 20',
  `profile-csv | profile in/pictures --out pictures ${DEMO} --batch 5`,
  `profile-tree | profile in/tree --out tree ${DEMO} --batch 4 --json`,
  'profile-arrays | profile in/x40.npy,in/y.npy --out arrays --model in/demo.onnx --batch 4',
  'fails-merge | merge shard0 shard2 --out none',

  `explain | explain misfire-demo/triangle.png in/a.JPEG in/x40.npy ${DEMO} --label triangle,star,0,1,2,predicted,4,5,6,7`,
  `explain-json | ${TRIANGLE} --stats in/stats.json --json explain.json --batch 2`,
  `explain-stdout | explain misfire-demo/triangle.png in/b.JPEG ${DEMO} --label triangle,predicted --stats in/stats.json --top 3 --json -`,
  `explain-abs-mean | ${TRIANGLE} --aggregation abs-mean --json -`,
  `explain-map | ${TRIANGLE} --stats in/stats.json --map --out map --json map.json`,
  `explain-compare | ${TRIANGLE} --stats in/stats.json --out compare --compare all --reference-map`,
  `explain-compare-logit | ${TRIANGLE} --stats in/stats.json --out logit --compare gradient,grad-cam --compare-of logit`,
  `explain-filters | ${TRIANGLE} --stats in/stats.json --filters layer1.0.conv1:1,0:3 --boost 20 --json -`,
  `explain-random | ${TRIANGLE} --stats in/stats.json --random 5 --seed 3 --out random --json -`,
  `explain-layers | ${TRIANGLE} --stats in/stats.json --map-layers 0..2 --top 4 --out layers --json -`,
  'explain-run | explain --run run --sample 0,3 --off --map --draws 2',
  'explain-worst | explain --run pictures --worst 2 --off --json -',
  `explain-report | explain in/pictures/00.png in/a.JPEG ${DEMO} --label triangle,star --run pictures `
  + '--report report.html --json report.json',
  'explain-cifar | explain in/pictures/02.JPEG --model in/r20.onnx --preprocess in/32.json --label 3 --run run --out cifar '
  + '--report cifar.html',
  'explain-imagenet | explain in/a.JPEG --model in/r18.onnx --label predicted --json -',

  'neighbors | neighbors run -k 4 --pairs --json neighbors.json --csv neighbors.csv --sheet sheet --classes in/cifar.txt',
  'neighbors-query | neighbors run --query 3,5 35 -k 3 --layers 0..9 --json -',
  'neighbors-wrong | neighbors run --wrong-only -k 50 --csv wrong.csv',
  'neighbors-against | neighbors run --against other -k 5 --json -',
  'neighbors-half | neighbors half -k 2',
  'neighbors-pictures | neighbors pictures -k 3 --sheet sheet2 --pairs',
  'summary | summary run --out summary --json summary.json --top 5',
  'summary-merged | summary merged --out summary2 --json - --classes in/cifar.txt',
  'summary-bare | summary bare --out summary3',
  'summary-pictures | summary pictures --out summary4',
  'export | export run --out all.parquet --profile --standardized',
  'export-csv | export pictures --out wrong.csv --wrong-only --standardized',

  'prune | prune run --limit 3 --damage 2 --resamples 300 --json prune.json',
  'prune-paper | prune run --limit 2 --mode paper --counts 1,5,20 --damage 1 --resamples 50 --seed 2 --out paper --quiet',
  'prune-all | prune pictures --all --limit 6 --damage 0 --curves salient,random --counts 1,10 --resamples 50 --out all --json',
  'prune-vgg | prune vgg --limit 3 --counts 1,10 --damage 1 --resamples 50 --out prune-vgg',
  tearJournal,
  'prune-resumed | prune run --limit 3 --damage 2 --resamples 300 --out torn',
  'prune-save | prune run --save 5 off.onnx --sample 35 --force',
  'explain-off | explain in/x32.npy --model off.onnx --label 0 --json -',
  'finetune | finetune run --limit 2 --counts 10,1%,all --neighbors 3 --subset 20 --resamples 200',
  'finetune-test | finetune run --test other --limit 2 --counts 10,50 --step 0.3,1 --sweep-at 10 --sweep salient '
  + '--curves salient,gradient --subset 12 --check 4 --resamples 50 --seed 1 --out tuned --json',
  'finetune-save | finetune run --save tuned.onnx --sample 35 -k 25 --step 0.3',
  'mask | mask run --limit 2 --shares 2,10 --draws 2',
  'mask-boxes | mask pictures --limit 3 --shares 5 --draws 1 --top 4 --fill mean,blur --seed 1 --json',
  'mask-random | mask run --limit 1 --shares 5 --against random --fill grey --draws 1 --out grey --quiet',
  'mask-arrays | mask arrays --limit 2 --shares 10 --draws 1 --top 3',
  'mask-paste | mask run --paste 4,5,20,22 --sample 35 --draws 2 --limit 4',
  'mask-paste-salient | mask run --paste --sample 59 --onto cat --limit 3 --out paste --json',
  'study | study run --limit 1 --json study.json',
  'study-again | study run --limit 1 --quiet',
  'study-pictures | study pictures --limit 1 --test pictures --step 0.2 --out study2',

  ...['demo.onnx', 'r20.onnx', 'vgg6.onnx', 'r18.onnx'].map((name) => `list-${name} | run in/${name} --list`),
  'list-input | run in/demo.onnx in/x40.npy --list',
  'run | run in/demo.onnx in/x40.npy --out outputs',
  'run-tuned | run tuned.onnx in/x32.npy --out outputs2 --quiet',
  fixtures,

  'fails-label | explain in/x40.npy --model in/demo.onnx --label 8',
  'fails-class | explain in/a.JPEG --model in/demo.onnx --classes in/classes.txt --label triangel',
  'fails-no-label | explain in/a.JPEG --model in/demo.onnx',
  'fails-no-picture | explain none.png --model in/demo.onnx --preprocess in/40.json --label 0',
  'fails-no-model | explain in/x40.npy --model none.onnx --label 0',
  'fails-half-model | explain in/x40.npy --model in/half.onnx --label 0',
  'fails-half-picture | explain in/half.png --model in/demo.onnx --preprocess in/40.json --label 0',
  'fails-preprocess | explain in/a.JPEG --model in/demo.onnx --label 0',
  'fails-stats | explain in/x32.npy --model in/r20.onnx --label 0 --stats in/stats.json',
  'fails-map | explain in/x40.npy --model in/demo.onnx --label 0 --map',
  'fails-adapter | explain in/x40.npy --model in/demo.onnx --label 0 --adapter Voodoo',
  'fails-no-adapter | VK_DRIVER_FILES=none VK_ICD_FILENAMES=none explain in/x40.npy --model in/demo.onnx --label 0',
  'fails-doctor | VK_DRIVER_FILES=none VK_ICD_FILENAMES=none doctor',
  'fails-option | prune run --bogus',
  'fails-command | bogus',
  'fails-other-batch | profile in/few.bin --out run --model in/r20.onnx --classes in/cifar.txt --preprocess cifar10 --batch 15',
  'fails-other-seed | prune run --limit 3 --damage 2 --resamples 300 --seed 4',
  'fails-curve | prune run --curves salient,loud',
  'fails-no-run | summary in',
  'fails-bare | neighbors bare',
  'fails-sample | finetune run --save no.onnx --sample 999',
  'fails-shares | mask run --shares 0',
  'fails-shape | explain in/x32.npy --model in/demo.onnx --label 0',
  'fails-inputs | run in/demo.onnx --out bad',
];

// ---------------------------------------------------------------- what they are run on

/** in/ in the working folder, whose files are not hashed; `demo` is the package's demo/, `data` the shared data/. */
export function makeInputs(demo, data) {
  mkdirSync('in');
  cpSync(join(demo, 'model.onnx'), 'in/demo.onnx');
  for (const name of ['stats.json', 'classes.txt']) cpSync(join(demo, name), `in/${name}`);
  writeFileSync('in/half.onnx', readFileSync('in/demo.onnx').subarray(0, 100_000));
  let state = 1;
  const draw = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (const side of [32, 40]) {
    writeFileSync(`in/${side}.json`, `{"resize":${side},"crop":${side},"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]}`);
    writeNpy(`in/x${side}.npy`, '<f4', [8, 3, side, side], Float32Array.from({ length: 8 * 3 * side * side }, () => 2 * draw() - 1));
  }
  writeNpy('in/y.npy', '<i4', [8], Int32Array.from({ length: 8 }, (_, k) => k));
  const records = readFileSync(join(data, 'cifar10/test_1000.bin'));
  writeFileSync('in/few.bin', records.subarray(0, 100 * 3073));
  writeFileSync('in/other.bin', records.subarray(100 * 3073, 160 * 3073));
  const links = {
    'r20.onnx': 'models/cifar10-resnet20.onnx',
    'vgg6.onnx': 'models/cifar10-vgg6bn.onnx',
    'r18.onnx': 'models/imagenet-resnet18.onnx',
    'cifar.txt': 'cifar10/classes.txt',
    tests: 'onnx-tests',
    fixtures: 'fixtures',
  };
  for (const [name, path] of Object.entries(links)) symlinkSync(join(data, path), `in/${name}`);
  const photos = join(data, 'imagenet/full');
  const names = readdirSync(photos).filter((name) => name.endsWith('.JPEG')).sort();
  PHOTOS.forEach((path, k) => cpSync(join(photos, names[k]), path));
}

/** A .npy file of version 1. */
function writeNpy(path, descr, shape, values) {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  writeFileSync(path,
    Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.of(header.length & 255, header.length >> 8), Buffer.from(header),
      Buffer.from(values.buffer)]));
}

/** The demo's pictures and photographs: with labels.csv and boxes, and in class folders, with one that is damaged. */
function makePictures() {
  const sources = ['misfire-demo/triangle.png', 'misfire-demo/triangle-without-sticker-large.png', ...PHOTOS];
  const classes = readFileSync('in/classes.txt', 'utf8').trim().split('\n');
  mkdirSync('in/pictures');
  for (const name of classes) mkdirSync(`in/tree/${name}`, { recursive: true });
  const lines = sources.map((path, k) => {
    const name = `${String(k).padStart(2, '0')}${extname(path)}`, label = k < 2 ? 2 : k % classes.length;
    cpSync(path, `in/pictures/${name}`);
    cpSync(path, `in/tree/${classes[label]}/${name}`);
    return `${name},${label},${k % 2 ? '"2.5,3,20,25 10,10,28,30.5"' : '"4,4,24,24"'}`;
  });
  writeFileSync('in/pictures/labels.csv', `file,label,boxes\n${lines.join('\n')}\n`);
  writeFileSync('in/half.png', readFileSync('misfire-demo/triangle.png').subarray(0, 500));
  cpSync('in/half.png', 'in/tree/circle/half.png');
}

/** An experiment that ended in the middle of its second result. */
function tearJournal() {
  mkdirSync('torn');
  const lines = readFileSync('run/prune/journal.jsonl', 'utf8').split('\n');
  writeFileSync('torn/journal.jsonl', `${lines.slice(0, 2).join('\n')}\n${lines[2].slice(0, 40)}`);
}

/** More steps: files of other exporters listed, and ONNX's own tests computed. */
function fixtures() {
  mkdirSync('tests');
  return [
    ...readdirSync('in/fixtures').sort().map((name) => `list-${name} | run in/fixtures/${name} --list`),
    ...readdirSync('in/tests').sort().map((name) => {
      const folder = `in/tests/${name}/test_data_set_0`;
      const inputs = readdirSync(folder).filter((file) => /^input_\d+\.pb$/.test(file)).sort().map((file) => `${folder}/${file}`);
      return `run-${name} | run in/tests/${name}/model.onnx ${inputs.join(' ')} --out tests/${name}`;
    }),
  ];
}
