/** Real networks against PyTorch in float64: logits, losses, profiles, the ten most salient filters, filters turned off. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDawnDevice } from '../../src/dawn.js';
import type { Device } from '../../src/engine/device.js';
import { RuntimeBackend } from '../../src/runtime/backend.js';
import { findOnnxruntime } from '../../src/runtime/onnxruntime.js';
import { parseCifar10 } from '../../src/data/cifar.js';
import { preprocess } from '../../src/data/preprocess.js';
import { Explainer, type Explanation } from '../../src/saliency/explainer.js';
import { maskOf } from '../../src/saliency/off.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { profileErrors, quantile } from '../../reference/errors.js';
import { golden, hasShared, openClassifier, type Golden } from '../../reference/golden.js';
import { shared } from '../../reference/paths.js';
import { ABSENT } from '../support/runtime.js';
import { skipUnless } from '../support/skip.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const statistics = (g: Golden): Statistics => ({
  model: null,
  aggregation: 'mean-abs',
  samples: null,
  mean: g.rows('mean')[0],
  std: g.rows('std')[0],
});

function checkCommon(g: Golden, explained: readonly Explanation[]): void {
  const logits = g.rows('logits');
  const stats = statistics(g);
  explained.forEach((e, k) => {
    const worst = Math.max(...e.logits.map((v, j) => Math.abs(v - logits[k][j])));
    assert.ok(worst <= TOLERANCE.logits, `sample ${k}: logits differ by ${worst}`);
    assert.ok(Math.abs(e.loss - g.meta.loss[k]) <= TOLERANCE.pictureLoss * g.meta.loss[k],
      `sample ${k}: loss ${e.loss}, not ${g.meta.loss[k]}`);
    assert.equal(rankFilters(standardize(e.profile, stats), stats).slice(0, 10), g.meta.top10[k],
      `sample ${k}: the ten most salient filters`);
  });
}

const bits = (a: Float32Array): Uint32Array => new Uint32Array(a.buffer, a.byteOffset, a.length);

const onRuntime = skipUnless((await findOnnxruntime()) !== null, ABSENT);

for (const [where, open, alike] of [['WebGPU', openDawnDevice, TOLERANCE.batchInvariance], ['onnxruntime', RuntimeBackend.open,
  TOLERANCE.runtimeBatch]] as const) {
  if (!skipUnless(hasShared, '../shared is absent')) break;
  if (where === 'onnxruntime' && !onRuntime) break;
  const test = suite<{ device: Device | RuntimeBackend }>(`golden, ${where}`, {} as { device: Device | RuntimeBackend });
  test.before(async (context) => {
    context.device = await open();
  });
  test.after((context) => context.device.destroy());

  test('ResNet-20: profiles of 32 pictures, sure ones included', async ({ device }) => {
    const g = golden('cifar10-resnet20');
    const network = openClassifier(g.meta.model);
    assert.equal(network.layers.map(({ filters, offset }) => ({ filters, offset })),
      g.meta.layers.map(({ filters, offset }) => ({ filters, offset })));
    const explainer = new Explainer(network, device, { batch: 16 });
    const explained = await explainer.explain(g.inputs, g.meta.labels);
    const again = await explainer.explain(g.inputs, g.meta.labels);
    checkCommon(g, explained);
    const errors = explained.flatMap((e, k) => profileErrors(e.profile, g.rows('profile')[k], network.layers).relative);
    console.log(
      `ResNet-20 profiles: median error ${quantile(errors, 0.5).toExponential(1)}, largest ${quantile(errors, 1).toExponential(1)}`
    );
    assert.ok(quantile(errors, 0.5) <= TOLERANCE.profileMedian);
    assert.ok(quantile(errors, 1) <= TOLERANCE.profileLargest);
    explained.forEach((e, k) => assert.equal(bits(e.profile), bits(again[k].profile), 'reruns are equal bit for bit'));

    const single = new Explainer(network, device, { batch: 1 });
    const alone = await single.explain(g.inputs.slice(16), g.meta.labels.slice(16));
    alone.forEach((e, k) =>
      e.profile.forEach((v, j) => {
        const inBatch = explained[16 + k].profile[j];
        assert.ok(Math.abs(v - inBatch) <= alike * Math.abs(v), `sample ${16 + k}, filter ${j}: ${v} alone, ${inBatch} in a batch of 16`);
      })
    );
    explainer.destroy();
    single.destroy();
  });

  test('ResNet-20: filters turned off, many masks in one batch', async ({ device }) => {
    const g = golden('cifar10-resnet20');
    const network = openClassifier(g.meta.model);
    const rows = g.json<{ sample: number; mode: 'channel' | 'paper'; k: number; logits: number[] }[]>('prune.json');
    const stats = statistics(g);
    const standardized = g.rows('standardized');
    const explainer = new Explainer(network, device);
    for (const mode of ['channel', 'paper'] as const) {
      const mine = rows.filter((r) => r.mode === mode);
      const masks = mine.map((r) => maskOf(rankFilters(standardized[r.sample], stats).slice(0, r.k), stats.mean.length));
      const logits = await explainer.logits(mine.map((r) => g.inputs[r.sample]), masks, mode);
      mine.forEach((r, n) =>
        r.logits.forEach((v, j) =>
          assert.ok(Math.abs(v - logits[n][j]) <= TOLERANCE.logitsOff,
            `${mode}, sample ${r.sample}, ${r.k} filters off: logit ${j} is ${logits[n][j]}, not ${v}`)
        )
      );
    }
    explainer.destroy();
  });

  test('ResNet-50: profiles of 4 pictures', async ({ device }) => {
    const g = golden('imagenet-resnet50');
    const network = openClassifier(g.meta.model);
    const explainer = new Explainer(network, device, { batch: 4 });
    const explained = await explainer.explain(g.inputs, g.meta.labels);
    explainer.destroy();
    checkCommon(g, explained);
    const each = explained.map((e, k) => profileErrors(e.profile, g.rows('profile')[k], network.layers));
    const errors = each.flatMap((e) => e.relative);
    const norm = Math.max(...each.map((e) => e.norm));
    console.log(
      `ResNet-50 profiles: median error ${quantile(errors, 0.5).toExponential(1)}, ` +
        `99 % below ${quantile(errors, 0.99).toExponential(1)}, worst norm ${norm.toExponential(1)}`
    );
    assert.ok(quantile(errors, 0.5) <= TOLERANCE.profileMedian);
    assert.ok(quantile(errors, 0.99) <= TOLERANCE.profileMost);
    assert.ok(norm <= TOLERANCE.profileNorm);
  });

  for (const [name, similar] of [['cifar10-resnet20', TOLERANCE.mapCosine], ['imagenet-resnet50', TOLERANCE.mapCosineDeep]] as const) {
    test(`${name}: which pixels set the ten filters off`, async ({ device }) => {
      const g = golden(name);
      const explainer = new Explainer(openClassifier(g.meta.model), device, { batch: 4 });
      const stats = statistics(g);
      const asked = g.meta.inputSaliency;
      const [pictures, labels] = [asked.map(({ sample }) => g.inputs[sample]), asked.map(({ sample }) => g.meta.labels[sample])];
      const boosted = (await explainer.explain(pictures, labels)).map((e) =>
        rankFilters(standardize(e.profile, stats), stats).slice(0, 10)
      );
      const maps = await explainer.inputMaps(pictures, labels, boosted, stats);
      explainer.destroy();
      for (const [k, { sample, boosted: expected, cosineDistance }] of asked.entries()) {
        const gradient = g.rows(`input_grad_${sample}`).flatMap((row) => [...row]);
        const product = (x: ArrayLike<number>, y: ArrayLike<number>) => gradient.reduce((sum, _, j) => sum + x[j] * y[j], 0);
        const off = 1 -
          product(gradient, maps[k].gradient) / Math.sqrt(product(gradient, gradient) * product(maps[k].gradient, maps[k].gradient));
        const length = Math.sqrt(product(maps[k].gradient, maps[k].gradient) / product(gradient, gradient));
        const distance = Math.abs(maps[k].distance / cosineDistance - 1);
        console.log(
          `${name}, sample ${sample}: cosine similarity 1 - ${off.toExponential(1)}, length x ${length.toFixed(6)}, ` +
            `distance off by ${distance.toExponential(1)}`
        );
        assert.equal(boosted[k], expected, `sample ${sample}: the boosted filters`);
        assert.ok(off <= similar, `sample ${sample}: cosine similarity 1 - ${off}`);
        assert.ok(Math.abs(length - 1) <= TOLERANCE.mapLength, `sample ${sample}: the gradient is ${length} times as long`);
        assert.ok(distance <= TOLERANCE.mapDistance, `sample ${sample}: distance ${maps[k].distance}, not ${cosineDistance}`);
      }
    });
  }

  const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  for (const [file, how, percent] of [
    ['cifar10-resnet20.onnx', IMAGENET, 91.5],
    ['cifar10-resnet20-pytorch.onnx', IMAGENET, 92.1],
    ['cifar10-vgg6bn.onnx', { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }, 89.4],
  ] as const) {
    test(`${file} names ${percent} % of 1,000 pictures rightly`, async ({ device }) => {
      const { labels, pictures } = parseCifar10(readFileSync(`${shared}data/cifar10/test_1000.bin`));
      const explainer = new Explainer(openClassifier(file), device, { batch: 50 });
      const logits = await explainer.logits(
        pictures.map((p) => preprocess(p, { resize: null, crop: null, mean: [...how.mean], std: [...how.std] }).data)
      );
      explainer.destroy();
      const right = logits.filter((z, k) => z.indexOf(Math.max(...z)) === labels[k]).length;
      assert.is(right, percent * 10);
    });
  }

  test.run();
}
