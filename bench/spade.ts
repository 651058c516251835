/**
 * The kernels of traces against the adapter's own multiply-add rate, which is measured before and after each: `node dist/bench/spade.js`.
 * Gram matrices count the lower triangle alone, N P D (D + 1) / 2, and Cholesky D^3 / 6 multiply-adds: what has to be computed.
 */
import { Command } from 'commander';
import { openDawnDevice } from '../src/dawn.js';
import { cholesky } from '../src/kernels/cholesky.js';
import type { ConvShape } from '../src/kernels/conv.js';
import { gram } from '../src/kernels/gram.js';
import { percent } from '../src/report/numbers.js';
import { multiplyAddRate } from './rate.js';
import { timeLowering } from './timing.js';

/** A convolution of square pictures, padded so that its output is as large over its stride. */
function windows(N: number, C: number, side: number, R: number, { stride = 1, groups = 1 } = {}): Omit<ConvShape, 'K'> {
  const pad = R >> 1, out = Math.floor((side + 2 * pad - R) / stride) + 1;
  return { N, C, H: side, W: side, R, S: R, OH: out, OW: out, strideH: stride, strideW: stride, padTop: pad, padLeft: pad, dilationH: 1,
    dilationW: 1, groups };
}

const LAYERS: readonly (readonly [name: string, shape: Omit<ConvShape, 'K'>])[] = [
  ['ResNet-20, 16 channels of 32 x 32', windows(16, 16, 32, 3)],
  ['ResNet-20, 32 channels of 16 x 16', windows(16, 32, 16, 3)],
  ['ResNet-20, 64 channels of 8 x 8', windows(16, 64, 8, 3)],
  ['ResNet-50, 64 channels of 56 x 56', windows(2, 64, 56, 3)],
  ['ResNet-50, 128 channels of 28 x 28', windows(2, 128, 28, 3)],
  ['ResNet-50, 256 channels of 14 x 14', windows(2, 256, 14, 3)],
  ['ResNet-50, 256 channels of 56 x 56, 1x1', windows(2, 256, 56, 1)],
  ['depthwise, 96 channels of 56 x 56', windows(2, 96, 56, 3, { groups: 96 })],
];
const COLUMNS = [576, 1152, 2304];

async function main(): Promise<void> {
  const { adapter, budget } = new Command('bench spade')
    .option('--adapter <name>', "hardware, software, or part of an adapter's name")
    .option('--budget <seconds>', 'time for each measurement', '0.5')
    .parse().opts<{ adapter?: string; budget: string }>();
  const seconds = Number(budget);
  const device = await openDawnDevice({ adapter });
  console.log(`${device.adapter.description}, schedule '${device.target.schedule}'`);
  const share = async (name: string, work: number, time: () => Promise<number>): Promise<void> => {
    const before = await multiplyAddRate(device, seconds / 4), taken = await time(), after = await multiplyAddRate(device, seconds / 4);
    const rate = Math.max(before, after);
    console.log(
      `${name.padEnd(44)}${percent(work / taken / rate, 0).padStart(6)} of ${(rate / 1e9).toFixed(1)} G multiply-adds per second`
    );
  };
  for (const [name, s] of LAYERS) {
    const D = (s.C / s.groups) * s.R * s.S;
    await share(name, (s.groups * s.N * s.OH * s.OW * D * (D + 1)) / 2, () =>
      timeLowering(device, gram(device.target, s), { x: s.N * s.C * s.H * s.W, out: s.groups * D * D }, seconds));
  }
  for (const D of COLUMNS) {
    await share(`Cholesky of ${D} columns`, D ** 3 / 6, () =>
      timeLowering(device, { kernels: cholesky(device.target, D), scratch: [] }, { a: D * D, status: 2 }, seconds));
  }
  device.destroy();
}

await main();
