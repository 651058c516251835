/** Inputs that others met and that went wrong, each with the right value: ../shared/cases. The kinds have tests of their own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { misfire } from '../../reference/command.js';
import { shared } from '../../reference/paths.js';
import { openDataSet } from '../../src/dataset/open.js';
import { SampleReader } from '../../src/dataset/sample.js';
import { readPicture } from '../../src/files/picture.js';
import { openSamples } from '../../tools/shared/samples.js';
import { fails, ok } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';

const work = mkdtempSync(join(tmpdir(), 'misfire-cases-'));
const listed = (run: string): unknown[] =>
  readFileSync(join(work, run, 'list.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

// ---------------------------------------------------------------- what a label means

const labels = suite('numeric-class-names');
const numeric = join(shared, 'cases/numeric-class-names');

if (skipUnless(existsSync(numeric), 'numeric-class-names: ../shared/cases is absent')) {
  const explain = async (classes: string, label: string) => {
    const { out, err } = await ok(
      misfire(['explain', 'x.npy', '--model', 'model.onnx', '--classes', classes, '--label', label, '--json', '-'], numeric)
    );
    return { label: JSON.parse(out).samples[0].label as number, err };
  };
  labels('a class called 90 is found by its name', async () => assert.is((await explain('classes.txt', '90')).label, 3));
  labels('1 means the same class in --label, in labels.csv and as a folder, and this is told', async () => {
    const { label, err } = await explain('svhn.txt', '1');
    assert.is(label, 0);
    assert.match(err, /labels are names in svhn\.txt before they are indices: "1" is class 0/);
    for (const data of ['tree', 'table']) {
      const ended = await ok(
        misfire(['profile', data, '--model', 'model.onnx', '--classes', 'svhn.txt', '--preprocess', 'pp.json', '--out', join(work, data)],
          numeric)
      );
      assert.match(ended.err, /labels are names in svhn\.txt before they are indices/);
    }
    assert.equal(listed('tree'), [['0/a.png', 3], ['1/a.png', 0], ['2/a.png', 1], ['3/a.png', 2]]);
    assert.equal(listed('table'), [['a.png', 0]]);
  });
}
labels.run();

// ---------------------------------------------------------------- arrays

const arrays = suite('npy-quirks');
const quirks = join(shared, 'cases/npy-quirks');

if (skipUnless(existsSync(quirks), 'npy-quirks: ../shared/cases is absent')) {
  const at = (file: string) => join(quirks, file);
  const open = (x: string, y: string) => openDataSet([at(x), at(y)], { classes: 5, names: null });
  const valuesOf = async (file: string) => {
    const reader = new SampleReader(null);
    const set = await open(file, 'y.npy');
    const all = [];
    for (let k = 0; k < set.count; k++) all.push(...(await reader.read(set.sample(k).source)).data);
    reader.close();
    const explained = await Promise.all((await openSamples([at(file)], null)).map(async (s) => [...(await s.read()).data]));
    assert.equal(all, explained.flat(), `${file}: explain and profile read it alike`);
    return all;
  };
  arrays('explain and profile read the same forms of inputs alike', async () => {
    const plain = await valuesOf('x.npy');
    assert.equal(await valuesOf('x_be.npy'), plain);
    assert.equal(await valuesOf('x_f64.npy'), plain);
    (await valuesOf('x_f16.npy')).forEach((v, k) => assert.ok(Math.abs(v - plain[k]) <= Math.abs(plain[k]) * 2 ** -11 + 2 ** -25));
    for (const [file, message] of [['x_u8.npy', /holds whole numbers/], ['x_f.npy', /Fortran order/]] as const) {
      await fails(() => open(file, 'y.npy'), message);
      await fails(() => openSamples([at(file)], null), message);
    }
  });
  arrays('labels of every form are the same labels', async () => {
    for (const file of ['y.npy', 'y1.npy', 'ybe.npy', 'yf.npy', 'yoh.npy', 'yu8.npy']) {
      const set = await open('x.npy', file);
      assert.equal([0, 1, 2, 3].map((k) => set.sample(k).label), [0, 1, 2, 3], file);
    }
    await fails(() => open('x.npy', 'ystr.npy'), /ystr\.npy, label 0: Label "ape" .*to use names, give --classes/);
    await fails(() => open('x.npy', 'yobj.npy'), /Python objects/);
    await fails(() => open('x.npy', 'y_off.npy'), /has label 5, but the model has only 5 classes, 0 to 4; the labels seem to count from 1/);
  });
  arrays('an archive of both', async () => {
    const set = await openDataSet([at('med.npz')], { classes: 5, names: null });
    const reader = new SampleReader(null);
    const read = async (k: number) => (await reader.read(set.sample(k).source)).data;
    const explained = await openSamples([at('med.npz')], null);
    for (let k = 0; k < 4; k++) {
      assert.is(set.sample(k).label, k);
      assert.equal(await read(k), (await explained[k].read()).data);
    }
    reader.close();
  });
  arrays('a run over them', async () => {
    await ok(misfire(['profile', 'x_be.npy', 'y1.npy', '--model', 'net.onnx', '--out', join(work, 'be')], quirks));
  });
}
arrays.run();

// ---------------------------------------------------------------- pictures

const pictures = suite('gray16');
const gray = join(shared, 'cases/gray16');

if (skipUnless(existsSync(gray), 'gray16: ../shared/cases is absent')) {
  // Pillow 9.4, Image.open(...).convert('RGB'): 12-bit data in steps of 16, 16-bit data in steps of 257.
  for (const [file, step] of [['xray12in16.png', 16], ['gray16.png', 257]] as const) {
    pictures(`${file} as Pillow has it: clipped at 255`, async () => {
      const { data } = await readPicture(join(gray, file));
      data.forEach((v, k) => assert.is(v, Math.min(255, step * Math.floor(k / 3)), `value ${k}`));
    });
  }
}
pictures.run();

rmSync(work, { recursive: true });
