/** The demo's network trained whole, again and again, each training kept in the journal. */
import { classifier } from '../../src/classifier.js';
import type { Device } from '../../src/engine/device.js';
import { loadModel } from '../../src/onnx/model.js';
import type { RetrainReport } from '../../src/report/reproducibility/retrain.js';
import { CHANCES, pairMeans, type Chance } from '../../src/reproducibility/retrain.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { workIn } from '../../src/store/folder.js';
import { toOnnx } from '../demo/export.js';
import { CLASSES, samples, toInputs } from '../demo/pictures.js';
import { RECIPE, train } from '../demo/train.js';
import { checkBegun, EXPERIMENT, mended, readFinished, SampleJournal, type JournalHead } from '../experiment/journal.js';
import { Interrupt } from '../shared/interrupt.js';
import { Progress } from '../shared/progress.js';
import { goingOn, notice, stopped, version } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import type { RetrainOptions } from './retrain-options.js';

/** Seeds of pictures that no training sees lie so far from those of training. */
const HELD_SEED = 1000;

/** One training: the answers to the held-out pictures. */
interface Training {
  readonly logits: readonly number[];
}

/** Null where it was stopped; the same command goes on. Throws one sentence where the folder holds something else. */
export async function retrainDemo(device: Device, options: RetrainOptions): Promise<RetrainReport | null> {
  const { out, models, seed, steps, held, quiet } = options;
  if (out === undefined) throw new UsageError('--demo trains for long: say with --out FOLDER where each training is kept');
  const recipe = { ...RECIPE, steps, warmUp: Math.min(RECIPE.warmUp, steps), pictures: steps * RECIPE.batch, seed: seed + 1 };
  const settings = { recipe, models, held };
  const jobs = CHANCES.flatMap((chance) => Array.from({ length: models }, (_, m) => ({ chance, m })));
  const pictures = samples(recipe.seed + HELD_SEED, 0, held, {});
  const interrupt = new Interrupt('training');
  const report = await workIn(out, { ...EXPERIMENT, before: ['result.json'] }, async (lock) => {
    interrupt.begin();
    const read = await readFinished<Training>(out);
    if (read) checkBegun(out, read.head, 'irreproducibility retrain', settings);
    const found = read && await mended(out, read, () => lock.check());
    const results = new Map((found?.entries ?? []).map(({ id, result }) => [id, result]));
    if (results.size > 0 && !quiet) goingOn(results.size, jobs.length);
    const { description, software } = device.adapter;
    const head: JournalHead = found?.head ??
      { journal: 2, version, command: 'irreproducibility retrain', settings, adapter: { description, software } };
    const journal = await SampleJournal.open<Training>(out, head, found, () => lock.check());
    const progress = new Progress(jobs.length * steps, results.size * steps, { quiet, parts: true });
    try {
      for (const [id, { chance, m }] of jobs.entries()) {
        if (results.has(id) || interrupt.stopped) continue;
        const parameters = await train(device, { ...recipe, ...seedsOf(chance, recipe.seed, m) }, (step) =>
          progress.update(id * steps + step, `${chance.name}, training ${m + 1}`));
        const network = classifier(loadModel(toOnnx(parameters), { name: 'model.onnx' }));
        const explainer = new Explainer(network, device, { batch: 32 });
        const answers = await explainer.logits(toInputs(pictures));
        explainer.destroy();
        const result = { logits: answers.flatMap((z) => [...z]) };
        await journal.append({ id, result });
        results.set(id, result);
      }
    } finally {
      progress.clear();
      await journal.close();
    }
    if (results.size < jobs.length) {
      stopped(results.size, jobs.length);
      return null;
    }
    const labels = pictures.map(({ label }) => label);
    const chances = CHANCES.map(({ name }, c) => {
      const logits = Array.from({ length: models }, (_, m) => Float32Array.from(results.get(c * models + m)!.logits));
      return { name, measures: pairMeans(logits, CLASSES.length, labels) };
    });
    return { what: "The demo's network as a whole", models, trained: recipe.pictures, held, chances, settings,
      adapter: head.adapter.description, version };
  }, quiet ? undefined : notice);
  interrupt.end();
  return report;
}

/** The seed of the initial weights, and the number of the order, of training m. */
function seedsOf({ init, shuffled }: Chance, seed: number, m: number): { readonly initial: number; readonly order: number } {
  return { initial: seed + (init === 'different' ? m : 0), order: shuffled ? m : 0 };
}
