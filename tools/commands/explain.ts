/** `misfire explain`: logits, loss and filter-wise saliency of pictures against their labels, and which pixels set the filters off. */
import { Command, Option } from 'commander';
import { METHODS } from '../../src/attribution/methods.js';
import { FIRST_ORDER } from '../../src/saliency/attribution.js';
import { BOOST, BOOSTED } from '../../src/saliency/input.js';
import { sampleIds } from '../neighbors/options.js';
import { explain } from '../explain/explain.js';
import { comparisons } from '../explain/compared.js';
import { NEURON_STEPS } from '../explain/neurons.js';
import { boostFactor, otherModels, seedNumber } from '../explain/options.js';
import { ADAPTER, aggregationOption, backendOption, classesOption, MODEL, OUTPUT, PREPROCESS,
  providerOption } from '../shared/common-options.js';
import { natural, positive } from '../shared/option-values.js';
import { TRACE } from '../shared/trace.js';

export function explainCommand(): Command {
  return new Command('explain')
    .description('show which filters made a network answer as it did, and which pixels set them off')
    .argument('[image...]',
      'JPEG, PNG or WebP pictures, or arrays that are already prepared, [3,H,W] or [N,3,H,W]: .npy, .npz, or FILE.npz:KEY')
    .option(MODEL[0], `${MODEL[1]}; by default that of --run`)
    .option(...OUTPUT)
    .option('--label <label>', 'the true class: an index, a name from --classes, a comma list with one for each picture, or "predicted"; '
      + 'of samples of a run by default their own')
    .addOption(classesOption())
    .option(...PREPROCESS)
    .option('--stats <file>', 'statistics of the saliency over other pictures, to standardize it: a JSON file or mean.npy,std.npy')
    .option('--run <folder>',
      'a run of `misfire profile`: its model, preprocessing, class names and statistics serve where no others are named, and '
        + 'a report shows its mistakes with the same cause')
    .option('--also <models>', 'other networks of the same task, with commas between: do they make the same mistake?', otherModels)
    .option(...TRACE)
    .addOption(new Option('--sample <id...>', 'explain samples of --run, by id').argParser(sampleIds).conflicts('worst'))
    .addOption(new Option('--worst <count>', 'explain the mistakes of --run that have the greatest loss').argParser(positive))
    .addOption(aggregationOption('that of --run, else mean-abs'))
    .option('--top <count>', 'how many filters to list, and to boost for the map', positive, BOOSTED)
    .option('--off', 'what the answer becomes with the most salient filters turned off, beside as many at random')
    .option('--draws <count>',
      'how often filters, and pixels, are drawn at random beside --off and --map; 8 by default in a report, else 4', positive)
    .option('--map', 'which pixels set the most salient filters off, and what the answer becomes without them; needs --stats or --run')
    .option('--boost <factor>', "of the boosted filters' standardized saliency", boostFactor, BOOST)
    .addOption(new Option('--filters <list>', 'boost these filters: LAYER:CHANNEL with commas between, the layer by name or index')
      .implies({ map: true }))
    .addOption(new Option('--random <count>', 'boost so many filters drawn at random, as a control').argParser(positive)
      .implies({ map: true }).conflicts('filters'))
    .addOption(
      new Option('--map-layers <A..B>',
        'boost the most salient filters of these layers only, by index from 0 or name: early ones tell places better')
        .implies({ map: true }).conflicts(['filters', 'random'])
    )
    .option('--sparse <folder>', 'a folder of `misfire sparse`: the features to blame, by its layer, beside the filters')
    .option('--seed <number>', 'of everything drawn at random', seedNumber, 0)
    .option('--reference-map', "draw the map as the authors' code does, beside ours, in the folder of --out")
    .option('--compare <maps>',
      `maps beside it, with commas between: first-order ones (${FIRST_ORDER.join(', ')}; "all" of them in a report), attributions of `
        + `the logit (${METHODS.map(({ name }) => name).join(', ')}; or "ten"), or "none"`, comparisons)
    .addOption(new Option('--compare-of <what>', 'what first-order maps differentiate: the loss, or the logit of the class that is given')
      .choices(['loss', 'logit']).default('loss'))
    .option('--out <folder>', "save the map's numbers and pictures there, in a folder per sample")
    .option('--report <file>', 'write everything on one HTML page that needs nothing else')
    .option('--responses <count>',
      'for the report: look at so many pictures of --run for what the first filters respond to, 0 for none; by default 100, '
        + 'or none where a software adapter would take long', natural)
    .addOption(
      new Option('--visualize [steps]', `for the report: draw what excites its first filters most, in so many steps (${NEURON_STEPS})`)
        .argParser(positive).preset(String(NEURON_STEPS))
    )
    .option('--batch <count>', 'pictures computed at once', positive)
    .option(...ADAPTER)
    .addOption(backendOption())
    .addOption(providerOption())
    .option('--json <file>', 'write everything to a JSON file; - for standard output, and nothing else there')
    .option('--quiet', 'no notices; nothing on standard output either where --json names a file')
    .action(explain);
}
