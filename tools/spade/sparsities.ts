/** --sparsity: a number, a JSON file, or nothing. */
import type { Classifier } from '../../src/classifier.js';
import { readText } from '../../src/files/files.js';
import { prunableLayers, type SpadeLayer } from '../../src/spade/layers.js';
import { defaultSparsities, MOST_COLUMNS, sparsitiesFrom, uniformSparsities, type SparsityTable } from '../../src/spade/sparsities.js';

export interface Sparsities {
  /** By name of weight. */
  readonly of: ReadonlyMap<string, number>;
  /** Where they come from, in words. */
  readonly what: string;
  readonly notices: readonly string[];
}

/** The layers that may be pruned. Throws one sentence where there is none. */
export function layersOf(network: Classifier): SpadeLayer[] {
  const layers = prunableLayers(network.build(1).logits, network.layers);
  if (layers.length === 0) throw new Error(`${network.name} has no convolution or fully connected layer with a weight of its own to prune`);
  return layers;
}

export const readSparsities = (table: SparsityTable, network: Classifier, source: string): Map<string, number> =>
  sparsitiesFrom(table, layersOf(network), source);

/** What --sparsity says. Throws one sentence where a file cannot be read, is no table, or names what is no layer. */
export async function sparsitiesOf(option: string | undefined, network: Classifier): Promise<Sparsities> {
  const layers = layersOf(network);
  const wide = layers.filter(({ stem, columns }) => !stem && columns > MOST_COLUMNS);
  const notices = wide.map(({ name, columns }) =>
    `${name} has ${columns} inputs a row, and its Hessian would take ${
      Math.round((columns ** 2 * 4) / 2 ** 20)
    } MiB: it is left as it is ` +
    'unless --sparsity names it'
  );
  if (option === undefined) {
    const { sparsities, what } = defaultSparsities(layers);
    return { of: sparsities, what, notices };
  }
  const s = Number(option);
  if (option.trim() !== '' && Number.isFinite(s)) {
    if (!(s >= 0 && s <= 1)) throw new Error(`--sparsity takes a number from 0 to 1, got ${option}`);
    return { of: uniformSparsities(s, layers), what: `${option} for every layer but the first`, notices };
  }
  return { of: sparsitiesFrom(parseTable(await readText(option), option), layers, option), what: option, notices: [] };
}

function parseTable(text: string, name: string): SparsityTable {
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is no JSON: ${(error as Error).message}`);
  }
  // A result of `misfire spade tune` holds the table beside what it was tuned on.
  const inner = (table as { sparsities?: unknown })?.sparsities ?? table;
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
    throw new Error(`${name} is no table of sparsities such as {"layer4.*": 0.95, "fc": 0.8}`);
  }
  return inner as SparsityTable;
}
