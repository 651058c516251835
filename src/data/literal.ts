/** A value as Python's repr() or JSON writes it: dictionaries, lists, tuples, texts, numbers, True, False, None. */

export type Literal = null | boolean | number | string | readonly Literal[] | ReadonlyMap<string, Literal>;

const WORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([['None', null], ['null', null], ['True', true], ['true', true], [
  'False',
  false,
], ['false', false]]);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '(': ')' };
const DEEPEST = 20;

/** Reads one value; keys become texts. Null, beside None itself, where the text is no such value: nothing is evaluated. */
export function parseLiteral(text: string): Literal {
  let at = 0;
  try {
    const value = any(0);
    blank();
    return at === text.length ? value : null;
  } catch {
    return null;
  }

  function any(depth: number): Literal {
    if (depth > DEEPEST) throw new Error();
    blank();
    const c = text[at];
    if (c === '{') return dictionary(depth);
    if (c === '[' || c === '(') return list(depth);
    if (c === '"' || c === "'") return quoted();
    const [word] = /^[^\s,:{}[\]()'"]+/.exec(text.slice(at, at + 64)) ?? [''];
    at += word.length;
    if (WORDS.has(word)) return WORDS.get(word)!;
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word)) throw new Error();
    return Number(word);
  }

  function dictionary(depth: number): Literal {
    const out = new Map<string, Literal>();
    for (at++; !taken('}');) {
      const key = any(depth + 1);
      if (!taken(':')) throw new Error();
      out.set(String(key), any(depth + 1));
      if (!taken(',')) {
        if (taken('}')) break;
        else throw new Error();
      }
    }
    return out;
  }

  function list(depth: number): Literal {
    const out: Literal[] = [];
    const end = CLOSING[text[at]];
    for (at++; !taken(end);) {
      out.push(any(depth + 1));
      if (!taken(',')) {
        if (taken(end)) break;
        else throw new Error();
      }
    }
    return out;
  }

  function quoted(): string {
    const quote = text[at++];
    let out = '';
    for (; text[at] !== quote; at++) {
      if (at >= text.length) throw new Error();
      if (text[at] !== '\\') out += text[at];
      else out += escaped();
    }
    at++;
    return out;
  }

  /** What stands after a backslash; ends at its last character. */
  function escaped(): string {
    const c = text[++at];
    const digits = c === 'u' ? 4 : c === 'x' ? 2 : c === 'U' ? 8 : 0;
    if (digits === 0) return ESCAPES[c] ?? c;
    const code = text.slice(at + 1, at + 1 + digits);
    if (!/^[\da-f]+$/i.test(code) || code.length !== digits) throw new Error();
    at += digits;
    return String.fromCodePoint(parseInt(code, 16));
  }

  function taken(c: string): boolean {
    blank();
    if (text[at] !== c) return false;
    at++;
    return true;
  }

  function blank(): void {
    while (/\s/.test(text[at] ?? '')) at++;
  }
}
