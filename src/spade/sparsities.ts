/** How sparse each layer of a trace is to be: one number for all, a table of names and patterns, or a setting that suits the network. */
import type { SpadeLayer } from './layers.js';

/** Names of layers or weights, or beginnings of them that end in `*`, to the share of weights that is pruned, from 0 to 1. */
export type SparsityTable = Readonly<Record<string, number>>;

/**
 * ResNet-50 by the names of torchvision's, tuned for LRP in the code that the paper's authors released. What is tuned for one method on
 * pictures with known patches is an optimistic setting for another.
 */
export const RESNET50: SparsityTable = {
  'fc': 0.95,
  'layer4.*': 0.95,
  'layer3.5.*': 0,
  'layer3.4.*': 0,
  'layer3.3.*': 0.8,
  'layer3.2.*': 0.9,
  'layer3.1.*': 0.8,
  'layer3.0.*': 0.8,
  'layer2.3.*': 0.95,
  'layer2.2.*': 0.99,
  'layer2.1.*': 0,
  'layer2.0.*': 0.2,
  'layer1.2.*': 0,
  'layer1.1.*': 0.8,
  'layer1.0.*': 0.2,
};

/** What a network without a table of its own has: see `defaultSparsities`. */
export const LAST_STAGE = 0.95, FULLY_CONNECTED = 0.8;

/** Columns of a group above which a layer is left alone unless it is named: its Hessian alone would take 256 MiB. */
export const MOST_COLUMNS = 8192;

/**
 * The sparsity of each layer that a table names, by name of weight, in the layers' order; a name of its own goes before a pattern, and a
 * longer pattern before a shorter one. Throws one sentence where an entry is of no layer, or is no share; `source` says whose it is.
 */
export function sparsitiesFrom(table: SparsityTable, layers: readonly SpadeLayer[], source: string): Map<string, number> {
  for (const [key, s] of Object.entries(table)) {
    if (typeof s !== 'number' || !(s >= 0 && s <= 1)) {
      throw new Error(`${source} gives ${key} the sparsity ${s}; it is a number from 0 to 1`);
    }
    if (layers.some((layer) => fits(key, layer))) continue;
    const names = layers.map(({ name }) => name);
    const list = names.length <= 8 ? names.join(', ') : `${names.slice(0, 4).join(', ')}, ... ${names.slice(-2).join(', ')}`;
    throw new Error(`${source} gives a sparsity to "${key}", which is no layer of the network; it has ${list}`);
  }
  const keys = Object.keys(table).sort((a, b) => Number(a.endsWith('*')) - Number(b.endsWith('*')) || b.length - a.length);
  return new Map(layers.flatMap((layer) => {
    const key = keys.find((k) => fits(k, layer));
    return key === undefined ? [] : [[layer.weight, table[key]] as const];
  }));
}

function fits(key: string, { name, weight }: SpadeLayer): boolean {
  if (!key.endsWith('*')) return key === name || key === weight;
  return name.startsWith(key.slice(0, -1)) || weight.startsWith(key.slice(0, -1));
}

/** One sparsity for every layer but the one that reads the picture and those with too many columns. */
export const uniformSparsities = (s: number, layers: readonly SpadeLayer[]): Map<string, number> =>
  new Map(usual(layers).map(({ weight }) => [weight, s]));

/**
 * What is taken where nobody says: `RESNET50` where the network has those layers; else 0.95 for the convolutions of the last stage, those
 * whose output is as large as the last convolution's, and 0.8 for fully connected layers. Others stay dense.
 */
export function defaultSparsities(layers: readonly SpadeLayer[]): { readonly sparsities: Map<string, number>; readonly what: string } {
  if (Object.keys(RESNET50).every((key) => layers.some((layer) => fits(key, layer)))) {
    return { sparsities: withoutZeros(sparsitiesFrom(RESNET50, usual(layers), 'the table of ResNet-50')), what: "ResNet-50's tuned table" };
  }
  const convs = layers.filter((l) => l.kind === 'conv');
  const extent = ({ uses: [{ windows }] }: SpadeLayer): string => `${windows.OH} x ${windows.OW}`;
  const last = convs.length > 0 ? extent(convs[convs.length - 1]) : '';
  const of = (layer: SpadeLayer): number => (layer.kind === 'fc' ? FULLY_CONNECTED : extent(layer) === last ? LAST_STAGE : 0);
  const sparsities = new Map(usual(layers).map((layer) => [layer.weight, of(layer)]));
  return { sparsities: withoutZeros(sparsities),
    what: `${LAST_STAGE} for the last stage's convolutions and ${FULLY_CONNECTED} for fully connected layers` };
}

const usual = (layers: readonly SpadeLayer[]): SpadeLayer[] => layers.filter(({ stem, columns }) => !stem && columns <= MOST_COLUMNS);
const withoutZeros = (map: Map<string, number>): Map<string, number> => new Map([...map].filter(([, s]) => s > 0));
