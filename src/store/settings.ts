/** What determines results, held against what a folder was begun with: the results of two settings never mix. */

/** By the names a person knows: numbers, texts, lists of them, in the order in which a difference matters. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * The first thing in which two settings differ, in words; null where they agree. `before` is what versions did that did not know a
 * setting yet, and therefore have not kept it.
 */
export function difference(begun: Settings, now: Settings, before: Settings = {}): string | null {
  for (const name of new Set([...Object.keys(now), ...Object.keys(begun)])) {
    const is = now[name];
    const was = begun[name] === undefined && is !== undefined ? before[name] : begun[name];
    if (text(was) !== text(is)) return `${name}: it was ${shown(was)} and is ${shown(is)}`;
  }
  return null;
}

/** Throws one sentence that names what differs, where something does. */
export function refuseDifference(folder: string, differs: string | null): void {
  if (differs !== null) throw new Error(`${folder} was begun with another ${differs}; give the same again, or choose another --out`);
}

/** As JSON has it, so that what a file keeps compares equal to what was written; keys of objects have no order. */
function text(value: unknown): string | undefined {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? 'not there' : JSON.stringify(value);
}
