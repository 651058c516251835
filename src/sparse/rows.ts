/** The rows a layer is fitted to: features and labels, read in blocks, and their standardisation in float64. */

/** Rows one after another: [count, features], from row `start` on. */
export interface FeatureBlock {
  readonly start: number;
  readonly count: number;
  readonly values: Float32Array;
}

/** Features of many samples, in an order that stays, wherever they lie. */
export interface FeatureRows {
  readonly samples: number;
  readonly features: number;
  /** [samples], class indices. */
  readonly labels: Int32Array;
  /** What messages call them. */
  readonly name: string;
  /** All rows in order, at most `rows` at once. Throws one sentence where they cannot be read or are not finite. */
  blocks(rows: number): AsyncGenerator<FeatureBlock>;
}

/** Mean and deviation (divided by n) of the training rows; a constant feature has deviation 1 here and is listed. */
export interface Standardization {
  readonly mean: Float64Array;
  readonly std: Float64Array;
  readonly constant: readonly number[];
}

/** A deviation below this share of the feature's largest value is rounding: the feature is constant. */
const CONSTANT = 1e-8;
const ROWS = 4096;

/** Two readings of all rows: means, then deviations from them. Throws as the rows do. */
export async function standardizationOf(rows: FeatureRows): Promise<Standardization> {
  const { samples, features } = rows;
  const mean = new Float64Array(features), most = new Float64Array(features), std = new Float64Array(features);
  for await (const { count, values } of rows.blocks(ROWS)) {
    for (let k = 0, at = 0; k < count; k++) {
      for (let j = 0; j < features; j++, at++) {
        const v = values[at];
        mean[j] += v;
        if (v > most[j]) most[j] = v;
        else if (-v > most[j]) most[j] = -v;
      }
    }
  }
  for (let j = 0; j < features; j++) mean[j] /= samples;
  for await (const { count, values } of rows.blocks(ROWS)) {
    for (let k = 0, at = 0; k < count; k++) for (let j = 0; j < features; j++, at++) std[j] += (values[at] - mean[j]) ** 2;
  }
  const constant: number[] = [];
  for (let j = 0; j < features; j++) {
    std[j] = Math.sqrt(std[j] / samples);
    if (std[j] <= CONSTANT * most[j]) {
      std[j] = 1;
      constant.push(j);
    }
  }
  return { mean, std, constant };
}

/** (x - mean) / std of the columns given, in float64, into rows of `width` values of `out`; constant features are 0. */
export function standardizeInto(out: Float32Array | Float64Array, width: number, { count, values }: FeatureBlock,
  { mean, std, constant }: Standardization, columns: ArrayLike<number>): void {
  const features = mean.length, scale = std.map((s) => 1 / s);
  for (const j of constant) scale[j] = 0;
  for (let k = 0; k < count; k++) {
    for (let q = 0; q < columns.length; q++) {
      const j = columns[q];
      out[k * width + q] = (values[k * features + j] - mean[j]) * scale[j];
    }
  }
}

/** Rows of each class. Throws one sentence where a label is none of the classes, or a class has no row. */
export function classCountsOf({ labels, name }: FeatureRows, classes: number, { everyClass = true } = {}): number[] {
  const counts = new Array<number>(classes).fill(0);
  labels.forEach((label, k) => {
    if (!(label >= 0 && label < classes)) {
      throw new Error(`${name}: row ${k} has the label ${label}; there are ${classes} classes, 0 to ${classes - 1}`);
    }
    counts[label]++;
  });
  const none = counts.indexOf(0);
  if (everyClass && none >= 0) {
    throw new Error(`${name} has no row of class ${none} (of ${classes}); a layer is fitted to rows of every class, add some of it`);
  }
  return counts;
}
