/** Whether traces help: controls, scores of a picture, and what is said of all of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Attributor } from '../../src/attribution/attributor.js';
import { drawsFromSeed } from '../../src/attribution/draws.js';
import { pixelScore } from '../../src/attribution/methods.js';
import { evaluationCsv, evaluationPage, evaluationSentences, evaluationText,
  type EvaluationResult } from '../../src/report/spade/evaluate.js';
import { argmax } from '../../src/saliency/prediction.js';
import { rocArea } from '../../src/saliency/roc.js';
import { magnitudeControl, randomControl } from '../../src/spade/controls.js';
import { scorePicture, type MethodScores, type PictureScores } from '../../src/spade/evaluate.js';
import { analyseEvaluation, COLUMNS } from '../../src/spade/evaluation.js';
import type { SolvedLayer } from '../../src/spade/solve.js';
import { draw, random, uniform } from '../../reference/random.js';
import { closeDevices, devices } from '../support/device.js';
import { NETWORKS, PICTURE } from '../support/small-networks.js';

const test = suite('spade evaluate');

test('controls keep as many weights of each layer, unchanged', () => {
  const weights = new Map([['a', Float32Array.of(1, -4, 2, 3, 2, -0.5)], ['b', Float32Array.of(5, 6, 7)]]);
  const layers = [{ layer: { weight: 'a' }, kept: Uint8Array.of(0, 1, 0, 1, 1, 0) }, { layer: { weight: 'b' },
    kept: Uint8Array.of(0, 0, 1) }] as unknown as SolvedLayer[];
  assert.equal([...magnitudeControl(layers, weights)], [['a', Float32Array.of(0, -4, 2, 3, 0, 0)], ['b', Float32Array.of(0, 0, 7)]]);
  const drawn = [0, 1, 2, 3].map((picture) => randomControl(layers, weights, 1, picture));
  for (const made of drawn) {
    for (const [name, own] of weights) {
      const values = made.get(name)!;
      assert.is(values.filter((v) => v !== 0).length, name === 'a' ? 3 : 1);
      assert.ok(values.every((v, k) => v === 0 || v === own[k]));
    }
  }
  assert.equal(randomControl(layers, weights, 1, 2), drawn[2]);
  assert.ok(new Set(drawn.map((m) => [...m.values()].join())).size > 1);
});

test('the scores of a picture are of the maps of each network, and the network has its own weights afterwards', async () => {
  const [{ device }] = await devices();
  const network = Object.values(NETWORKS)[0];
  const picture = Float32Array.from(draw(uniform(PICTURE), random('evaluate')));
  const [, height, width] = PICTURE;
  const inside = Uint8Array.from({ length: height * width }, (_, k) => Number(k % 7 === 0));
  const changed = (name: string) => new Map([['w0', Float32Array.from(draw(uniform([network.weights.get('w0')!.length]), random(name)))]]);
  const weights = { trace: changed('trace'), magnitude: changed('magnitude'), random: changed('random'), other: changed('other') };
  const attributor = new Attributor(network, device);
  const draws = drawsFromSeed(0, PICTURE);
  const seen: string[] = [];
  const scores = await scorePicture(attributor, { picture, shape: PICTURE, inside, weights }, ['saliency', 'input-x-gradient'], draws, {
    steps: 4,
    onMaps: (method) => seen.push(method),
  });
  assert.equal(seen, ['saliency', 'input-x-gradient']);
  const target = argmax((await attributor.logits([picture]))[0]);
  const dense = await attributor.map('input-x-gradient', picture, target);
  assert.is(scores.methods['input-x-gradient']!.auc.dense, rocArea(pixelScore('input-x-gradient', dense, PICTURE), inside));
  for (const name of ['trace', 'random'] as const) {
    attributor.use(weights[name]);
    assert.is(scores.agrees[name], argmax((await attributor.logits([picture]))[0]) === target);
    const map = await attributor.map('saliency', picture, target);
    assert.is(scores.methods.saliency!.auc[name], rocArea(pixelScore('saliency', map, PICTURE), inside));
  }
  assert.ok(scores.agrees.dense);
  attributor.destroy();
});

/** Scores of a method whose trace is better by `gain` than the network, and than another's trace by `own`. */
function methodScores(noise: number, gain: number, own: number): MethodScores {
  const dense = 0.9 + 0.02 * noise;
  const causal = { insertion: 0.5 + 0.1 * noise, deletion: 0.2 };
  return { auc: { dense, trace: dense + gain, magnitude: dense - 0.01, random: 0.6, other: dense + gain - own },
    smooth: { dense: 0.99, trace: 0.99 },
    causal: { dense: causal, trace: { insertion: causal.insertion + gain, deletion: causal.deletion }, other: causal } };
}

