/** Class names: showing them, and finding the class a text names. */
import { readClassNames } from './class-lists.js';

/** A class: its line in the classes file, and the other ways to write it. */
interface ClassName {
  readonly line: string;
  /** ImageNet's lines are a WordNet id and then synonyms; elsewhere null. */
  readonly id: string | null;
  /** The line without the id. */
  readonly name: string;
  readonly synonyms: readonly string[];
}

export class Classes {
  readonly #classes: readonly ClassName[];
  /** From most to least exact: how a text is made comparable, and what each then leads to. */
  readonly #ways: readonly { readonly form: Form; readonly found: ReadonlyMap<string, readonly number[]> }[];

  /** `lines[k]` is class k; `source` is what messages call the list. */
  constructor(lines: readonly string[], readonly source = 'the classes') {
    this.#classes = lines.map((line) => {
      const parts = /^([nvar]\d{8})\s+(.+)$/.exec(line);
      const name = parts ? parts[2] : line;
      const synonyms = name.split(',').map((s) => s.trim()).filter((s) => s !== '');
      return { line, id: parts ? parts[1] : null, name, synonyms };
    });
    const keys: ((c: ClassName) => readonly string[])[] = [(c) => [c.line], (c) => (c.id === null ? [] : [c.id]), (c) => [c.name],
      (c) => c.synonyms];
    this.#ways = [...[tidy, fold, spaced].flatMap((form) => keys.map((key) => ({ form, key }))), { form: numeral, key: keys[0] }]
      .map(({ form, key }) => {
        const found = new Map<string, number[]>();
        this.#classes.forEach((c, k) => {
          for (const text of new Set(key(c).map(form))) if (text !== null) found.set(text, [...(found.get(text) ?? []), k]);
        });
        return { form, found };
      });
  }

  /** Whether some names are whole numbers, so that a number may be a name or an index. */
  get hasNumbers(): boolean {
    return this.#classes.some((c) => numeral(c.line) !== null);
  }

  get count(): number {
    return this.#classes.length;
  }

  /** The most pieces any line has between commas. */
  get longest(): number {
    return this.#classes.reduce((most, c) => Math.max(most, c.line.split(',').length), 1);
  }

  /** The name to show for class k: the first synonym of an ImageNet line, else the whole line. */
  show(k: number): string {
    const c = this.#classes[k];
    return c === undefined ? `class ${k}` : c.id !== null ? c.synonyms[0] : c.line;
  }

  /**
   * The class a text names: by the whole line, the WordNet id, the line without the id, or one synonym, first as written, then in
   * any case, then with blanks for underscores, and at last as the same whole number. Null where it names none; throws where it
   * names several.
   */
  find(text: string): number | null {
    for (const way of this.#ways) {
      const key = way.form(text);
      const found = key === null ? undefined : way.found.get(key);
      if (found?.length === 1) return found[0];
      if (found) {
        const which = found.map((c) => `${c} ("${this.#classes[c].line}")`).join(' and ');
        throw new Error(`Label "${tidy(text)}" names the classes ${which}; give the index or the whole line.`);
      }
    }
    return null;
  }

  /** The names most like a text, with their indices: by edit distance, those that contain the text first. */
  nearest(text: string, count = 3): string[] {
    const wanted = fold(text);
    const scored = this.#classes.map((c, k) => {
      const scores = c.synonyms.map((s) => {
        const has = fold(s);
        const near = distance(has, wanted) / Math.max(has.length, wanted.length, 1);
        return has.includes(wanted) ? near / 4 : near;
      });
      const score = Math.min(...scores, 2);
      return { score, name: c.synonyms[scores.indexOf(score)] ?? c.line, k };
    });
    scored.sort((a, b) => a.score - b.score || a.k - b.k);
    return scored.slice(0, count).map(({ name, k }) => `"${name}" (${k})`);
  }
}

/**
 * Reads a list of class names: one name a line (line k is class k), or JSON or Python, as class-lists.ts says. `name` is what messages
 * call the list. Throws one sentence where it is none of these.
 */
export function parseClasses(text: string, name = 'the classes file'): Classes {
  return new Classes(readClassNames(text, name), name);
}

/** White space made uniform, around commas too, and accents in one piece with their letters (some file systems take them apart). */
export function tidy(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ').replace(/ ?, ?/g, ', ');
}

/** A text made comparable; null where this way of comparing says nothing of it. */
type Form = (text: string) => string | null;

function fold(text: string): string {
  return tidy(text).toLowerCase();
}

/** As folders are named, and Keras' list of ImageNet's classes. */
function spaced(text: string): string {
  return fold(text.replace(/_/g, ' '));
}

/** A whole number without leading zeros, which spreadsheets drop and folders have. */
function numeral(text: string): string | null {
  return /^\s*\d+\s*$/.test(text) ? String(BigInt(text.trim())) : null;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
