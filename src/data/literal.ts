/** Lists and dictionaries as text: JSON, and what Python prints of its own (single quotes, tuples, numbers for keys, None). */

/** A list or tuple is an array; a dictionary is a Map in the text's order, whose keys become texts. */
export type Literal = null | boolean | number | string | readonly Literal[] | ReadonlyMap<string, Literal>;

const WORDS: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null, true: true, false: false, null: null };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };
const DEEPEST = 100;

/** As readLiteral; null, beside None itself, where the text is no such value. */
export function parseLiteral(text: string): Literal {
  try {
    return readLiteral(text);
  } catch {
    return null;
  }
}

/** Reads one value that is all of the text; nothing is evaluated. Throws the place where it is none: a clause, without a full stop. */
export function readLiteral(text: string): Literal {
  let at = 0;
  const fail = (): never => {
    const line = text.slice(0, at).split('\n').length;
    const found = text.slice(at, at + 20).split('\n')[0].trim();
    throw new Error(found === '' ? `line ${line} ends too soon` : `line ${line} cannot be read at ${JSON.stringify(found)}`);
  };
  const blank = /(?:\s|#[^\n]*)*/y;
  const skip = (): void => {
    blank.lastIndex = at;
    blank.exec(text);
    at = blank.lastIndex;
  };
  const take = (pattern: RegExp): string | null => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const found = sticky.exec(text);
    if (found) at = sticky.lastIndex;
    return found && found[0];
  };
  const quoted = (): string => {
    const quote = text[at++];
    let out = '';
    while (at < text.length && text[at] !== quote && text[at] !== '\n') {
      if (text[at] !== '\\') {
        out += text[at++];
        continue;
      }
      const kind = text[++at];
      const digits = { x: 2, u: 4, U: 8 }[kind] ?? 0;
      const code = digits > 0 ? text.slice(at + 1, at + 1 + digits) : '';
      if (digits > 0 && (code.length < digits || !/^[0-9a-f]+$/i.test(code) || parseInt(code, 16) > 0x10ffff)) fail();
      out += digits > 0 ? String.fromCodePoint(parseInt(code, 16)) : ESCAPES[kind] ?? kind ?? '';
      at += 1 + digits;
    }
    if (text[at] !== quote) fail();
    at++;
    return out;
  };
  const value = (depth: number): Literal => {
    skip();
    const first = text[at];
    if (depth > DEEPEST) fail();
    if (first === '"' || first === "'") return quoted();
    if (first in CLOSING) return items(CLOSING[first], depth);
    const number = take(/[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/);
    if (number !== null) return Number(number);
    const word = take(/[A-Za-z]+/);
    return word !== null && Object.hasOwn(WORDS, word) ? WORDS[word] : fail();
  };
  const items = (end: string, depth: number): Literal => {
    at++;
    const list: Literal[] = [];
    const map = new Map<string, Literal>();
    for (skip(); text[at] !== end; skip()) {
      const one = value(depth + 1);
      skip();
      if (end === '}') {
        if ((typeof one === 'object' && one !== null) || text[at++] !== ':') fail();
        map.set(String(one), value(depth + 1));
        skip();
      } else list.push(one);
      if (text[at] === ',') at++;
      else if (text[at] !== end) fail();
    }
    at++;
    return end === '}' ? map : list;
  };
  const whole = value(0);
  skip();
  return at < text.length ? fail() : whole;
}
