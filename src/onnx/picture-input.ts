/** How a model's input takes pictures: its channels, first or last, its size, and whether it takes whole numbers. */
import type { InputForm } from '../data/input-form.js';
import type { OnnxModel } from './model.js';
import { FLOAT, FLOAT16, DOUBLE, BFLOAT16, INT8, typeName } from './types.js';

/** Ops after which a picture's dimensions are still where they were. */
const SAME_PLACES: readonly string[] = ['Identity', 'Cast', 'Sub', 'Div', 'Mul', 'Add', 'Neg', 'Clip', 'Pad', 'QuantizeLinear',
  'DequantizeLinear', 'BatchNormalization', 'Relu', 'Resize', 'Dropout'];
const FLOATS: readonly number[] = [0, FLOAT, FLOAT16, DOUBLE, BFLOAT16];
const CHANNEL_COUNTS: readonly number[] = [1, 3, 4];

/** What the file says of the first input; what it leaves open is null. */
export function pictureInput(model: OnnxModel): InputForm {
  const [input] = model.inputs;
  const dims = (input?.dims ?? []).map((d) => (typeof d === 'number' ? d : null));
  const channelsLast = dims.length === 4 && hasChannelsLast(model, dims[1], dims[3]);
  const [, channels = null, height = null, width = null] = channelsLast ? [dims[0], dims[3], dims[1], dims[2]] : dims;
  const type = input?.type ?? FLOAT;
  return {
    name: model.name,
    channels,
    height,
    width,
    channelsLast,
    whole: FLOATS.includes(type) ? null : { type: typeName(type), ...(type === INT8 ? { low: -128, high: 127 } : { low: 0, high: 255 }) },
  };
}

/** A convolution has channels first; else the extent tells that a picture's channels can have, else what the graph does with it. */
function hasChannelsLast(model: OnnxModel, second: number | null, last: number | null): boolean {
  const use = firstUse(model);
  if (use === 'first') return false;
  const could = (d: number | null): boolean => d !== null && CHANNEL_COUNTS.includes(d);
  return could(last) === could(second) ? use === 'last' : could(last);
}

/** Follows the picture to what first tells one dimension from another: a convolution, or a transposition to [N,C,H,W]. */
function firstUse({ nodes, inputs: [input] }: OnnxModel): 'first' | 'last' | null {
  let name = input.name;
  for (const node of nodes) {
    if (!node.inputs.includes(name) || node.op === 'Shape') continue;
    if (node.op === 'Transpose') {
      const perm = node.attributes.get('perm')?.ints?.map(Number).join();
      return perm === '0,3,1,2' ? 'last' : null;
    }
    if (node.op === 'Conv' && node.inputs[0] === name) return 'first';
    if (!SAME_PLACES.includes(node.op)) return null;
    [name] = node.outputs;
  }
  return null;
}
