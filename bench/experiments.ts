/**
 * The experiments held against PyTorch's on ResNet-50, where one mistake takes half a minute of a software adapter:
 *
 *   node dist/bench/experiments.js golden-prune RUN --golden prune_rows.json --mistakes 30 --out bench/results/prune.json
 *
 * RUN is that of `misfire profile` over the same pictures. Rows of the golden file are [file, curve, k, change of the wrong
 * class's confidence, of the true class's, corrected].
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { openDawnDevice } from '../src/dawn.js';
import { bootstrapDifference, bootstrapMean } from '../src/saliency/bootstrap.js';
import { chooseSets, type Choice } from '../src/saliency/controls.js';
import { Explainer } from '../src/saliency/explainer.js';
import { turnOff, type Answer } from '../src/saliency/off.js';
import { Random } from '../src/saliency/random.js';
import { standardize } from '../src/saliency/standardize.js';
import { openExperiment } from '../tools/experiment/open.js';
import { PreparedPictures } from '../src/store/sample.js';

type GoldenRow = readonly [file: string, curve: string, k: number, wrong: number, label: number, corrected: number];
interface Compared {
  readonly file: string;
  readonly curve: string;
  readonly k: number;
  readonly got: readonly number[];
  readonly want: readonly number[];
}

const COUNTS = [1, 2, 5, 10, 20, 30, 50, 100];
const CHANNEL: readonly Choice[] = ['salient', 'least', 'random', 'random-last-stage'];
/** Tolerances of a row, and of the mean over rows, for choices that leave nothing to chance. */
const ROW = 0.02, MEAN = 0.003;
/** Fills 32 sets and the unchanged network in three runs. */
const BATCH = 11;
const MEASURES = ['wrong', 'label', 'corrected'] as const;

interface Options {
  readonly golden: string;
  readonly mistakes: string;
  readonly out: string;
  readonly adapter?: string;
  readonly seed: string;
}

async function goldenPrune(run: string, options: Options): Promise<void> {
  const rows = JSON.parse(await readFile(options.golden, 'utf8')) as GoldenRow[];
  const wanted = new Map(rows.map((r) => [`${r[0]} ${r[1]} ${r[2]}`, r]));
  const experiment = await openExperiment(run);
  const { stats, network: { layers }, lastStage } = experiment;
  const mistakes = experiment.mistakes.slice(0, Number(options.mistakes));
  const missing = mistakes.find((m) => !wanted.has(`${m.path} salient 1`));
  if (missing) throw new Error(`${options.golden} has no row for ${missing.path}`);
  const device = await openDawnDevice({ adapter: options.adapter });
  const explainer = new Explainer(experiment.network, device, { batch: BATCH });
  const pictures = new PreparedPictures(experiment.meta);
  // What an earlier, ended run had compared is kept: a sample's rows depend on nothing but the sample and the seed.
  const compared: Compared[] = (await earlier(options.out)).filter((c) => mistakes.some((m) => m.path === c.file));
  const known = new Set(compared.map((c) => c.file));
  const began = performance.now();
  let done = known.size;
  for await (const { row, profile } of experiment.samples(new Set(mistakes.filter((m) => !known.has(m.path)).map((m) => m.id)))) {
    const from = { saliency: standardize(profile, stats), profile, stats, layers, lastStage };
    const sets = (choice: Choice) => chooseSets(choice, COUNTS, from, new Random(Number(options.seed), row.id, CHANNEL.indexOf(choice)));
    const picture = await pictures.read(row);
    const add = (curve: string, [unchanged]: readonly Answer[], answers: readonly Answer[]) =>
      answers.forEach((a, j) => {
        const want = wanted.get(`${row.path} ${curve} ${COUNTS[j]}`)!.slice(3) as unknown as number[];
        compared.push({ file: row.path, curve, k: COUNTS[j],
          got: [a.wrong - unchanged.wrong, a.label - unchanged.label, a.predicted === row.label ? 1 : 0], want });
      });
    const channel = await turnOff(explainer, picture, row.label, row.predicted, [[], ...CHANNEL.flatMap(sets)], 'channel');
    CHANNEL.forEach((choice, c) => add(choice, channel, channel.slice(1 + c * COUNTS.length, 1 + (c + 1) * COUNTS.length)));
    const paper = await turnOff(explainer, picture, row.label, row.predicted, [[], ...sets('salient')], 'paper');
    add('salient-paper', paper, paper.slice(1));
    done++;
    console.log(
      `${done} of ${mistakes.length}: ${row.path}, largest difference of a row so far ` +
        `${Math.max(...compared.filter((c) => !c.curve.startsWith('random')).map(worst)).toFixed(4)}, ` +
        `${((performance.now() - began) / 1000 / (done - known.size)).toFixed(1)} s each`
    );
    await writeFile(options.out, `${JSON.stringify(report(compared, done, device.adapter.description))}\n`);
  }
  explainer.destroy();
  pictures.close();
  const { summary, beyond } = report(compared, done, device.adapter.description);
  device.destroy();
  for (const s of summary) {
    console.log(
      [s.curve.padEnd(18), String(s.k).padStart(4), ...s.means.map((m) =>
        `${m.measure} ${m.got.toFixed(4)} ` +
        `(${m.want.toFixed(4)}${m.interval ? `, interval ${show(m.interval)}, difference ${show(m.difference!)}` : ''})` +
        `${m.holds ? '' : ' DIFFERS'}`
      )].join('  ')
    );
  }
  for (const b of beyond) console.log(`beyond ${ROW}: ${JSON.stringify(b)}`);
  const fails = summary.flatMap((s) => s.means).filter((m) => !m.holds).length;
  console.log(
    `${compared.length} rows of ${done} mistakes; ${beyond.length} rows beyond ${ROW}, ` +
      `${fails} of ${summary.length * 2} means beyond ${MEAN} or outside the interval; written to ${options.out}`
  );
  if (beyond.length + fails > 0) process.exitCode = 1;
}

