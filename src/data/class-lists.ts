/** Lists of class names in the forms they are kept in: one a line, JSON, a Python list or dictionary, a model's settings. */
import { readLiteral, type Literal } from './literal.js';

/** Keys under which settings and exports keep their class names, by who writes them: Hugging Face, Ultralytics, others. */
export const NAME_KEYS = ['id2label', 'names', 'class_names', 'classes', 'label_names', 'labels', 'categories', 'class_to_idx', 'label2id'];
/** What may have them within. */
const KEYS = [...NAME_KEYS, 'pretrained_cfg'];

const FORMS = 'one name a line, a list ["a", "b"], or a dictionary {0: "a", 1: "b"} or {"a": 0, "b": 1}';

/**
 * Reads a list of class names. One name a line: line k is class k; empty lines at the end do not count, and numbers 0, 1, 2, ... or
 * 1, 2, 3, ... that lead all lines are left out. Text that begins with a bracket is JSON or Python: a list; a dictionary from indices to
 * names (or to [WordNet id, name], as Keras has it) or from names to indices; or settings that hold one (`id2label`, `names`, ...), the
 * `names:` of YAML among them.
 * Throws one sentence where it is none of these, or names some classes and leaves out others.
 */
export function readClassNames(text: string, name: string): string[] {
  const plain = text.replace(/^\ufeff/, '');
  const bracket = /^\s*(?:#[^\n]*\n\s*)*(?:[A-Za-z_]\w*\s*=\s*)?(?=[[({])/.exec(plain);
  if (!bracket) return yamlNames(plain) ?? unnumbered(lines(plain, name), name);
  let literal: Literal;
  try {
    literal = readLiteral(plain.slice(bracket[0].length));
  } catch (error) {
    throw new Error(`${name} begins like a list or a dictionary, but ${(error as Error).message}; class names are ${FORMS}.`);
  }
  const names = namesIn(literal, name);
  const blank = names.findIndex((n) => n.trim() === '');
  if (names.length === 0) throw new Error(`${name} names no class; class names are ${FORMS}.`);
  if (blank >= 0) throw new Error(`${name}: the name of class ${blank} is empty; write it there.`);
  return names;
}

/** What stands under `names:` in YAML, as Ultralytics' data sets have it: `- cat`, `0: cat` or `[cat, dog]`; null where nothing does. */
function yamlNames(text: string): string[] | null {
  const bare = (value: string): string => value.trim().replace(/^(['"])(.*)\1$/, '$2');
  const [, inline, block] = /^names:[ \t]*(?:\[([^\]]*)\])?[ \t]*(?:#.*)?\r?\n?((?:[ \t]*(?:-|\d+:)[ \t]+.*(?:\r?\n|$))*)/m.exec(text) ??
    [];
  if (inline !== undefined) return inline.split(',').map(bare).filter((n) => n !== '');
  const items = (block ?? '').split(/\r?\n/).filter((line) => line.trim() !== '').map((line) =>
    /^\s*(?:-|(\d+):)\s+(.*?)\s*(?:\s#.*)?$/.exec(line)!
  );
  return items.length === 0 || items.some(([, k], at) => k !== undefined && Number(k) !== at)
    ? null
    : items.map(([, , value]) => bare(value));
}

function lines(text: string, name: string): string[] {
  const all = text.split(/\r?\n|\r/).map((line) => line.trim());
  while (all.length > 0 && all[all.length - 1] === '') all.pop();
  if (all.length === 0) throw new Error(`${name} has no lines; write one class name a line.`);
  const blank = all.indexOf('');
  if (blank >= 0) throw new Error(`${name}: line ${blank + 1} is empty; write the name of class ${blank} there.`);
  return all;
}

/** Lines that all begin with numbers, without these. Throws where the numbers are those of classes, but in another order. */
function unnumbered(all: string[], name: string): string[] {
  const parts = all.map((line) => /^(\d+)(?:\s*[:,;\t]\s*|\s+)(\S.*)$/.exec(line));
  if (all.length < 2 || parts.some((p) => p === null)) return all;
  const numbers = parts.map((p) => Number(p![1]));
  const lowest = Math.min(...numbers);
  if (lowest > 1 || new Set(numbers).size !== all.length || Math.max(...numbers) - lowest !== all.length - 1) return all;
  const odd = numbers.findIndex((n, k) => n !== k + lowest);
  if (odd >= 0) {
    throw new Error(
      `${name}: line ${odd + 1} begins with ${numbers[odd]}, where ${odd + lowest} would follow; line k is class k, so sort the lines by ` +
        'their numbers, or remove the numbers.'
    );
  }
  return parts.map((p) => p![2]);
}

/** The names in a list or dictionary, as `readClassNames` takes them, or settings that hold one; null where it is none. */
export function namesInLiteral(literal: Literal): string[] | null {
  try {
    return namesIn(literal, '');
  } catch {
    return null;
  }
}

function namesIn(literal: Literal, name: string): string[] {
  if (Array.isArray(literal)) return fromList(literal, name);
  if (!(literal instanceof Map)) throw unreadable(name);
  const key = KEYS.find((k) => {
    const inside = literal.get(k);
    return Array.isArray(inside) || inside instanceof Map;
  });
  if (key !== undefined) return namesIn(literal.get(key)!, `"${key}" of ${name}`);
  const entries = [...literal];
  const indices = entries.map(([k]) => (/^\d+$/.test(k) ? Number(k) : NaN));
  const values = entries.map(([, v]) => (typeof v === 'number' ? v : NaN));
  const byIndex = isRange(indices), toIndex = isRange(values);
  if (byIndex && toIndex && indices.some((n, k) => n !== values[k])) {
    throw new Error(`${name} can be read from names to indices and from indices to names; write the names as a list, class 0 first.`);
  }
  if (toIndex) return ordered(values, entries.map(([k]) => k));
  if (byIndex) return ordered(indices, entries.map(([, v]) => nameOf(v, name)));
  const numbers = [indices, values].find((all) => all.length > 0 && !all.some(Number.isNaN));
  if (!numbers) throw unreadable(name);
  throw new Error(`${name} names ${entries.length} classes, but not class ${gapOf(numbers)}; name all of them, from class 0 on.`);
}

/** Names, or records that number them. */
function fromList(list: readonly Literal[], name: string): string[] {
  const ids = list.map((
    one
  ) => (one instanceof Map ? ['id', 'index', 'idx'].map((k) => one.get(k)).find((v) => typeof v === 'number') : null));
  if (list.length === 0 || ids.some((id) => id === null || id === undefined)) return list.map((one) => nameOf(one, name));
  const numbers = ids as number[];
  if (isRange(numbers)) return ordered(numbers, list.map((one) => nameOf(one, name)));
  throw new Error(`${name} numbers its classes otherwise than 0 to ${list.length - 1}; write the names as a list, class 0 first.`);
}

function nameOf(value: Literal, name: string): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'string')) {
    // [WordNet id, name] as in imagenet_class_index.json, or synonyms.
    const [first, ...rest] = value as string[];
    return /^[nvar]\d{8}$/.test(first) && rest.length > 0 ? `${first} ${rest.join(', ').replace(/_/g, ' ')}` : value.join(', ');
  }
  const inside = value instanceof Map ? value.get('name') ?? value.get('label') : undefined;
  if (typeof inside === 'string') return inside.trim();
  throw unreadable(name);
}

const unreadable = (name: string): Error => new Error(`${name} holds no class names in a form that is known: ${FORMS}.`);

const isRange = (numbers: readonly number[]): boolean => numbers.length > 0 && gapOf(numbers) === null;

/** The lowest of 0 to N - 1 that N numbers leave out; null where they leave out none. */
function gapOf(numbers: readonly number[]): number | null {
  const there = new Set(numbers);
  const gap = numbers.findIndex((_, k) => !there.has(k));
  return gap < 0 ? null : gap;
}

function ordered(indices: readonly number[], names: readonly string[]): string[] {
  const out = new Array<string>(names.length);
  indices.forEach((index, k) => (out[index] = names[k]));
  return out;
}
