/** The experiments of sections 3.1 to 3.4 as a program runs them that has no files: on the demo's network and pictures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { analyseMasking, analysePasting, analysePruning, analyseTuning, bystanders, checkedSamples, claimsOf, classifier, drawSubset,
  Explainer, fillPixels, FineTuner, lastStage, loadModel, maskSample, mostFilters, normalizedStep, parseStatistics, pasteOnto, pasteRegion,
  pruneSample, randomRegion, Random, rankFilters, salientMap, salientPixels, standardize, tuneSample, turnOff, verdictOf, type Answer,
  type Classifier, type FilterContext, type MaskingSettings, type ProfiledSample, type PruningSettings, type SampleResult,
  type TuningSettings } from '../../src/index.js';
import { answerOf } from '../../src/saliency/off.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { samples as drawPictures, toInputs } from '../../tools/demo/pictures.js';
import { closeDevices, devices } from '../support/device.js';
import { fails } from '../support/outcomes.js';
import { root } from '../../reference/paths.js';

const experiments = suite('experiments');

const PICTURES = 48, MISTAKES = 4;
const pruning: PruningSettings = { curves: ['salient', 'random', 'least'], counts: [0, 1, 5, 20], mode: 'channel', damage: 3, seed: 7 };
const tuning: TuningSettings = { curves: ['salient', 'gradient', 'all'], counts: [5, 20], steps: [0.3, 1], sweep: ['salient'], sweepAt: 20,
  neighbors: 2, subset: 6, check: 2, seed: 7 };
const masking: MaskingSettings = { shares: [0.05, 0.2], fills: ['mean', 'blur'], controls: ['random', 'shifted'], draws: 2, seed: 7,
  top: 10 };

let network: Classifier;
let explainer: Explainer;
let tuner: FineTuner;
let context: FilterContext;
let right: ProfiledSample[];
let mistakes: ProfiledSample[];

/** What `each` gives for the first mistakes. */
async function forMistakes<R>(each: (sample: ProfiledSample, turn: number) => Promise<R>): Promise<SampleResult<R, ProfiledSample>[]> {
  const results: SampleResult<R, ProfiledSample>[] = [];
  for (const [turn, sample] of mistakes.slice(0, MISTAKES).entries()) results.push({ sample, result: await each(sample, turn) });
  return results;
}
/** Computes once what several tests look at. */
function once<R>(compute: () => Promise<R>): () => Promise<R> {
  let made: Promise<R> | undefined;
  return () => made ??= compute();
}
const salientFilters = ({ profile }: ProfiledSample): number[] => rankFilters(standardize(profile, context.stats), context.stats);
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const near = (got: number, want: number, tolerance = 1e-6): void => assert.ok(Math.abs(got - want) <= tolerance, `${got} is not ${want}`);

experiments.before(async () => {
  const [{ device }] = await devices();
  network = classifier(loadModel(readFileSync(join(root, 'demo/model.onnx'))));
  const stats = parseStatistics(readFileSync(join(root, 'demo/stats.json'), 'utf8'), 'stats.json');
  explainer = new Explainer(network, device);
  tuner = new FineTuner(network, device);
  context = { stats, lastStage: lastStage(network) };
  const drawn = drawPictures(11, 0, PICTURES, { marked: true });
  const pictures = toInputs(drawn);
  const explained = await explainer.explain(pictures, drawn.map((s) => s.label));
  const all = explained.map(({ logits, profile }, id) => ({ id, label: drawn[id].label, predicted: argmax(logits), picture: pictures[id],
    profile })
  );
  right = all.filter((s) => s.label === s.predicted);
  mistakes = all.filter((s) => s.label !== s.predicted);
  assert.ok(mistakes.length >= MISTAKES && right.length >= pruning.damage, 'the pictures leave something to ask');
});
experiments.after(async () => {
  explainer.destroy();
  tuner.destroy();
  await closeDevices();
});

const prune = once(() =>
  forMistakes((sample) => pruneSample({ explainer, ...context }, sample, bystanders(sample, right, pruning), pruning))
);

