/** Each form of ResNet-50's convolutions, and where it stands under the roofline. */
import type { Device } from '../../src/engine/device.js';
import { FORMS, operandSizes, type Form } from '../forms.js';
import { resnet50 } from '../shapes.js';
import { timeLowering } from '../timing.js';
import type { KernelTime } from './form.js';
import type { Sizes } from './sizes.js';

export interface Ceiling {
  readonly rate: number;
  readonly bandwidth: number;
}

/** Tells each kernel's time; stops at the deadline and returns how many were left out. */
export async function measureKernels(device: Device, sizes: Sizes, { rate, bandwidth }: Ceiling, deadline: number,
  tell: (k: KernelTime) => void): Promise<number> {
  let left = 0;
  for (const batch of sizes.batches) {
    for (const layer of resnet50(batch).filter((_, k) => k % sizes.everyLayer === 0)) {
      for (const form of Object.keys(FORMS) as Form[]) {
        if (performance.now() > deadline) {
          left++;
          continue;
        }
        const operands = operandSizes(layer, form);
        const seconds = await timeLowering(device, FORMS[form].lower(device.target, layer), operands, sizes.budget / 4);
        const bytes = 4 * Object.values(operands).reduce((a, b) => a + b, 0);
        const roofline = Math.min(rate, (bandwidth * layer.multiplyAdds) / bytes);
        const achieved = layer.multiplyAdds / seconds;
        tell({
          layer: layer.name,
          count: layer.count,
          form,
          batch,
          schedule: device.target.schedule,
          seconds,
          multiplyAdds: layer.multiplyAdds,
          bytes,
          rateShare: achieved / rate,
          rooflineShare: achieved / roofline,
        });
      }
    }
  }
  return left;
}
