/** `misfire explain`: logits, loss and filter-wise saliency of pictures against their labels, and which pixels set the filters off. */
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { FIRST_ORDER, type FirstOrder } from '../../src/saliency/attribution.js';
import { parseClasses } from '../../src/data/classes.js';
import { checkWritable, readText, writeAtomic } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { parseLabels } from '../../src/data/labels.js';
import { openDawnDevice } from '../../src/dawn.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { BOOST, BOOSTED } from '../../src/saliency/input.js';
import { filterCount } from '../../src/saliency/network.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import { checkStatistics } from '../../src/saliency/standardize.js';
import { announce, positive } from '../shared/terminal.js';
import { Progress } from '../shared/progress.js';
import { Explaining } from '../explain/explaining.js';
import { explanationJson, type Explained, type Extras } from '../explain/json.js';
import { parseFilters, type Boosted } from '../explain/maps.js';
import { openNetwork, readStatistics } from '../explain/open.js';
import { folderNames } from '../explain/save.js';
import { explanationText } from '../explain/text.js';
import { openModel } from '../shared/model-file.js';
import { selectLayers } from '../neighbors/options.js';
import { openProfiles } from '../../src/store/stored-run.js';

interface Options {
  readonly model: string;
  readonly label: string;
  readonly classes?: string;
  readonly preprocess?: string;
  readonly stats?: string;
  readonly run?: string;
  readonly aggregation: Aggregation;
  readonly top: number;
  readonly map?: boolean;
  readonly boost: number;
  readonly filters?: string;
  readonly random?: number;
  readonly mapLayers?: string;
  readonly seed: number;
  readonly referenceMap?: boolean;
  readonly compare?: readonly FirstOrder[];
  readonly compareOf: 'loss' | 'logit';
  readonly out?: string;
  readonly report?: string;
  readonly batch?: number;
  readonly adapter?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Pictures in memory at a time, where no batch is given. */
const CHUNK = 64;

export function explainCommand(): Command {
  return new Command('explain')
    .description('show which filters made a network answer as it did, and which pixels set them off')
    .argument('<image...>', 'JPEG, PNG or WebP pictures, or .npy files (float32, [3,H,W] or [N,3,H,W], already prepared)')
    .requiredOption('--model <file>', 'the network, an ONNX classifier')
    .requiredOption('--label <label>',
      'the true class: an index, a name from --classes, a comma list with one for each picture, or "predicted"')
    .option('--classes <file>', 'names of the classes, line k for class k')
    .option('--preprocess <how>',
      'imagenet, cifar10 or a JSON file {"resize":256|null,"crop":224|null,"mean":[3],"std":[3]}; imagenet where the model takes 224 x 224')
    .option('--stats <file>', 'statistics of the saliency over other pictures, to standardize it: a JSON file or mean.npy,std.npy')
    .option('--run <folder>',
      'a run of `misfire profile`: its statistics unless --stats names others, and in the report its mistakes with the same cause')
    .addOption(new Option('--aggregation <kind>', "a filter's saliency: the mean of its weights' |gradient|, or |mean gradient|")
      .choices(['mean-abs', 'abs-mean']).default('mean-abs'))
    .option('--top <count>', 'how many filters to list, and to boost for the map', positive, BOOSTED)
    .option('--map', 'which pixels set the most salient filters off; needs --stats or --run')
    .option('--boost <factor>', "of the boosted filters' standardized saliency", factor, BOOST)
    .addOption(
      new Option('--filters <list>', 'boost these filters: LAYER:CHANNEL with commas between, the layer by name or index').implies({
        map: true,
      })
    )
    .addOption(
      new Option('--random <count>', 'boost so many filters drawn at random, as a control').argParser(positive).implies({ map: true })
        .conflicts('filters')
    )
    .addOption(
      new Option('--map-layers <A..B>',
        'boost the most salient filters of these layers only, by index from 0 or name: early ones tell places better')
        .implies({ map: true }).conflicts(['filters', 'random'])
    )
    .option('--seed <number>', 'of everything drawn at random', whole, 0)
    .option('--reference-map', "draw the map as the authors' code does, beside ours, in the folder of --out")
    .option('--compare <maps>',
      `first-order maps beside it: ${FIRST_ORDER.join(', ')}, with commas between, "all" or "none"; all in a report`, comparisons)
    .addOption(
      new Option('--compare-of <what>', 'what first-order maps differentiate: the loss, or the logit of the class that is given').choices([
        'loss',
        'logit',
      ]).default('loss')
    )
    .option('--out <folder>', "save the map's numbers and pictures there, in a folder per sample")
    .option('--report <file>', 'write everything on one HTML page that needs nothing else')
    .option('--batch <count>', 'pictures computed at once', positive)
    .option('--adapter <which>', "hardware, software, or part of an adapter's name")
    .option('--json <file>', 'write everything to a JSON file; - for standard output, and nothing else there')
    .option('--quiet', 'no notices; nothing on standard output either where --json names a file')
    .action(explain);
}

async function explain(images: string[], options: Options): Promise<void> {
  checkOptions(options);
  for (const path of [options.json, options.report]) if (path !== undefined && path !== '-') await checkWritable(path);
  const file = await openModel(options.model);
  const classes = options.classes === undefined ? null : parseClasses(await readText(options.classes), options.classes);
  const { samples, network, how } = await openNetwork(file, images, options.preprocess);
  const run = options.run === undefined ? null : await openProfiles(options.run);
  const statsName = options.stats ?? (run ? run.statisticsPath : null);
  const stats = statsName === null ? null : await readStatistics(statsName, options.aggregation);
  if (stats) {
    checkStatistics(stats, statsName!, { sha256: file.sha256, filters: filterCount(network.layers), aggregation: options.aggregation });
  }
  if (run && run.meta.model.sha256 !== file.sha256) {
    throw new Error(
      `${run.folder} is a run of another model (sha256 ${run.meta.model.sha256.slice(0, 12)}..., this one is ${
        file.sha256.slice(0, 12)
      }...)`
    );
  }
  if (classes && classes.count !== network.classes) {
    throw new Error(`${options.classes} names ${classes.count} classes, but ${file.path} has ${network.classes}`);
  }
  const labels = parseLabels(options.label, samples.length, network.classes, classes);
  const wantsMap = options.map || (stats !== null && (options.out !== undefined || options.report !== undefined));
  const boosted: Boosted = options.filters !== undefined ?
    { kind: 'given', filters: parseFilters(options.filters, network.layers) }
    : options.random !== undefined ?
    { kind: 'random', count: options.random, seed: options.seed }
    : { kind: 'salient', count: options.top,
      layers: options.mapLayers === undefined ? undefined : selectLayers(network.layers, options.mapLayers, '--map-layers') };
  if (options.out !== undefined) await makeOutFolder(options.out);
  const folders = options.out === undefined ? null : folderNames(samples.map((s) => s.name)).map((name) => join(options.out!, name));

  const device = await openDawnDevice({ adapter: options.adapter });
  const progress = new Progress(samples.length, 0, { quiet: options.quiet, lines: false });
  try {
    if (!options.quiet) announce(device);
    const explainer = new Explainer(network, device, { batch: options.batch, aggregation: options.aggregation });
    const explaining = new Explaining(explainer, network, {
      file,
      how,
      classes,
      stats,
      statsName,
      run,
      aggregation: options.aggregation,
      adapter: device.adapter,
      top: options.top,
      seed: options.seed,
      map: wantsMap ? { boosted, boost: options.boost, reference: options.referenceMap ?? false } : null,
      compare: options.compare ?? (options.report === undefined ? [] : FIRST_ORDER),
      compareOf: options.compareOf,
      report: options.report !== undefined,
    });
    const toScreen = options.json === undefined || (options.json !== '-' && !options.quiet);
    const all: (Explained & Extras)[] = [];
    const step = options.batch ?? CHUNK;
    for (let at = 0; at < samples.length; at += step) {
      const some = await explaining.explain(samples.slice(at, at + step), labels.slice(at, at + step), at,
        folders?.slice(at, at + step) ?? null, (done) => progress.update(at + done));
      progress.clear();
      if (toScreen) { for (const one of some) process.stdout.write(explanationText(one, network.layers, stats, classes)); }
      if (options.json !== undefined) all.push(...some);
    }
    explainer.destroy();
    if (options.report !== undefined) await writeAtomic(options.report, await explaining.page());
    if (toScreen && options.report !== undefined) process.stdout.write(`The report: ${options.report}\n`);
    if (options.json === undefined) return;
    const json = explanationJson(file, network.layers, device.adapter, all);
    if (options.json === '-') { for (const piece of json) process.stdout.write(piece); }
    else await writeAtomic(options.json, json);
  } finally {
    progress.clear();
    device.destroy();
  }
}

/** Throws one sentence where options contradict each other. */
function checkOptions({ map, stats, run, out, report, referenceMap, compare }: Options): void {
  if (map && stats === undefined && run === undefined) {
    throw new Error('a map needs statistics to standardize the saliency with: give --stats, or --run with a run of misfire profile');
  }
  if (referenceMap && out === undefined) throw new Error('--reference-map is drawn into the folder of --out; say which');
  if (out !== undefined && stats === undefined && run === undefined && !compare?.length) {
    throw new Error('--out has nothing to save: give --stats or --run for the map, or --compare for first-order maps');
  }
  if (compare?.length && out === undefined && report === undefined) {
    throw new Error('first-order maps go into the folder of --out or the page of --report; say which');
  }
}

function factor(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most nine digits.');
  return Number(text);
}

function comparisons(text: string): readonly FirstOrder[] {
  if (text === 'all') return FIRST_ORDER;
  if (text === 'none') return [];
  return text.split(',').map((piece) => {
    const found = FIRST_ORDER.find((name) => name.toLowerCase() === piece.trim().toLowerCase());
    if (!found) throw new InvalidArgumentError(`There is no map "${piece.trim()}"; there are ${FIRST_ORDER.join(', ')}.`);
    return found;
  });
}
