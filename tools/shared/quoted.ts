/** Commands that are shown to be pasted. */

/** A word as a shell takes it. */
export const quoted = (text: string): string => (/^[\w./:,=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
