/** The JSON form of an explanation. */
import type { AdapterDescription } from '../../src/engine/device.js';
import { nineDigits } from '../../src/report/numbers.js';
import { filterCount, type Layer } from '../../src/saliency/network.js';
import type { ModelFile } from '../shared/model-file.js';
import type { Traced } from '../shared/trace.js';
import type { ExplainedSample } from './explained.js';

/** In parts, since many pictures of a large network pass the longest string there can be. */
export function* explanationJson({ path, sha256 }: ModelFile, trace: Traced | null, layers: readonly Layer[], adapter: AdapterDescription,
  samples: readonly ExplainedSample[]): Generator<string> {
  const { vendor, architecture, description, software } = adapter;
  const model = { file: path, sha256, filters: filterCount(layers),
    layers: layers.map(({ name, node, weight, filters, offset }) => ({ name, node, weight, filters, offset })) };
  const traced = trace ? `"trace":${JSON.stringify({ name: trace.name, ...summary(trace) })},\n` : '';
  yield `{"model":${JSON.stringify(model)},\n${traced}"adapter":${
    JSON.stringify({ vendor, architecture, description, software })
  },\n"samples":[`;
  for (const [k, { logits, profile, standardized, top, report, changes, ...rest }] of samples.entries()) {
    yield `${k > 0 ? ',' : ''}\n${JSON.stringify(rest).slice(0, -1)},"logits":${list(logits)},"profile":${list(profile)},`
      + `"standardized":${standardized ? list(standardized) : 'null'},"top":${JSON.stringify(top)}` +
      `${changes && !report ? `,"changes":${JSON.stringify(changes)}` : ''}` +
      `${report ? `,"report":${JSON.stringify(report)}` : ''}}`;
  }
  yield '\n]}\n';
}

const summary = (
  { stored: { record: { picture, agrees, denseClass, traceClass, denseProbability, traceProbability, views, viewsKept } } }: Traced
) => ({
  picture,
  agrees,
  denseClass,
  traceClass,
  denseProbability,
  traceProbability,
  views,
  viewsKept,
});

const list = (values: Float32Array | Float64Array): string => `[${Array.from(values, (v) => String(nineDigits(v))).join(',')}]`;
