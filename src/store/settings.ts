/** What determines results, held against what a folder was begun with: the results of two settings never mix. */

/** By the names a person knows: numbers, texts, lists of them, in the order in which a difference matters. */
export type Settings = Readonly<Record<string, unknown>>;

/** The first thing in which two settings differ, in words; null where they agree. */
export function difference(begun: Settings, now: Settings): string | null {
  for (const name of new Set([...Object.keys(now), ...Object.keys(begun)])) {
    const [was, is] = [begun[name], now[name]];
    // As JSON has it, so that what a file keeps compares equal to what was written.
    if (JSON.stringify(was) !== JSON.stringify(is)) return `${name}: it was ${shown(was)} and is ${shown(is)}`;
  }
  return null;
}

/** Throws one sentence that names what differs, where something does. */
export function refuseDifference(folder: string, differs: string | null): void {
  if (differs !== null) throw new Error(`${folder} was begun with another ${differs}; give the same again, or choose another --out`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? 'not there' : JSON.stringify(value);
}
