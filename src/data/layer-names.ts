/**
 * What people call a convolution. The programs that write ONNX files name nodes by op and number ("Conv_169"), but keep the name that a
 * layer has in its author's code in the weight ("layer4.2.conv3.weight") or in a path of modules ("/layer4/layer4.2/conv3/Conv").
 */

/** A convolution as its file names it. */
export interface FiledNames {
  readonly node: string;
  readonly weight: string;
}

/** Words of which programs make names, beside numbers: a name with no other word says nothing. */
const MADE_UP = new Set(['', 'n', 'node', 'op', 'conv', 'convd', 'convolution', 'convtranspose', 'convtransposed', 'w', 'weight', 'weights',
  'kernel', 'filter', 'onnx', 'const', 'constant', 'fold', 'opt', 'output', 'parameter', 'param', 'val', 'v', 'x', 'r', 'tensor',
  'initializer', 'input']);
/** The end of a weight's name that says it is a weight: PyTorch's (also parametrized, pruned or quantized), TensorFlow's, Caffe2's. */
const WEIGHT = [/\.(parametrizations\.)?(weight|kernel)(_[a-z]\w*)?(\.original\d*)?$/i, /(\/(conv2d|depthwise))?\/readvariableop$/i,
  /\/(kernel|depthwise_kernel|weights?)(\/read)?$/i, /_(w|weights?|kernel)(_\d+)?$/i];
/** The end of a path that names an op: what goes before it names the layer. */
const OP = /\/(conv\w*|biasadd|depthwise\w*)$/i;

/** The layer by its weight where its node has an exporter's name, else by its node; not yet told apart from others of the same name. */
export function layerName({ node, weight }: FiledNames): string {
  const path = OP.exec(node);
  if (path === null && !isMadeUp(node)) return node;
  return ofWeight(weight) ?? (path ? ofPath(node.slice(0, path.index)) : null) ?? node;
}

/** Every layer with its name. Where several would have one name, all but the first take a number: "conv#2". */
export function namedLayers<T extends FiledNames>(layers: readonly T[]): (T & { readonly name: string })[] {
  const taken = new Set<string>();
  return layers.map((layer) => {
    const plain = layerName(layer);
    let name = plain;
    for (let k = 2; taken.has(name); k++) name = `${plain}#${k}`;
    taken.add(name);
    return { ...layer, name };
  });
}

/** Null where the weight has a number, or nothing but made-up words, for a name. */
function ofWeight(weight: string): string | null {
  if (weight.startsWith('/')) return null; // computed on the way, and called after its op
  const plain = weight.replace(/:\d+$/, '');
  const end = WEIGHT.find((e) => e.test(plain));
  const name = end ? plain.replace(end, '') : plain;
  return name === '' || !/[a-z]/i.test(name) || (!end && isMadeUp(name)) ? null : name;
}

/** Modules from the outermost in; one named after the one around it ("layer4.2" in "layer4") stands for both. Null where there is none. */
function ofPath(path: string): string | null {
  const modules: string[] = [];
  for (const part of path.split('/').filter((p) => p !== '' && p !== 'StatefulPartitionedCall')) {
    if (modules.length > 0 && part.startsWith(`${modules[modules.length - 1]}.`)) modules.pop();
    modules.push(part);
  }
  if (modules.length === 0) return null;
  return modules.join(path.startsWith('/') ? '.' : '/');
}

const isMadeUp = (name: string): boolean => name.replace(/\d+/g, '').split(/[^a-z]+/i).every((word) => MADE_UP.has(word.toLowerCase()));