experiments('a pruning curve (3.1) is what turnOff says of the same filters', async () => {
  const results = await prune();
  const { counts } = pruning;
  for (const { sample, result: { unchanged, checked, steps } } of results) {
    const { picture, label, predicted } = sample;
    const salient = salientFilters(sample);
    const orders = { salient, least: salient.toReversed() };
    const others = bystanders(sample, right, pruning);
    assert.equal([checked, others.length, new Set(others).size], [3, 3, 3]);
    for (const curve of ['salient', 'least'] as const) {
      const sets = counts.map((k) => orders[curve].slice(0, k));
      const answers = await turnOff(explainer, picture, label, predicted, sets);
      const theirs: Answer[][] = [];
      for (const o of others) theirs.push(await turnOff(explainer, o.picture, o.label, o.predicted, sets));
      steps[curve]!.forEach(({ broken, ...answer }, k) => {
        assert.equal(answer, answers[k]);
        assert.is(broken, theirs.filter((t, o) => t[k].predicted !== others[o].label).length);
      });
    }
    assert.equal(unchanged, (await turnOff(explainer, picture, label, predicted, [[]]))[0]);
    assert.equal(Object.keys(steps), pruning.curves);
  }
  const { wrong, right: none } = analysePruning(results, pruning, 200);
  assert.is(none, null);
  wrong!.curves.salient!.forEach((point, k) => {
    assert.is(point.k, counts[k]);
    near(point.wrong.mean, mean(results.map(({ result: r }) => r.steps.salient![k].wrong - r.unchanged.wrong)));
    near(point.broken!.mean, mean(results.map(({ result: r }) => r.steps.salient![k].broken / 3)));
    const other = wrong!.curves.random![k];
    near(wrong!.salientMinus.random![k].label.mean, point.label.mean - other.label.mean);
  });
});

experiments('the seed and the id decide what is drawn, not what else is asked for', async () => {
  const [sample] = mistakes;
  const alone = { ...pruning, curves: ['random'] as const };
  const { result } = (await prune())[0];
  assert.equal((await pruneSample({ explainer, ...context }, sample, [], alone)).steps.random!.map((s) => s.wrong),
    result.steps.random!.map((s) => s.wrong));
  const other = await pruneSample({ explainer, ...context }, sample, [], { ...alone, seed: 8 });
  assert.is(other.checked, 0);
  assert.not.equal(other.steps.random!.map((s) => s.wrong), result.steps.random!.map((s) => s.wrong));
  assert.is(analysePruning([{ sample, result: other }], { ...alone, seed: 8 }, 10).wrong!.curves.random![0].broken, null);
  assert.is(mostFilters(context, ['salient', 'random-last-stage']), context.lastStage.reduce((n, l) => n + l.filters, 0));
});

const neighborsOf = (sample: ProfiledSample) =>
  mistakes.filter((m) => m.id !== sample.id).slice(0, tuning.neighbors).map((m) => ({ ...m, similarity: 0.5 }));

const tune = once(() => {
  const subset = drawSubset(right, tuning);
  return forMistakes((sample, turn) =>
    tuneSample({ tuner, ...context }, sample, neighborsOf(sample), checkedSamples(subset, turn, tuning, null), tuning)
  );
});

experiments('a step of fine-tuning (3.3) is normalizedStep on the same filters', async () => {
  const results = await tune();
  for (const { sample, result: { before, outcomes, near: neighbors, loss } } of results) {
    const gradient = await tuner.gradient(sample.picture, sample.label);
    assert.is(loss, gradient.loss);
    assert.equal(neighbors.map((n) => n.id), neighborsOf(sample).map((n) => n.id));
    assert.is(before.predicted, sample.predicted);
    assert.equal(outcomes.map(({ curve, k, step }) => [curve, k, step].join()), ['salient,5,0.3', 'salient,20,0.3', 'gradient,5,0.3',
      'gradient,20,0.3', `all,${context.stats.mean.length},0.3`, 'salient,20,1']);
    for (const outcome of outcomes.filter((o) => o.curve === 'salient')) {
      const step = normalizedStep(network, gradient, salientFilters(sample).slice(0, outcome.k), outcome.step);
      const [own, ...others] = await tuner.tuned(step, () => tuner.logits([sample, ...neighborsOf(sample)].map((s) => s.picture)));
      const { wrong, label, predicted } = answerOf(own, sample.label, sample.predicted);
      near(outcome.wrong, wrong);
      near(outcome.label, label);
      assert.equal([outcome.predicted, outcome.norm, outcome.filters], [predicted, step.norm, outcome.k]);
      assert.is(outcome.nearRight, neighborsOf(sample).filter((n, k) => argmax(others[k]) === n.label).length);
    }
  }
  const { points, salientMinus } = analyseTuning(results, tuning, context.stats.mean.length, 200);
  assert.equal(points.map((p) => p.curve), ['salient', 'salient', 'gradient', 'gradient', 'all', 'salient']);
  assert.equal(salientMinus.map(({ than, k }) => [than, k].join()), ['gradient,5', 'all,5', 'gradient,20', 'all,20']);
  near(points[1].label.mean, mean(results.map(({ result: r }) => r.outcomes[1].label - r.before.label)));
  near(points[1].accuracy!.mean, mean(results.map(({ result: r }) => (r.outcomes[1].checkedRight - r.before.checkedRight) / r.checked)));
  await fails(() => tuneSample({ tuner, ...context }, mistakes[0], [], [], tuning), /sample \d+ has no neighbour/);
});

