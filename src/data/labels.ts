/** What a person writes after --label. */
import { tidy, type Classes } from './classes.js';

export type Label = number | 'predicted';

/**
 * One label per sample: a class index, or 'predicted' for the class the network itself answers. Each is written as an
 * index, as a name from the classes, or as `predicted`; one label serves all samples, or a comma list has one for each
 * (a name may itself contain commas). `logits` is the number of classes of the model.
 * Throws one sentence where a label is unknown, ambiguous or out of range, or where their number is not the samples'.
 */
export function parseLabels(text: string, samples: number, logits: number, classes: Classes | null): Label[] {
  const read = (piece: string) => parseLabel(piece, logits, classes);
  const one = read(text);
  if (one !== null) return new Array<Label>(samples).fill(one);
  const pieces = text.split(',');
  const labels = split(pieces, samples, classes?.longest ?? 1, read);
  if (labels !== null) return labels;
  const bad = pieces.find((piece) => read(piece) === null);
  if (bad === undefined) {
    throw new Error(`--label gives ${pieces.length} labels for ${samples} samples; give one for all, or one for each.`);
  }
  throw unknown(samples === 1 ? text : bad, logits, classes);
}

/** Null where the text is no label. */
function parseLabel(text: string, logits: number, classes: Classes | null): Label | null {
  const label = tidy(text);
  if (label === 'predicted') return label;
  if (/^[+-]?\d+$/.test(label)) {
    const index = Number(label);
    if (index >= 0 && index < logits) return index;
    throw new Error(`Label ${label} is out of range: the model has ${logits} classes, 0 to ${logits - 1}.`);
  }
  const found = classes?.find(label) ?? null;
  if (found !== null && found >= logits) {
    throw new Error(`Label "${label}" is class ${found} of ${classes?.source}, but the model has only ${logits} classes.`);
  }
  return found;
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

function unknown(text: string, logits: number, classes: Classes | null): Error {
  const label = tidy(text);
  return new Error(classes === null
    ? `Label "${label}" is not an index from 0 to ${logits - 1}; to use names, give --classes FILE with one name a line.`
    : `Label "${label}" is no class of ${classes.source}; the nearest names are ${classes.nearest(label).join(', ')}.`);
}
