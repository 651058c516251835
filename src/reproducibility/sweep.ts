/** A factorial of settings, each with several seeds: what a file says of it, and the cells that come of it. */
import { WITH_BETA } from '../engine/activations.js';
import { completeSetting, DEFAULTS, type Setting } from './setting.js';

/** One setting of a sweep. */
export interface Cell {
  /** Null where it cannot be run; `refusal` says why. */
  readonly setting: Setting | null;
  readonly refusal: string | null;
  /** Its level of each factor, as people read it; of a setting that was listed by itself, its number under `setting`. */
  readonly levels: Readonly<Record<string, string>>;
  /** The cell with the identity in the activation's place; its own number where it has the identity, null where there is none. */
  readonly control: number | null;
  /** Whether it is there for that alone. */
  readonly added: boolean;
}

export interface Sweep {
  readonly cells: readonly Cell[];
  readonly seeds: readonly number[];
  /** Names of the levels of each factor, in the file's order. */
  readonly factors: Readonly<Record<string, readonly string[]>>;
}

/** Replicates where a file says none: fewer leave intervals that say little. */
export const REPLICATES = 16;

/** What the file may hold. */
const FIELDS = ['base', 'factors', 'settings', 'seeds', 'replicates', 'control'] as const;
const SHAPE = '{"base": {...}, "factors": {"window": [1, 16], "activation": ["relu", {"activation": "smelu", "beta": 0.5}]}}';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The cells of a sweep: every combination of levels of "factors" over "base", then "settings" one by one; to each the identity control,
 * unless "control" is false. A level is a value of the field that the factor is called by, or an object of fields, with a "name" if wanted.
 * A cell that cannot be run says why and leaves the others. Throws one sentence where the file has no such form.
 */
export function parseSweep(given: unknown, name = 'the sweep'): Sweep {
  const file = object(given, `${name} must be an object such as ${SHAPE}`);
  const unknown = Object.keys(file).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) throw new Error(`${name}: unknown field '${unknown}'; there are ${FIELDS.join(', ')}`);
  const base = object(file.base ?? {}, `${name}: 'base' must be an object of a setting's fields`);
  const control = file.control ?? true;
  if (typeof control !== 'boolean') throw new Error(`${name}: 'control' must be true or false, got ${JSON.stringify(control)}`);
  const factors = Object.entries(object(file.factors ?? {}, `${name}: 'factors' must be an object of lists`)).map(([factor, levels]) => ({
    factor,
    levels: list(levels, `${name}: '${factor}' of the factors must be a list of levels`).map((level) => levelOf(factor, level)),
  }));
  const listed = file.settings === undefined ? [] : list(file.settings, `${name}: 'settings' must be a list of settings`);
  const given_: Given[] = [
    ...(factors.length > 0 || listed.length === 0 ? combined(factors, base) : []),
    ...listed.map((fields, k) => ({ fields: { ...base, ...object(fields, `${name}: 'settings' must be objects`) },
      levels: { setting: String(k + 1) } })
    ),
  ];
  const cells = withControls(given_.map(({ fields, levels }) => cellOf(fields, levels)), control);
  return { cells, seeds: seedsOf(file, base, name),
    factors: Object.fromEntries(factors.map((f) => [f.factor, f.levels.map((l) => l.name)])) };
}

interface Given {
  readonly fields: Fields;
  readonly levels: Readonly<Record<string, string>>;
}

interface Level {
  readonly name: string;
  readonly fields: Fields;
}

function levelOf(factor: string, level: unknown): Level {
  if (typeof level !== 'object' || level === null || Array.isArray(level)) return { name: String(level), fields: { [factor]: level } };
  const { name, ...fields } = level as Fields;
  return { name: name === undefined ? named(fields) : String(name), fields };
}

/** "smelu 0.5", "init different, window 1". */
function named({ activation, beta, ...rest }: Fields): string {
  const own = activation === undefined ?
    (beta === undefined ? [] : [`beta ${String(beta)}`]) :
    [[activation, beta].filter((v) => v !== undefined).join(' ')];
  return [...own, ...Object.entries(rest).map(([key, value]) => `${key} ${String(value)}`)].join(', ');
}

function combined(factors: readonly { readonly factor: string; readonly levels: readonly Level[] }[], base: Fields): Given[] {
  return factors.reduce<Given[]>(
    (all, { factor, levels }) =>
      all.flatMap((cell) =>
        levels.map((level) => ({ fields: { ...cell.fields, ...level.fields }, levels: { ...cell.levels, [factor]: level.name } }))
      ),
    [{ fields: base, levels: {} }]
  );
}

function cellOf(fields: Fields, levels: Readonly<Record<string, string>>): Omit<Cell, 'control'> {
  try {
    return { setting: completeSetting(fields, 'the setting'), refusal: null, levels, added: false };
  } catch (error) {
    return { setting: null, refusal: (error as Error).message, levels, added: false };
  }
}

/** What tells settings apart: without a beta that the activation has not got, and without the seed, which replicates vary. */
const keyOf = (setting: Setting): string =>
  JSON.stringify({ ...setting, seed: 0, beta: WITH_BETA.includes(setting.activation) ? setting.beta : DEFAULTS.beta });

function withControls(cells: readonly Omit<Cell, 'control'>[], wanted: boolean): Cell[] {
  const all = [...cells], places = new Map<string, number>();
  all.forEach(({ setting }, k) => {
    if (setting && !places.has(keyOf(setting))) places.set(keyOf(setting), k);
  });
  const controls = cells.map(({ setting, levels }) => {
    if (!setting) return null;
    const identity: Setting = { ...setting, activation: 'identity', beta: DEFAULTS.beta };
    if (!places.has(keyOf(identity)) && wanted) {
      places.set(keyOf(identity), all.length);
      all.push({ setting: identity, refusal: null, levels: withIdentity(levels), added: true });
    }
    return places.get(keyOf(identity)) ?? null;
  });
  return all.map((cell, k) => ({ ...cell, control: controls[k] ?? (cell.added ? k : null) }));
}

const withIdentity = (levels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...levels, activation: 'identity' }));

function seedsOf({ seeds, replicates }: Fields, base: Fields, name: string): number[] {
  if (seeds !== undefined && replicates !== undefined) throw new Error(`${name}: give 'seeds' or 'replicates', and not both`);
  const first = Number(base.seed ?? 1);
  const count = replicates ?? REPLICATES;
  if (seeds === undefined && !(Number.isInteger(count) && (count as number) >= 1)) {
    throw new Error(`${name}: 'replicates' must be a whole number of at least 1, got ${JSON.stringify(count)}`);
  }
  const all = seeds === undefined
    ? Array.from({ length: count as number }, (_, k) => first + k)
    : list(seeds, `${name}: 'seeds' must be a list of whole numbers`);
  const wrong = all.find((seed) => !(Number.isInteger(seed) && (seed as number) >= 0 && (seed as number) < 2 ** 32));
  if (wrong !== undefined) throw new Error(`${name}: a seed is a whole number of 0 to 4294967295, got ${JSON.stringify(wrong)}`);
  if (new Set(all).size !== all.length) throw new Error(`${name}: 'seeds' has a seed twice, which would be no replicate`);
  return all as number[];
}

function object(value: unknown, message: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(message);
  return value as Fields;
}

function list(value: unknown, message: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error(message);
  return value;
}
