/** Labels in a .npy file: indices, one-hot rows, or names. */
import type { Classes } from './classes.js';
import { doubts, noLabel, readLabel } from './labels.js';
import { npyData, npyHeader, parseNpy, type NpyHeader } from './npy.js';

/** What the labels are for. */
export interface LabelsFor {
  /** How many samples there are, and what messages call their file. */
  readonly count: number;
  readonly inputs: string;
  /** Number of classes of the model. */
  readonly classes: number;
  readonly names: Classes | null;
}

/**
 * One label a sample, and what a user should know of them. Numbers are indices, [N] or with extents of 1 beside it, or one-hot rows
 * [N, classes]; text is read as in a table. Throws one sentence where they are none of these, or not as many as samples.
 */
export function parseNpyLabels(bytes: Uint8Array, name: string, to: LabelsFor): { labels: number[]; notice: string | null } {
  const header = npyHeader(bytes, name);
  const { shape } = header;
  const text = /^[<>|=]?[US]\d+$/.test(header.descr);
  const hot = !text && shape.length === 2 && shape[0] === to.count && shape[1] === to.classes && shape[1] > 1;
  const single = shape.reduce((n, d) => n * d, 1) === to.count && shape.filter((d) => d !== 1).length <= 1;
  if (!hot && !single) {
    throw new Error(
      `${name} has shape [${
        shape.join(', ')
      }]; the labels of ${to.inputs} have shape [${to.count}], or, one-hot, [${to.count}, ${to.classes}]`
    );
  }
  if (text) return fromTexts(textsOf(bytes, header, name), name, to);
  const values = Float64Array.from(parseNpy(bytes, name).data as ArrayLike<number>, Number);
  if (hot) return { labels: fromRows(values, name, to.classes), notice: null };
  const bad = values.findIndex((v) => !Number.isInteger(v) || v < 0);
  if (bad >= 0) throw new Error(`${name} holds ${values[bad]} as label ${bad}; labels are class indices from 0`);
  return { labels: [...values], notice: noticeOf(values, name, to.names) };
}

/** Numbers are indices here, whatever the names: said where some names are other numbers. */
function noticeOf(values: Float64Array, name: string, names: Classes | null): string | null {
  if (!names?.hasNumbers) return null;
  const odd = [...new Set(values)].find((v) => v < names.count && names.show(v) !== String(v));
  return odd === undefined ? null : `${name}: numbers are class indices: ${odd} is class ${odd}, "${names.show(odd)}" of ${names.source}`;
}

function fromRows(values: Float64Array, name: string, classes: number): number[] {
  return Array.from({ length: values.length / classes }, (_, n) => {
    const row = values.subarray(n * classes, (n + 1) * classes);
    const label = row.indexOf(1);
    if (label < 0 || row.some((v, k) => v !== (k === label ? 1 : 0))) {
      throw new Error(`${name}: row ${n} is not one 1 among zeros; labels are class indices or one-hot rows, and no probabilities`);
    }
    return label;
  });
}

function fromTexts(texts: readonly string[], name: string, { classes, names }: LabelsFor): { labels: number[]; notice: string | null } {
  const read = texts.map((text, k) => {
    const label = readLabel(text, classes, names);
    if (label === null) throw new Error(`${name}, label ${k}: ${noLabel(text, classes, names)}`);
    return label;
  });
  const doubt = doubts(read, names);
  return { labels: read.map((r) => r.label), notice: doubt && `${name}: ${doubt}` };
}

/** NumPy keeps text in fields of one length, filled up with zeros: of four bytes a character (U) or one (S). */
function textsOf(bytes: Uint8Array, header: NpyHeader, name: string): string[] {
  const [, order, kind, length] = /^(.?)([US])(\d+)$/.exec(header.descr)!;
  const width = Number(length) * (kind === 'U' ? 4 : 1);
  const data = npyData(bytes, header, width, name);
  const view = new DataView(data.buffer);
  const decoder = new TextDecoder();
  return Array.from({ length: header.shape.reduce((n, d) => n * d, 1) }, (_, k) => {
    if (kind === 'S') return decoder.decode(data.subarray(k * width, (k + 1) * width)).replace(/\0+$/, '');
    const points = Array.from({ length: width / 4 }, (_, c) => view.getUint32(k * width + c * 4, order !== '>'));
    return points.map((p) => (p === 0 || p > 0x10ffff ? '' : String.fromCodePoint(p))).join('');
  });
}
