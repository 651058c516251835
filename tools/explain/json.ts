/** The JSON form of an explanation. */
import type { AdapterDescription } from '../../src/engine/device.js';
import { filterCount, type Layer } from '../../src/saliency/network.js';
import type { ModelFile } from '../shared/model-file.js';
import type { Report } from '../../src/report/data.js';

/** One picture's answer. Filters are numbered in the order of convolution nodes in the file. */
export interface Explained {
  readonly input: string;
  readonly label: number;
  readonly predicted: number;
  /** Softmax at the predicted class, and at the label. */
  readonly confidence: number;
  readonly labelConfidence: number;
  readonly loss: number;
  readonly logits: Float32Array;
  /** Eq. 1, and eq. 2 where there are statistics. */
  readonly profile: Float32Array;
  readonly standardized: Float64Array | null;
  /** The most salient filters, by `standardized` where it is there, else by `profile`; dead filters are left out. */
  readonly top: readonly { readonly index: number; readonly layer: string; readonly filter: number; readonly saliency: number }[];
}

/** What was made beside it where that was asked for. */
export interface Extras {
  /** Section 2.2; its arrays are in the folder that --out names. */
  readonly map?: { readonly boosted: readonly number[]; readonly boost: number; readonly distance: number };
  /** The folder of the sample's files. */
  readonly folder?: string;
  /** Every number of the page that --report writes. */
  readonly report?: Report;
}

/** In pieces, since many pictures of a large network pass the longest string there can be. */
export function* explanationJson({ path, sha256 }: ModelFile, layers: readonly Layer[], adapter: AdapterDescription,
  samples: readonly (Explained & Extras)[]): Generator<string> {
  const { vendor, architecture, description, software } = adapter;
  const model = { file: path, sha256, filters: filterCount(layers),
    layers: layers.map(({ node, weight, filters, offset }) => ({ node, weight, filters, offset })) };
  yield `{"model":${JSON.stringify(model)},\n"adapter":${JSON.stringify({ vendor, architecture, description, software })},\n"samples":[`;
  for (const [k, { logits, profile, standardized, top, report, ...rest }] of samples.entries()) {
    yield `${k > 0 ? ',' : ''}\n${JSON.stringify(rest).slice(0, -1)},"logits":${list(logits)},"profile":${list(profile)},`
      + `"standardized":${standardized ? list(standardized) : 'null'},"top":${JSON.stringify(top)}${
        report ? `,"report":${JSON.stringify(report)}` : ''
      }}`;
  }
  yield '\n]}\n';
}

/** Nine digits tell any two float32 apart. */
function list(values: Float32Array | Float64Array): string {
  return `[${Array.from(values, (v) => String(Number(v.toPrecision(9)))).join(',')}]`;
}
