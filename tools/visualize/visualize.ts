/** `misfire visualize` at work: what is not drawn yet is drawn and kept picture by picture, then the page is written. */
import { basename, join } from 'node:path';
import type { Classifier } from '../../src/classifier.js';
import { outputExtent, type Extent } from '../../src/data/framing.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { sha256 } from '../../src/data/sha256.js';
import { openDawnDevice } from '../../src/dawn.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { pictureInput } from '../../src/onnx/picture-input.js';
import { neuronsPage, neuronsText, type DrawnUnit, type NeuronsResult } from '../../src/report/visualize/page.js';
import { withoutPlace } from '../../src/report/words.js';
import { workIn } from '../../src/store/folder.js';
import { usualTransformations } from '../../src/visualize/transformations.js';
import { checkUnits } from '../../src/visualize/objective.js';
import { RATE, visualize } from '../../src/visualize/visualize.js';
import { namesInModel, readClasses } from '../shared/classes.js';
import { announce } from '../shared/computer.js';
import { Interrupt } from '../shared/interrupt.js';
import { classifierOf, hasOpenSize, openModel, type ModelFile } from '../shared/model-file.js';
import { next } from '../shared/next.js';
import { findPreprocessing, noPreprocessing } from '../shared/preprocessing.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { goesOnElsewhere, notice, version } from '../shared/terminal.js';
import { openTraced, tracedNetwork } from '../shared/trace.js';
import { NeuronFolder, NEURONS, type Kept } from './folder.js';
import { checkUnitOptions, unitsOf, type UnitOptions, type Wanted } from './units.js';

