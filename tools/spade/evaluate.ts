/** `misfire spade evaluate`: do traces help to find known pixels? Picture by picture into a journal, then the table and the page. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Attributor } from '../../src/attribution/attributor.js';
import { drawsFromSeed, type Draws } from '../../src/attribution/draws.js';
import { METHODS, type MethodName } from '../../src/attribution/methods.js';
import type { Classifier } from '../../src/classifier.js';
import { openDawnDevice } from '../../src/dawn.js';
import type { Device } from '../../src/engine/device.js';
import { readText, writeAllAtomic, writeAtomic } from '../../src/files/files.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { heatmap, linearDrawing } from '../../src/report/colors.js';
import { evaluationCsv, evaluationPage, evaluationText, type EvaluationExample,
  type EvaluationResult } from '../../src/report/spade/evaluate.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { magnitudeControl, randomControl } from '../../src/spade/controls.js';
import { scorePicture, type PictureScores } from '../../src/spade/evaluate.js';
import { analyseEvaluation } from '../../src/spade/evaluation.js';
import { Tracer, traceWeights, type Trace } from '../../src/spade/trace.js';
import { drawView, makeView, realPicture, VIEW_PRESETS, type ViewPreset } from '../../src/spade/views.js';
import { workIn, type FolderKind } from '../../src/store/folder.js';
import { Journal, JSON_LINES, readJournal } from '../../src/store/journal.js';
import { difference, refuseDifference } from '../../src/store/settings.js';
import { PREPROCESSING, sample, SIZE, toInputs } from '../demo/pictures.js';
import { announce } from '../shared/computer.js';
import { Interrupt } from '../shared/interrupt.js';
import { classifierOf, openModel } from '../shared/model-file.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { goingOn, goesOnElsewhere, notice, stopped, version } from '../shared/terminal.js';
import { sparsitiesOf } from './sparsities.js';
import { stickerPictures, type StickerPicture } from './sticker.js';

export interface EvaluateOptions {
  readonly out: string;
  readonly pictures: number;
  readonly methods: readonly MethodName[];
  readonly views: number;
  readonly viewPreset: ViewPreset;
  readonly sparsity?: string;
  readonly seed: number;
  readonly steps: number;
  readonly limeSamples: number;
  readonly adapter?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** The sequence of pictures, and where it begins: none that the demo's training or statistics have seen. */
const SEED = 3, FIRST = 1000;
/** As the tables of this method's description have them: squares of 5 pixels, windows of 8 in steps of 2, 8 baselines, 16 ways. */
const DRAWS = { cell: 5, window: 8, stride: 2 }, BASELINES = 8;
const BATCH = 32;
/** Pictures shown on the page. */
const EXAMPLES = 3;
const BEGUN = 'evaluate.json', SCORES = 'scores.jsonl';
const EVALUATION: FolderKind = { mark: BEGUN,
  refusal: (folder, stranger) =>
    `${folder} holds "${stranger}" and no evaluation that could be gone on with: choose a new folder for --out` };
/** Beside dist/, where this file is compiled to dist/tools/spade/. */
const MODEL = fileURLToPath(new URL('../../../demo/model.onnx', import.meta.url));

/** What is kept of a picture. */
interface Scored extends PictureScores {
  readonly index: number;
  readonly viewsKept: number;
  readonly example?: EvaluationExample;
}

export async function evaluate(options: EvaluateOptions): Promise<void> {
  await checkJson(options.json);
  const file = await openModel(MODEL);
  const network = classifierOf(file, undefined);
  const sparsities = await sparsitiesOf(options.sparsity, network);
  const { views, viewPreset, seed, steps, limeSamples, methods } = options;
  const settings = { model: file.sha256, views, 'view preset': viewPreset, sparsity: Object.fromEntries(sparsities.of), seed, steps,
    'LIME samples': limeSamples, methods, 'pictures from': [SEED, FIRST] };
  const interrupt = new Interrupt('picture');
  const result = await workIn(options.out, EVALUATION, async (lock) => {
    interrupt.begin();
    const device = await openDawnDevice({ adapter: options.adapter });
    const adapter = device.adapter.description;
    const path = join(options.out, BEGUN);
    const begun = await readText(path).then((text) => JSON.parse(text) as { settings: typeof settings; adapter: string }, () => null);
    if (begun) refuseDifference(options.out, difference(begun.settings, settings));
    else await writeAtomic(path, `${JSON.stringify({ version, settings, adapter }, null, 2)}\n`);
    if (!options.quiet) {
      announce(device);
      goesOnElsewhere(options.out, begun?.adapter ?? adapter, adapter);
    }
    const { records, bytes } = await readJournal(join(options.out, SCORES), JSON_LINES);
    const done = (records as Scored[]).slice(0, options.pictures);
    const journal = await Journal.open<unknown>(join(options.out, SCORES), JSON_LINES, bytes, { lasting: true });
    const progress = new Progress(options.pictures, done.length, { quiet: options.quiet, parts: true });
    if (done.length > 0 && done.length < options.pictures && !options.quiet) goingOn(done.length, options.pictures);
    const scorer = done.length < options.pictures ? new Scorer(network, device, options, sparsities.of) : null;
    try {
      await scorer?.find();
      while (scorer && done.length < options.pictures && !interrupt.stopped) {
        const scored = await scorer.score(done.length, (share) => progress.update(done.length + share, `picture ${done.length + 1}`));
        await lock.check();
        await journal.append(scored);
        done.push(scored);
      }
    } finally {
      progress.clear();
      scorer?.destroy();
      await journal.close();
      device.destroy();
    }
    if (done.length < options.pictures) {
      stopped(done.length, options.pictures);
      return null;
    }
    const made: EvaluationResult = { model: 'the demo’s network',
      data: 'shapes that a sticker alone makes the demo’s network call a star; the sticker’s pixels are known',
      settings: { views, preset: viewPreset, sparsity: sparsities.what, seed, steps, limeSamples },
      viewsKept: done.reduce((sum, s) => sum + s.viewsKept, 0) / (done.length * views), adapter,
      evaluation: analyseEvaluation(done, methods, seed) };
    await writeAllAtomic(new Map<string, string | Iterable<string>>([
      [join(options.out, 'page.html'), await evaluationPage(made, done.flatMap((s) => s.example ?? []))],
      [join(options.out, 'table.csv'), evaluationCsv(made)],
    ]), () => lock.check());
    return made;
  }, options.quiet ? undefined : notice);
  interrupt.end();
  if (!result) return;
  await writeResult(() => [`${JSON.stringify(result, null, 2)}\n`],
    `${evaluationText(result)}\nThe page: ${join(options.out, 'page.html')}\n`, options);
}

