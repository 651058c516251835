/** `misfire explain`: logits, loss and filter-wise saliency of pictures against their labels, and which pixels set the filters off. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { FIRST_ORDER, type FirstOrder } from '../../src/saliency/attribution.js';
import { BOOST, BOOSTED } from '../../src/saliency/input.js';
import { explain } from '../explain/explain.js';
import { positive } from '../shared/terminal.js';

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
  return text.split(',').map((part) => {
    const found = FIRST_ORDER.find((name) => name.toLowerCase() === part.trim().toLowerCase());
    if (!found) throw new InvalidArgumentError(`There is no map "${part.trim()}"; there are ${FIRST_ORDER.join(', ')}.`);
    return found;
  });
}