function resultOf(pictures: readonly PictureScores[]): EvaluationResult {
  return { model: 'm.onnx', data: 'pictures <with> known pixels', viewsKept: 0.08, adapter: 'an adapter',
    settings: { views: 128, preset: 'paper', sparsity: 'last stage', seed: 0, steps: 10, limeSamples: 512 },
    evaluation: analyseEvaluation(pictures, ['saliency', 'lrp'], 0) };
}

const pictures = (count: number, gain: number, own: number): PictureScores[] => {
  const r = random('pictures');
  return Array.from({ length: count }, (_, k) => ({
    agrees: { dense: true, trace: k % 2 === 0, magnitude: true, random: false, other: true },
    methods: { saliency: methodScores(r(), gain * (0.5 + r()), own), lrp: methodScores(r(), gain * (0.5 + r()), own) },
  }));
};

test('means, paired differences and sentences follow the numbers', async () => {
  const helps = resultOf(pictures(20, 0.05, 0.02));
  const { rows, agree } = helps.evaluation;
  assert.equal(Object.keys(rows), ['saliency', 'lrp', 'mean']);
  const { saliency, lrp, mean } = rows;
  assert.ok(Math.abs(mean.dense.mean - (saliency.dense.mean + lrp.dense.mean) / 2) < 1e-12);
  assert.ok(Math.abs(mean['trace - dense'].mean - (mean.trace.mean - mean.dense.mean)) < 1e-12);
  assert.ok(mean['trace - dense'].low > 0 && Math.abs(mean["trace - other's"].mean - 0.02) < 1e-9);
  assert.is(agree.trace.mean, 0.5);
  const said = evaluationSentences(helps).join(' ');
  assert.match(said, /finds the known pixels better/);
  assert.match(said, /more than that of another picture/);
  assert.match(said, /names the network's class in 50 % .* elsewhere it explains another answer; 8 % of the views keep it/);
  assert.match(said, /brings \d.\d points, more than traces do/);

  const not = evaluationSentences(resultOf(pictures(20, 0, 0))).join(' ');
  assert.match(not, /is not told from the network itself/);
  assert.match(not, /no more than that of another picture/);
  assert.match(evaluationSentences(resultOf(pictures(20, -0.05, 0))).join(' '), /finds them worse/);
  // Two pictures cannot tell, however alike they are.
  assert.match(evaluationSentences(resultOf(pictures(2, 0.05, 0.02))).join(' '), /Of 2 pictures nothing can be told.*is not told from/);

  const lines = [...evaluationCsv(helps)].join('').trim().split('\n');
  assert.is(lines.length, 1 + 3 * Object.keys(COLUMNS).length);
  assert.is(lines[0], 'method,measure,mean,low,high');
  assert.match(evaluationText(helps), /20 pictures: pictures <with> known pixels/);
  const example = { name: 'a shape', width: 2, height: 2, picture: 'data:,p',
    maps: [{ method: 'LRP', dense: 'data:,d', trace: 'data:,t' }] };
  const page = await evaluationPage(helps, [example]);
  assert.match(page, /pictures &lt;with&gt; known pixels/);
  assert.is(page.match(/<img /g)!.length, 3);
  assert.throws(() => analyseEvaluation([], ['saliency'], 0), /there is no picture/);
});

test.after(closeDevices);
test.run();
