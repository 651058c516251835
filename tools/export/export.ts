/** `misfire export`: what the method computes of a network as an ONNX file, for any runtime. */
import { basename, dirname, join } from 'node:path';
import { exportGraph, type Exported } from '../../src/export.js';
import { checkWritable, writeAllAtomic, writeAtomic } from '../../src/files/files.js';
import { encodeModel, encodeWithData, LARGEST_WEIGHTS, weightBytes, type ModelText } from '../../src/onnx/emit/encode.js';
import { filterCount } from '../../src/saliency/network.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import { checkStatistics } from '../../src/saliency/standardize.js';
import { readStatistics } from '../explain/open.js';
import { classifierOf, hasOpenSize, openModel } from '../shared/model-file.js';
import { notice, version } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';

export interface ExportCommandOptions {
  readonly what: Exported;
  readonly stats?: string;
  readonly aggregation: Aggregation;
  readonly batch: number | 'free';
  readonly size?: readonly [number, number, number];
  readonly top?: number;
  readonly boost?: number;
  readonly output?: string;
  readonly mask?: boolean;
  readonly externalData?: boolean;
  readonly quiet?: boolean;
}

export async function exportModel(path: string, out: string, options: ExportCommandOptions): Promise<void> {
  const { what, aggregation, batch } = options;
  if (what === 'map' && options.stats === undefined) {
    throw new UsageError('a map needs statistics to standardize the saliency with: give --stats');
  }
  if (what === 'logits' && options.stats !== undefined) throw new UsageError('--stats has no use in a model that gives logits');
  if (options.mask && what !== 'logits') throw new UsageError('--mask has a meaning where logits are asked for: --what logits');
  await checkWritable(out);
  const file = await openModel(path, { output: options.output });
  if (hasOpenSize(file.model.inputs[0]) && options.size === undefined) {
    throw new UsageError(`${path} leaves the size of its picture open: say which with --size CHANNELS,HEIGHT,WIDTH`);
  }
  const network = classifierOf(file, options.size);
  if (!options.quiet) { for (const text of network.notices) notice(`${text}.`); }
  const stats = options.stats === undefined ? null : await readStatistics(options.stats, aggregation);
  const filters = filterCount(network.layers);
  if (stats) checkStatistics(stats, options.stats!, { sha256: file.sha256, filters, aggregation });
  const graph = exportGraph(network, { what, batch, stats, aggregation, top: options.top, boost: options.boost, mask: options.mask });

  const layers = network.layers.map(({ node, weight, filters: count, offset }) => ({ node, weight, filters: count, offset }));
  const text: ModelText = {
    producer: 'misfire',
    version,
    doc: `${DESCRIPTION[what]} of ${basename(path)}. Levin et al., Where do Models go Wrong? Parameter-Space Saliency Maps for `
      + 'Explainability, arXiv 2108.01335.',
    metadata: {
      'misfire.what': what,
      'misfire.version': version,
      'misfire.model': basename(path),
      'misfire.model.sha256': file.sha256,
      'misfire.aggregation': aggregation,
      'misfire.layers': JSON.stringify(layers),
      ...(stats && { 'misfire.statistics.samples': String(stats.samples ?? 'unknown') }),
      // What the network's own file says of classes and preprocessing stays true.
      ...Object.fromEntries(file.model.metadata),
    },
  };
  if (options.externalData || weightBytes(graph) > LARGEST_WEIGHTS) {
    const name = `${basename(out)}.data`;
    const { model, data } = encodeWithData(graph, text, name);
    await writeAllAtomic(new Map<string, Uint8Array | readonly Uint8Array[]>([[join(dirname(out), name), data], [out, model]]));
  } else await writeAtomic(out, encodeModel(graph, text));
  if (!options.quiet) {
    const given = graph.inputs.map((i) => i.name).join(', '), made = graph.outputs.map((o) => o.name).join(', ');
    notice(`${out}: ${given} to ${made}, for ${batch === 'free' ? 'any number of pictures' : `batches of ${batch}`}, ONNX opset 11.`);
  }
}

const DESCRIPTION: Readonly<Record<Exported, string>> = {
  profile: "Per-sample filter profiles (eq. 1), with the loss's gradient as part of the graph,",
  map: 'The signed input-space gradient (eq. 4) of the most salient filters',
  logits: 'Logits and losses',
};