experiments('the samples of a subset are asked about in turn', () => {
  const subset = [5, 3, 9, 4].map((id) => ({ id }));
  const asked = (turn: number, except: number | null = null) =>
    checkedSamples(subset, turn, { ...tuning, check: 3 }, except).map((s) => s.id);
  assert.equal([asked(0), asked(1), asked(2)], [[5, 3, 9], [4, 5, 3], [9, 4, 5]]);
  assert.equal(asked(0, 3), [5, 9, 4]);
  assert.equal(checkedSamples([], 3, tuning, null), []);
  assert.equal(drawSubset(subset, { ...tuning, subset: 9 }).map((s) => s.id).sort(), [3, 4, 5, 9]);
});

const shape = () => network.pictureShape;
const mask = once(() =>
  forMistakes((sample) => maskSample({ explainer, stats: context.stats, shape: shape(), normalization: null }, sample, null, masking))
);

experiments('masking (3.4) fills the pixels that the input map finds', async () => {
  const results = await mask();
  for (const { sample, result: { skipped, pixels, maskable, filters, steps } } of results) {
    const { picture, label, predicted } = sample;
    assert.equal([skipped, pixels, maskable, steps.length], [null, 1600, 1600, 2 * 2 * (1 + 2 + 2)]);
    assert.equal(filters, salientFilters(sample).slice(0, 10));
    const { map } = await salientMap({ explainer, stats: context.stats, shape: shape() }, picture, label, 10);
    for (const { fill, share, saliency, draw, choice, ...answer } of steps.filter((s) => s.choice === 'salient')) {
      const masked = fillPixels(picture, shape(), salientPixels(map, 1600 * share), fill, null);
      const [{ logits, profile }] = await explainer.explain([masked], [label]);
      assert.equal(answer, { pixels: 1600 * share, ...answerOf(logits, label, predicted) });
      const standardized = standardize(profile, context.stats);
      near(saliency!, mean(filters.map((f) => standardized[f])), 1e-9);
    }
  }
  const analysis = analyseMasking(results, masking);
  assert.equal([analysis.samples, analysis.skipped, analysis.boxed, analysis.points.length], [MISTAKES, [], 0, 4]);
  const { wrong } = analysis.points[0].curves.salient;
  near(wrong.mean, mean(results.map(({ result: r }) => r.steps[0].wrong - r.before.wrong)));
  const covered = await maskSample({ explainer, stats: context.stats, shape: shape(), normalization: null }, mistakes[0],
    new Uint8Array(1600), masking);
  assert.equal([covered.skipped, covered.steps], ['its object boxes cover the whole picture', []]);
});

experiments('pasting (3.4) puts the same region, and random ones, onto every picture', async () => {
  const [{ picture, predicted: pulled }] = mistakes;
  const region = { x0: 2, y0: 3, x1: 12, y1: 14 };
  const results = [];
  for (const onto of right.slice(0, 3)) {
    const result = await pasteOnto(explainer, { picture, shape: shape(), region, pulled }, onto, { draws: 2, seed: 7 });
    results.push(result);
    const sources = [region, ...[0, 1].map((d) => randomRegion(region, shape(), new Random(7, d)))];
    const logits = await explainer.logits(sources.map((from) => pasteRegion(onto.picture, picture, shape(), from, region)));
    [result.salient, ...result.random].forEach((pull, k) => {
      near(pull.pulled, probability(logits[k], pulled));
      assert.is(pull.predicted, argmax(logits[k]));
    });
  }
  const { pictures, difference, salient, random } = analysePasting(results, pulled, 7);
  assert.is(pictures, 3);
  near(difference.mean, salient.mean - random.mean);
});

experiments("the paper's claims are the differences that the experiments measured", async () => {
  const pruned = { settings: pruning, analysis: analysePruning(await prune(), pruning, 200) };
  const tuned = { settings: tuning, analysis: analyseTuning(await tune(), tuning, context.stats.mean.length, 200) };
  const masked = { settings: masking, analysis: analyseMasking(await mask(), masking) };
  const claims = claimsOf({ pruning: pruned, tuning: tuned, masking: masked });
  assert.equal([...new Set(claims.map((c) => c.section))], ['3.1', '3.3', '3.4']);
  // 3.1: three claims against two controls; 3.3: two against 'gradient' and two against 'all'; 3.4: four for each fill and control.
  assert.is(claims.length, 3 * 2 + 2 + 2 + 4 * 2 * 2);
  assert.is(claims[0].measured, "Change of the wrong class's confidence with 20 filters off: the most salient against random");
  assert.equal(claims[0].difference, pruned.analysis.wrong!.salientMinus.random![3].wrong);
  assert.is(claims[0].verdict, verdictOf(claims[0].difference, 'less'));
});

experiments.run();
