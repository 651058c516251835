/**
 * A plan reads the batch for its sizes alone: whatever is asked of a network, the dispatches for one picture and for many are
 * the same, in the same order and of the same text. A driver that contracts a * b + c has then nothing to choose by it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resnet20, resnet50, vgg19 } from '../../../bench/networks.js';
import { root } from '../../../reference/paths.js';
import { classifier } from '../../../src/classifier.js';
import { planGraph, type Dispatch } from '../../../src/engine/plan/plan.js';
import type { Target } from '../../../src/kernels/kernel.js';
import { loadModel } from '../../../src/onnx/model.js';
import type { Network } from '../../../src/saliency/network.js';
import { questionGraph, type Question } from '../../../src/saliency/questions.js';
import { kinkedNetwork, sharedNetwork, smallNetworks } from '../../support/small-networks.js';
import { PAPER } from '../../support/target.js';

/** A tensor beyond the size of a binding is read through functions that find its segment: a difference of indices alone, not meant here. */
const DEFAULT = { ...PAPER, maxBinding: 1 << 30 };
const GPU = { ...PAPER, maxBinding: 1 << 30, maxBuffers: 16, maxInvocations: 1024, maxWorkgroupMemory: 32768 };
const TARGETS: Record<string, Target> = {
  'register, default limits': DEFAULT,
  'register with subgroups': { ...GPU, schedule: 'register', subgroup: 8 },
  'tile, default limits': { ...DEFAULT, schedule: 'tile' },
  tile: { ...GPU, schedule: 'tile' },
};
const MASKED: readonly Question[] = ['logits channel', 'logits paper'];
const QUESTIONS: readonly Question[] = ['logits', 'profile', 'map', 'loss gradient', 'logit gradient', 'features'];

const demo = classifier(loadModel(readFileSync(join(root, 'demo/model.onnx')), { name: 'the demo' }));
/** Sides that several blocks and tiles fill, and that none does. */
const networks: Record<string, Network> = { demo, 'ResNet-20': resnet20(), 'ResNet-50 of 64 x 64': resnet50(64),
  'VGG-19 of 32 x 32': vgg19(32), ...smallNetworks([3, 24, 24]), 'with a weight used twice': sharedNetwork([3, 24, 24]),
  'with all else': kinkedNetwork([3, 24, 24]) };

/** Which take a while to plan. */
const large = new Set(['ResNet-50 of 64 x 64', 'VGG-19 of 32 x 32']);

const plans = suite('plans of 1, 2, 3, 5 and 16 pictures');

for (const [name, network] of Object.entries(networks)) {
  plans(`${name}: the same dispatches`, () => {
    for (const [which, target] of Object.entries(TARGETS)) {
      for (const question of network === demo ? [...QUESTIONS, ...MASKED] : QUESTIONS) {
        const of = (pictures: number): string[] => {
          const plan = planGraph(questionGraph(question, network, pictures, 'mean-abs').outputs, target);
          return [...plan.prologue, ...plan.main].map(shown);
        };
        const many = of(16);
        for (const pictures of large.has(name) ? [1, 3] : [1, 2, 3, 5]) {
          const few = of(pictures);
          const differs = few.findIndex((text, k) => text !== many[k]);
          assert.is(differs, -1, `${question}, ${which}: dispatch ${differs} of ${pictures} and of 16 pictures:\n`
            + `${few[differs]}\n\n${many[differs]}`);
          assert.is(few.length, many.length, `${question}, ${which}: dispatches for ${pictures}, and for 16`);
        }
      }
    }
  });
}

const shown = ({ op, kernel }: Dispatch): string => `${op}, ${kernel.name}, ${kernel.bindings.map((b) => b.operand)}, ${kernel.wgsl}`;

plans.run();