export interface VisualizeCommandOptions extends UnitOptions {
  readonly model: string;
  readonly out: string;
  readonly trace?: string;
  readonly steps: number;
  readonly size?: number;
  readonly seed: number;
  readonly batch?: number;
  readonly classes?: string;
  readonly output?: string;
  readonly preprocess?: string;
  readonly adapter?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

export async function visualizeUnits(options: VisualizeCommandOptions): Promise<void> {
  checkUnitOptions(options);
  await checkJson(options.json);
  const classes = await readClasses(options.classes);
  const file = await openModel(options.model, { output: options.output, classes: classes?.count });
  const { network, how, notices } = await open(file, options);
  const names = classes ?? namesInModel(file.model, network.classes)?.classes ?? null;
  const wanted = unitsOf(options, network, names);
  checkUnits(network, network.build(1), wanted.map((w) => w.unit));
  const traced = options.trace === undefined ? null : await openTraced(options.trace, file.sha256, names);
  const trace = traced && { network: tracedNetwork(network, traced), sha256: await weightsHash(traced.stored.weights) };
  if (!options.quiet) { for (const text of [...network.notices, ...notices]) notice(`${text}.`); }

  const [, height, width] = network.pictureShape;
  const size: Extent = options.size === undefined ? [height, width] : [options.size, options.size];
  const settings = { model: file.sha256, output: network.output, steps: options.steps, seed: options.seed, size, preprocessing: how };
  const interrupt = new Interrupt('picture');
  const result = await workIn(options.out, NEURONS, async (lock) => {
    interrupt.begin();
    const device = await openDawnDevice({ adapter: options.adapter });
    const { description } = device.adapter;
    const progress = new Progress(wanted.length * (trace ? 2 : 1), 0, { quiet: options.quiet, parts: true });
    let folder: NeuronFolder | null = null;
    try {
      if (!options.quiet) announce(device);
      folder = await NeuronFolder.open(options.out, { version, settings, adapter: description }, lock);
      if (!options.quiet) goesOnElsewhere(options.out, folder.head.adapter, description);
      const sides: readonly (Trace | null)[] = [null, ...(trace ? [trace] : [])];
      const kept: (readonly Kept[])[] = [];
      for (const [k, side] of sides.entries()) {
        const done = await draw(side, k * wanted.length);
        if (!done) return null;
        kept.push(done);
      }
      const made: NeuronsResult = { model: basename(file.path), trace: traced && { name: withoutPlace(traced.name), says: traced.says },
        size, steps: options.steps, rate: RATE, seed: options.seed, transformations: usualTransformations(height, width),
        adapter: description, units: wanted.map((one, k) => unit(one, kept.map((side) => side[k]))) };
      const uris = await Promise.all(wanted.map((_, k) => Promise.all(kept.map((side) => encodePicture(side[k].pixels, 'picture')))));
      await folder.write('page.html', await neuronsPage(made, uris));
      return made;
    } finally {
      progress.clear();
      await folder?.close();
      device.destroy();
    }

    /** What is not there yet is drawn; null where it was stopped. */
    async function draw(side: Trace | null, before: number): Promise<readonly Kept[] | null> {
      const hash = side?.sha256 ?? null;
      const fileOf = (one: Wanted): string => (side ? `${one.file}-trace` : one.file);
      const left: Wanted[] = [];
      for (const one of wanted) if (!(await folder!.find(fileOf(one), hash))) left.push(one);
      if (left.length < wanted.length && left.length > 0 && !options.quiet) {
        notice(`going on after ${wanted.length - left.length} of ${wanted.length} pictures.`);
      }
      for (const sign of [1, -1] as const) {
        const some = left.filter((one) => one.sign === sign);
        const first = before + wanted.length - left.length + (sign < 0 ? left.length - some.length : 0);
        const drawn = await visualize(side?.network ?? network, device, how, some.map((one) => one.unit), {
          steps: options.steps,
          seed: options.seed,
          size,
          sign,
          batch: options.batch,
          stop: () => interrupt.stopped,
          onProgress: (done, total) => progress.update(first + (done * some.length) / total, side ? 'the trace' : 'the network'),
          onMade: async (pictures) => {
            for (const picture of pictures) await folder!.add(fileOf(some.find((one) => one.unit === picture.unit)!), hash, picture);
          },
        });
        if (drawn.length < some.length) {
          notice(
            `stopped after ${first + drawn.length} of ${wanted.length * (trace ? 2 : 1)} pictures; the same command goes on from there.`
          );
          return null;
        }
      }
      return Promise.all(wanted.map(async (one) => (await folder!.find(fileOf(one), hash))!));
    }
  }, options.quiet ? undefined : notice);
  interrupt.end();
  if (!result) return;
  const text = `${neuronsText(result)}\nThe page: ${join(options.out, 'page.html')}\n`;
  await writeResult(() => [`${JSON.stringify(result, null, 2)}\n`], text, options);
  if (result.units.some((u) => u.name.includes(':'))) {
    next('which pictures of a run excite a filter', ['filter', 'RUN', wanted.find((w) => w.unit.kind === 'channel')!.name], options);
  }
}

/** A network with a trace's weights, and their hash. */
interface Trace {
  readonly network: Classifier;
  readonly sha256: string;
}

const weightsHash = (weights: ReadonlyMap<string, Float32Array>): Promise<string> =>
  sha256(Buffer.concat([...weights.values()].map((w) => new Uint8Array(w.buffer, w.byteOffset, w.byteLength))));

const unit = ({ name, sign }: Wanted, sides: readonly Kept[]): DrawnUnit => ({ name, sign,
  sides: sides.map(({ before, after, values }, k) => ({ of: k === 0 ? 'network' as const : 'trace' as const, before, after,
    constant: after === before && values.every((v) => v === values[0]) })
  ) });

/** The network, for pictures as large as its file has them, else as --preprocess makes them, else as --size says. */
async function open(file: ModelFile, { preprocess, size }: VisualizeCommandOptions): Promise<
  { network: Classifier; how: Preprocessing; notices: readonly string[] }
> {
  const input = pictureInput(file.model);
  const { how, notices } = await findPreprocessing(file.model, preprocess, ['a picture']);
  if (!how) throw noPreprocessing(input);
  if (!hasOpenSize(file.model.inputs[0])) return { network: classifierOf(file, undefined), how, notices };
  const made = outputExtent(how) ?? (size === undefined ? null : [size, size]);
  if (!made) throw new Error(`${file.path} leaves the size of its pictures open: say with --size how many pixels a side has`);
  return { network: classifierOf(file, [how.channels ?? 3, ...made]), how, notices };
}
