/**
 * The demo's residual network (He et al. 2016, the CIFAR form with one block per stage): written once, and read by
 * whoever gives the layers a meaning: training (train.ts) makes graph nodes of them, export (export.ts) an ONNX file.
 * Names are torchvision's.
 */

/** What a layer is to someone who reads the network; T is what flows between layers. */
export interface Layers<T> {
  /** No bias; padding keeps the size at stride 1. */
  conv(name: string, x: T, weight: readonly [filters: number, channels: number, rows: number, columns: number], stride: number): T;
  batchNorm(name: string, x: T, channels: number): T;
  relu(name: string, x: T): T;
  add(name: string, x: T, y: T): T;
  /** [N,C,H,W] to [N,C]. */
  globalAverage(name: string, x: T): T;
  linear(name: string, x: T, inputs: number, outputs: number): T;
}

export const EPSILON = 1e-5;
const WIDTHS = [16, 32, 64] as const;

/** Logits of pictures x [N,3,H,W]. */
export function network<T>(layers: Layers<T>, x: T, classes: number): T {
  const [stem] = WIDTHS;
  let y = layers.relu('relu', layers.batchNorm('bn1', layers.conv('conv1', x, [stem, 3, 3, 3], 2), stem));
  let channels: number = stem;
  WIDTHS.forEach((width, k) => {
    y = block(layers, `layer${k + 1}.0`, y, channels, width, k === 0 ? 1 : 2);
    channels = width;
  });
  return layers.linear('fc', layers.globalAverage('avgpool', y), channels, classes);
}

function block<T>(layers: Layers<T>, name: string, x: T, channels: number, width: number, stride: number): T {
  let y = layers.conv(`${name}.conv1`, x, [width, channels, 3, 3], stride);
  y = layers.relu(`${name}.relu`, layers.batchNorm(`${name}.bn1`, y, width));
  y = layers.conv(`${name}.conv2`, y, [width, width, 3, 3], 1);
  y = layers.batchNorm(`${name}.bn2`, y, width);
  let shortcut = x;
  if (stride !== 1 || channels !== width) {
    shortcut = layers.batchNorm(`${name}.downsample.1`, layers.conv(`${name}.downsample.0`, x, [width, channels, 1, 1], stride), width);
  }
  return layers.relu(`${name}.relu_1`, layers.add(`${name}.add`, y, shortcut));
}
