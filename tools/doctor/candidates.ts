/** What `misfire doctor` tries: the model's pictures prepared in every usual way, some dozens of them. */
import type { Classes } from '../../src/data/classes.js';
import { commonColours, commonFramings, type NamedPreprocessing } from '../../src/data/common-preprocessing.js';
import type { Picture } from '../../src/data/picture.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import type { DataSet } from '../../src/dataset/dataset.js';
import { SampleReader } from '../../src/dataset/sample.js';
import { pictureInput } from '../../src/onnx/picture-input.js';
import { Random } from '../../src/saliency/random.js';
import { classifier } from '../../src/classifier.js';
import { openNamed } from '../profile/open.js';
import { hasOpenSize, type ModelFile } from '../shared/model-file.js';
import { findPreprocessing, USUAL_SIDE } from '../shared/preprocessing.js';

/** A sample that was read: a picture, or an input that came prepared. */
export interface DrawnSample {
  readonly label: number;
  readonly picture: Picture | null;
  readonly prepared: Float32Array | null;
}

export interface Drawn {
  readonly set: DataSet;
  readonly samples: readonly DrawnSample[];
  /** [channels, height, width] of samples that come prepared, else null. */
  readonly prepared: readonly number[] | null;
  /** What was asked for with --preprocess, or is taken without it; null where samples come prepared, or nobody says. */
  readonly given: NamedPreprocessing | null;
  readonly notices: readonly string[];
}

/** Reads the set's list and `limit` of its samples, drawn at random by the seed. Throws one sentence where it is none for this model. */
export async function drawSamples(paths: readonly string[], file: ModelFile, names: Classes | null, preprocessing: string | undefined,
  { limit, seed }: { readonly limit: number; readonly seed: number }): Promise<Drawn> {
  const input = pictureInput(file.model);
  const { how, notices } = await findPreprocessing(file.model, preprocessing, paths);
  const sides = [input.channels ?? 3, input.height ?? USUAL_SIDE, input.width ?? USUAL_SIDE];
  const { classes } = classifier(file.model, hasOpenSize(file.model.inputs[0]) ? sides : undefined, file.choice);
  const { set, said } = await openNamed(paths, file, names, { classes, whole: input.whole !== null });
  const chosen = new Random(seed, set.count).choose(Math.min(limit, set.count), set.count).sort((a, b) => a - b);
  const reader = new SampleReader(null, input.channelsLast);
  try {
    const samples: DrawnSample[] = [];
    let prepared: readonly number[] | null = null;
    for (const k of chosen) {
      const { label, source } = set.sample(k);
      if (set.kind === 'npy') {
        const { data, shape } = await reader.read(source);
        prepared = shape;
        samples.push({ label, picture: null, prepared: data });
      } else samples.push({ label, picture: await reader.picture(source), prepared: null });
    }
    const given = set.kind === 'npy' || how === null
      ? null
      : { name: preprocessing === undefined ? 'as without --preprocess' : 'as given', how };
    return { set, samples, prepared, given, notices: [...said, ...notices] };
  } finally {
    reader.close();
  }
}

/** Every usual way of colours with the framing `like`; the one given stands first. */
export function waysOfColours(file: ModelFile, { given, samples }: Drawn): NamedPreprocessing[] {
  const input = pictureInput(file.model);
  const framing = given ? framingOf(given.how) : commonFramings(input, samples.map((s) => s.picture!))[0].how;
  return distinct([...(given ? [given] : []), ...commonColours(input, framing)]);
}

/** The other usual framings, to inputs of [channels, height, width], with the colours of `best`. */
export function waysOfFraming({ samples }: Drawn, best: NamedPreprocessing, [, height, width]: readonly number[]): NamedPreprocessing[] {
  const framings = commonFramings({ height, width }, samples.map((s) => s.picture!));
  return distinct([best, ...framings.map(({ name, how }) => ({ name: `${best.name}; ${name}`, how: { ...how, ...coloursOf(best.how) } }))])
    .slice(1);
}

/** Other colours, most promising first, with the framing of `best`, which is called as its own name has it after the semicolon. */
export function reframed(colours: readonly NamedPreprocessing[], best: NamedPreprocessing): NamedPreprocessing[] {
  const framing = best.name.slice(best.name.indexOf(';'));
  return distinct([best, ...colours.map(({ name, how }) => ({ name: name + framing, how: { ...framingOf(best.how), ...coloursOf(how) } }))])
    .slice(1);
}

function coloursOf({ channels, order, scale, mean, std }: Preprocessing) {
  return { ...(channels && { channels }), ...(order && { order }), ...(scale && { scale }), mean, std };
}

function framingOf({ resize, crop, fit, interpolation, fill, middle }: Preprocessing) {
  return { resize, crop, ...(fit && { fit }), ...(interpolation && { interpolation }), ...(fill && { fill }), ...(middle && { middle }) };
}

/** The first of those that prepare a picture alike. */
function distinct(all: readonly NamedPreprocessing[]): NamedPreprocessing[] {
  const known = new Set<string>();
  return all.filter(({ how: { channels = 3, order = 'RGB', interpolation = 'bilinear', scale = [0, 1], mean, std, ...how } }) => {
    const three = (values: readonly number[]) => (values.length < channels ? Array.from({ length: channels }, () => values[0]) : values);
    const key = JSON.stringify([how.resize, how.crop, how.fit, channels, order, interpolation, scale, three(mean), three(std)]);
    return !known.has(key) && known.add(key) !== undefined;
  });
}