const show = (interval: readonly number[]): string => interval.map((v) => v.toFixed(4)).join(' to ');

async function earlier(out: string): Promise<Compared[]> {
  const text = await readFile(out, 'utf8').catch(() => null);
  return text === null ? [] : (JSON.parse(text) as { rows: Compared[] }).rows;
}

const worst = ({ got, want }: Compared): number => Math.max(Math.abs(got[0] - want[0]), Math.abs(got[1] - want[1]));

/**
 * Means of both changes: those of deterministic curves within MEAN, those of random ones within the interval of PyTorch's.
 * That interval is of one draw; two draws differ by more, so the interval of their difference, row by row, is given too.
 */
function report(compared: readonly Compared[], mistakes: number, adapter: string) {
  const curves = [...new Set(compared.map((c) => c.curve))];
  const summary = curves.flatMap((curve) =>
    COUNTS.map((k) => {
      const rows = compared.filter((c) => c.curve === curve && c.k === k);
      const random = curve.startsWith('random');
      return {
        curve,
        k,
        means: MEASURES.slice(0, 2).map((measure, m) => {
          const mean = (side: 'got' | 'want') => rows.reduce((sum, r) => sum + r[side][m], 0) / rows.length;
          const [got, want] = [mean('got'), mean('want')];
          const { low, high } = bootstrapMean(rows.map((r) => r.want[m]), new Random(0));
          const apart = bootstrapDifference(rows.map((r) => r.got[m]), rows.map((r) => r.want[m]), new Random(0));
          return { measure, got, want, interval: random ? [low, high] : null, difference: random ? [apart.low, apart.high] : null,
            holds: random ? got >= low && got <= high : Math.abs(got - want) <= MEAN };
        }),
        corrected: [rows.reduce((n, r) => n + r.got[2], 0), rows.reduce((n, r) => n + r.want[2], 0)],
      };
    })
  );
  const beyond = compared.filter((c) => !c.curve.startsWith('random') && worst(c) > ROW);
  return { adapter, mistakes, files: [...new Set(compared.map((c) => c.file))], tolerances: { row: ROW, mean: MEAN }, summary, beyond,
    rows: compared };
}

await new Command('experiments')
  .addCommand(new Command('golden-prune')
    .argument('<run>', 'of ResNet-50 over the pictures of the golden file')
    .requiredOption('--golden <file>', 'prune_rows.json')
    .option('--mistakes <count>', 'the first so many of the run', '30')
    .option('--seed <number>', 'of the random curves', '0')
    .option('--adapter <name>', "hardware, software, or part of an adapter's name")
    .requiredOption('--out <file>', 'where the comparison goes as JSON')
    .action(goldenPrune))
  .parseAsync();
