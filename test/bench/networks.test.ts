/** Networks with random weights have the shapes that the literature gives them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { multiplyAdds } from '../../bench/models.js';
import { resnet20, resnet50, vgg19 } from '../../bench/networks.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { filterCount } from '../../src/saliency/network.js';
import { questionGraph } from '../../src/saliency/questions.js';
import { PAPER } from '../support/target.js';

const networks = suite('networks');

for (const [make, layers, filters, parameters, work] of [
  [resnet20, 19, 688, 269_034, 40.6e6],
  [resnet50, 53, 26_560, 25_530_472, 4.09e9],
  [vgg19, 16, 5_504, 143_667_240, 19.6e9],
] as const) {
  const net = make();
  networks(`${net.name}: layers, filters, weights, multiply-adds`, () => {
    assert.is(net.layers.length, layers);
    assert.is(filterCount(net.layers), filters);
    // The published counts (269,722 and 25,557,032 with batch norm) less one number per filter: its scale is folded away.
    assert.is([...net.random.values()].reduce((n, w) => n + w.elements, 0), parameters);
    const found = multiplyAdds(net.build(1).logits);
    assert.ok(Math.abs(found / work - 1) < 0.01, `${found} multiply-adds`);
    assert.ok(planGraph(questionGraph('profile', net, 2, 'mean-abs').outputs, PAPER).main.length > layers);
  });
}

networks.run();
