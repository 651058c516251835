/** `misfire explain`: logits, loss and filter-wise saliency of pictures against their labels. */
import { Command, Option } from 'commander';
import { classifier, type Classifier } from '../src/classifier.js';
import { parseClasses } from '../src/data/classes.js';
import { checkWritable, readBytes, readText, writeAtomic } from '../src/data/files-node.js';
import { parseLabels, type Label } from '../src/data/labels.js';
import { parseNpy } from '../src/data/npy.js';
import { PREPROCESSINGS } from '../src/data/preprocess.js';
import { openDawnDevice } from '../src/dawn.js';
import { Explainer } from '../src/saliency/explainer.js';
import { filterCount, locate } from '../src/saliency/network.js';
import { argmax, probability } from '../src/saliency/prediction.js';
import type { Aggregation } from '../src/saliency/profile.js';
import { checkStatistics, parseStatistics, rankFilters, standardize, type Statistics } from '../src/saliency/standardize.js';
import { announce, positive, progress } from './console.js';
import { explanationJson, type Explained } from './explain-json.js';
import { explanationText } from './explain-text.js';
import { openModel, type ModelFile } from './model-file.js';
import { findPreprocessing, openSamples, type Sample } from './samples.js';

interface Options {
  readonly model: string;
  readonly label: string;
  readonly classes?: string;
  readonly preprocess?: string;
  readonly stats?: string;
  readonly aggregation: Aggregation;
  readonly top: number;
  readonly batch?: number;
  readonly adapter?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Pictures in memory at a time, where no batch is given. */
const CHUNK = 64;

export function explainCommand(): Command {
  return new Command('explain')
    .description('show which filters made a network answer as it did: the saliency of every filter for each picture')
    .argument('<image...>', 'JPEG, PNG or WebP pictures, or .npy files (float32, [3,H,W] or [N,3,H,W], already prepared)')
    .requiredOption('--model <file>', 'the network, an ONNX classifier')
    .requiredOption('--label <label>', 'the true class: an index, a name from --classes, a comma list with one for each picture, or "predicted"')
    .option('--classes <file>', 'names of the classes, line k for class k')
    .option('--preprocess <how>', 'imagenet, cifar10 or a JSON file {"resize":256|null,"crop":224|null,"mean":[3],"std":[3]}; imagenet where the model takes 224 x 224')
    .option('--stats <file>', 'statistics of the saliency over other pictures, to standardize it: a JSON file or mean.npy,std.npy')
    .addOption(new Option('--aggregation <kind>', 'a filter\'s saliency: the mean of its weights\' |gradient|, or |mean gradient|')
      .choices(['mean-abs', 'abs-mean']).default('mean-abs'))
    .option('--top <count>', 'how many filters to list', positive, 10)
    .option('--batch <count>', 'pictures computed at once', positive)
    .option('--adapter <which>', 'hardware, software, or part of an adapter\'s name')
    .option('--json <file>', 'write everything to a JSON file; - for standard output, and nothing else there')
    .option('--quiet', 'no notices; nothing on standard output either where --json names a file')
    .action(explain);
}

async function explain(images: string[], options: Options): Promise<void> {
  if (options.json !== undefined && options.json !== '-') await checkWritable(options.json);
  const file = await openModel(options.model);
  const classes = options.classes === undefined ? null : parseClasses(await readText(options.classes), options.classes);
  const { samples, network } = await openNetwork(file, images, options.preprocess);
  const stats = options.stats === undefined ? null : await readStatistics(options.stats, options.aggregation);
  if (stats) checkStatistics(stats, options.stats!, { sha256: file.sha256, filters: filterCount(network.layers), aggregation: options.aggregation });
  if (classes && classes.count !== network.classes) {
    throw new Error(`${options.classes} names ${classes.count} classes, but ${file.path} has ${network.classes}`);
  }
  const labels = parseLabels(options.label, samples.length, network.classes, classes);

  const device = await openDawnDevice({ adapter: options.adapter });
  try {
    if (!options.quiet) announce(device);
    const explainer = new Explainer(network, device, { batch: options.batch, aggregation: options.aggregation });
    const toScreen = options.json === undefined || (options.json !== '-' && !options.quiet);
    const all: Explained[] = [];
    const step = options.batch ?? CHUNK;
    for (let at = 0; at < samples.length; at += step) {
      const some = await explainSome(explainer, network, samples.slice(at, at + step), labels.slice(at, at + step), stats, options.top);
      if (!options.quiet) progress(at + some.length, samples.length);
      if (toScreen) for (const one of some) process.stdout.write(explanationText(one, network.layers, stats, classes));
      if (options.json !== undefined) all.push(...some);
    }
    explainer.destroy();
    if (options.json === undefined) return;
    const json = explanationJson(file, network.layers, device.adapter, all);
    if (options.json === '-') for (const piece of json) process.stdout.write(piece);
    else await writeAtomic(options.json, json);
  } finally {
    device.destroy();
  }
}

/** The samples and the network, whose size comes from the first sample where the file leaves it open. */
async function openNetwork({ path, model }: ModelFile, images: readonly string[], preprocess: string | undefined): Promise<{ samples: Sample[]; network: Classifier }> {
  const dims = model.inputs[0]?.dims;
  const open = !dims || dims.slice(1).some((d) => typeof d !== 'number');
  const usual = open || (dims[2] === 224 && dims[3] === 224);
  const how = preprocess !== undefined ? await findPreprocessing(preprocess) : usual ? PREPROCESSINGS.imagenet : null;
  const samples = await openSamples(images, how);
  const network = classifier(model, open ? (await samples[0].read()).shape : undefined);
  if (network.layers.length === 0) throw new Error(`${path} has no convolution, so it has no filters to blame`);
  return { samples, network };
}

async function readStatistics(option: string, aggregation: Aggregation): Promise<Statistics> {
  const files = option.split(',');
  if (files.length === 1) return parseStatistics(await readText(option), option);
  const [mean, std] = await Promise.all(files.map(async (f) => {
    const { data, shape } = parseNpy(await readBytes(f), f);
    if (shape.length !== 1 || files.length !== 2) throw new Error(`--stats takes one JSON file, or two .npy files of one number per filter: mean.npy,std.npy`);
    return Float64Array.from(data as Float64Array, Number);
  }));
  // Arrays do not say how they were made: the profile's own aggregation is taken to be theirs.
  const text = JSON.stringify({ aggregation, mean: [...mean], std: [...std] });
  return parseStatistics(text, option);
}

async function explainSome(explainer: Explainer, network: Classifier, samples: readonly Sample[], labels: readonly Label[], stats: Statistics | null, top: number): Promise<Explained[]> {
  const pictures: Float32Array[] = [];
  for (const sample of samples) {
    const { data, shape } = await sample.read();
    if (shape.join('x') !== network.pictureShape.join('x')) {
      throw new Error(`${sample.name} gives an input of ${shape.join(' x ')}, but ${network.name} takes ${network.pictureShape.join(' x ')}; choose another --preprocess`);
    }
    pictures.push(data);
  }
  const answers = labels.includes('predicted') ? await explainer.logits(pictures) : [];
  const indices = labels.map((label, k) => (label === 'predicted' ? argmax(answers[k]) : label));
  const explanations = await explainer.explain(pictures, indices);
  return explanations.map(({ logits, loss, profile }, k) => {
    const predicted = argmax(logits);
    const standardized = stats && standardize(profile, stats);
    const saliency = standardized ?? profile;
    return {
      input: samples[k].name, label: indices[k], predicted, confidence: probability(logits, predicted), labelConfidence: probability(logits, indices[k]),
      loss, logits, profile, standardized,
      top: rankFilters(saliency, stats).slice(0, top).map((index) => {
        const { layer, filter } = locate(network.layers, index);
        return { index, layer: layer.node, filter, saliency: saliency[index] };
      }),
    };
  });
}