/** Scores pictures one after the other; another picture's trace is that of the one before, for the first that of the second. */
class Scorer {
  private readonly explainer: Explainer;
  private readonly attributor: Attributor;
  private readonly tracer: Tracer;
  private readonly draws: Draws;
  private pictures: readonly StickerPicture[] = [];
  private before: { readonly place: number; readonly trace: Trace } | null = null;

  constructor(private readonly network: Classifier, device: Device, private readonly options: EvaluateOptions,
    sparsities: ReadonlyMap<string, number>) {
    this.explainer = new Explainer(network, device, { batch: BATCH });
    this.attributor = new Attributor(network, device, { batch: BATCH, incomplete: true });
    this.tracer = new Tracer(device, network, { solver: 'fast', sparsities });
    const baselines = toInputs(Array.from({ length: BASELINES }, (_, k) => sample(SEED, k, { marked: false })));
    this.draws = drawsFromSeed(options.seed, network.pictureShape, { ...DRAWS, limeSamples: options.limeSamples, baselines });
  }

  async find(): Promise<void> {
    this.pictures = await stickerPictures(this.explainer, SEED, FIRST, Math.max(2, this.options.pictures));
  }

  async score(place: number, progress: (share: number) => void): Promise<Scored> {
    const { pictures, network: { weights: dense, pictureShape: shape }, options } = this;
    const { input, inside, index, name, sample: { picture } } = pictures[place];
    const neighbour = place === 0 ? 1 : place - 1;
    const other = this.before?.place === neighbour ? this.before.trace : await this.trace(neighbour);
    const own = await this.trace(place);
    this.before = { place, trace: own };
    const maps: EvaluationExample['maps'][number][] = [];
    const drawn: Promise<void>[] = [];
    const draw = async (values: Float32Array): Promise<string> => encodePicture(heatmap(linearDrawing(values), SIZE, SIZE), 'map');
    const scores = await scorePicture(this.attributor, { picture: input, shape, inside,
      weights: { trace: traceWeights(own), other: traceWeights(other), magnitude: magnitudeControl(own.layers, dense),
        random: randomControl(own.layers, dense, options.seed, index) } }, options.methods, this.draws, {
      steps: options.steps,
      onProgress: progress,
      onMaps: place >= EXAMPLES ? undefined : (method, onDense, onTrace) => {
        const { title } = METHODS.find((m) => m.name === method)!;
        const at = maps.push({ method: title, dense: '', trace: '' }) - 1;
        drawn.push(Promise.all([draw(onDense), draw(onTrace)]).then(([d, t]) => {
          maps[at] = { method: title, dense: d, trace: t };
        }));
      },
    });
    await Promise.all(drawn);
    const example = place >= EXAMPLES
      ? undefined
      : { name, width: SIZE, height: SIZE, picture: await encodePicture(picture, 'picture'), maps };
    return { index, viewsKept: own.faithfulness.viewsKept, ...scores, ...(example && { example }) };
  }

  destroy(): void {
    this.tracer.destroy();
    this.attributor.destroy();
    this.explainer.destroy();
  }

  private trace(place: number): Promise<Trace> {
    const { seed, views, viewPreset } = this.options;
    const { input, index, sample: { picture } } = this.pictures[place];
    const real = realPicture(picture);
    return this.tracer.trace(input, views,
      (k) => makeView(real, drawView(seed, index, k, real, VIEW_PRESETS[viewPreset]), [SIZE, SIZE], PREPROCESSING));
  }
}
