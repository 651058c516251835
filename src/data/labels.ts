/** What a text that stands for a class means: after --label, in labels.csv and as the name of a folder. */
import { tidy, type Classes } from './classes.js';

export type Label = number | 'predicted';

/** The class a text stands for, and what speaks for another reading. */
export interface ReadLabel {
  readonly text: string;
  readonly label: number;
  /** Whether it was found among the names; otherwise it is an index. */
  readonly named: boolean;
  /** Whether it is a number that a reader could take for the other. */
  readonly doubtful: boolean;
}

/**
 * The one rule: where names are given, a text is first of all a name; a whole number that is no name is an index. Null where it is
 * neither. `logits` is the number of classes of the model. Throws one sentence where it names several classes or one out of range.
 */
export function readLabel(text: string, logits: number, classes: Classes | null): ReadLabel | null {
  const label = tidy(text);
  const found = classes?.find(label) ?? null;
  const number = /^[+-]?\d+$/.test(label) ? Number(label) : null;
  const inRange = number !== null && number >= 0 && number < logits;
  if (found !== null) {
    if (found >= logits) {
      throw new Error(`Label "${label}" is class ${found} of ${classes?.source}, but the model has only ${logits} classes.`);
    }
    return { text: label, label: found, named: true, doubtful: inRange && number !== found };
  }
  if (number === null) return null;
  if (inRange) return { text: label, label: number, named: false, doubtful: classes?.hasNumbers ?? false };
  const noName = classes?.hasNumbers ? ` and no name in ${classes.source}` : '';
  throw new Error(`Label ${label} is out of range${noName}: the model has ${logits} classes, 0 to ${logits - 1}.`);
}

/**
 * What a user should know of labels that could be read in two ways; null where there are none. Throws one sentence where some were
 * taken for names and some for indices: then one or the other is not what was meant.
 */
export function doubts(labels: Iterable<ReadLabel>, classes: Classes | null): string | null {
  let name: ReadLabel | null = null, index: ReadLabel | null = null;
  for (const one of labels) {
    if (!one.doubtful) continue;
    if (one.named) name ??= one;
    else index ??= one;
  }
  if (name && index) {
    throw new Error(
      `The label ${name.text} is a name in ${classes?.source} (class ${name.label}), but the label ${index.text} is none and could only ` +
        'be an index; write all labels as names, or number them all by a list whose names are no numbers.'
    );
  }
  const one = name ?? index;
  if (!one) return null;
  return name
    ? `labels are names in ${classes?.source} before they are indices: ` +
      `"${one.text}" is class ${one.label}, not the class of index ${one.text}`
    : `"${one.text}" is no name in ${classes?.source} and is taken for an index: class ${one.label}, "${classes?.show(one.label)}"`;
}

/** What to say of a text that stands for no class. */
export function noLabel(text: string, logits: number, classes: Classes | null): string {
  const label = tidy(text);
  return classes === null
    ? `Label "${label}" is not an index from 0 to ${logits - 1}; to use names, give --classes FILE with one name a line.`
    : `Label "${label}" is no class of ${classes.source}; the nearest names are ${classes.nearest(label).join(', ')}.`;
}

/**
 * One label per sample: a class index, or 'predicted' for the class the network itself answers. Each is written as a name from the
 * classes, as an index, or as `predicted`; one label serves all samples, or a comma list has one for each (a name may itself contain
 * commas). `logits` is the number of classes of the model. `notice` is told what could be read in two ways.
 * Throws one sentence where a label is unknown, ambiguous or out of range, or where their number is not the samples'.
 */
export function parseLabels(text: string, samples: number, logits: number, classes: Classes | null,
  notice: (sentence: string) => void = () => undefined): Label[] {
  const read = (piece: string): ReadLabel | 'predicted' | null =>
    tidy(piece) === 'predicted' ? 'predicted' : readLabel(piece, logits, classes);
  const settle = (labels: readonly (ReadLabel | 'predicted')[]): Label[] => {
    const doubt = doubts(labels.filter((l) => l !== 'predicted'), classes);
    if (doubt !== null) notice(doubt);
    return labels.map((l) => (l === 'predicted' ? l : l.label));
  };
  const one = read(text);
  if (one !== null) return new Array<Label>(samples).fill(settle([one])[0]);
  const pieces = text.split(',');
  const labels = split(pieces, samples, classes?.longest ?? 1, read);
  if (labels !== null) return settle(labels);
  const bad = pieces.find((piece) => read(piece) === null);
  if (bad === undefined) {
    throw new Error(`--label gives ${pieces.length} labels for ${samples} samples; give one for all, or one for each.`);
  }
  throw new Error(noLabel(samples === 1 ? text : bad, logits, classes));
}

/**
 * Neighbouring pieces joined into exactly `parts` readable labels of at most `longest` pieces, long ones first; null
 * where that cannot be done.
 */
function split<T>(pieces: readonly string[], parts: number, longest: number, read: (text: string) => T | null): T[] | null {
  const readable = pieces.map((_, start) => {
    const found: { end: number; label: T }[] = [];
    for (let end = Math.min(start + longest, pieces.length); end > start; end--) {
      const label = read(pieces.slice(start, end).join(','));
      if (label !== null) found.push({ end, label });
    }
    return found;
  });
  const hopeless = new Set<number>();
  const from = (start: number, left: number): T[] | null => {
    if (left === 0 || start === pieces.length) return left === 0 && start === pieces.length ? [] : null;
    const state = start * (parts + 1) + left;
    if (hopeless.has(state)) return null;
    for (const { end, label } of readable[start]) {
      const rest = from(end, left - 1);
      if (rest !== null) {
        rest.unshift(label);
        return rest;
      }
    }
    hopeless.add(state);
    return null;
  };
  return from(0, parts);
}
