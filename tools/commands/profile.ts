/** `misfire profile`: one pass over a data set, every sample's profile into a store, and their statistics. */
import { rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseClasses } from '../../src/data/classes.js';
import { Decoder } from '../../src/dataset/decoder.js';
import { shardSize, type Shard } from '../../src/dataset/dataset.js';
import { checkWritable, readText, writeAtomic } from '../../src/files/files.js';
import { Lock } from '../../src/store/lock.js';
import { beginRun, checkSame, formOf, isComplete, listHash, makeFolder, readMeta, writeStatistics } from '../../src/store/run.js';
import { removeTraces, StoreWriter } from '../../src/store/writer.js';
import { batchesPerPart, type Meta } from '../../src/store/format.js';
import { openDawnDevice } from '../../src/dawn.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { filterCount } from '../../src/saliency/network.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import { GroupedMoments, statisticsText } from '../../src/saliency/statistics.js';
import { announce, notice, positive, version } from '../shared/terminal.js';
import { openModel } from '../shared/model-file.js';
import { Interrupt } from '../shared/interrupt.js';
import { openSet, type Opened } from '../profile/open.js';
import { nothingWorked, record, runPass } from '../profile/pass.js';
import { Progress } from '../shared/progress.js';
import { countsOf, showSummary, summarize, type Counts, type Summary } from '../profile/summary.js';

export interface ProfileOptions {
  readonly model: string;
  readonly out: string;
  readonly classes?: string;
  readonly preprocess?: string;
  readonly aggregation: Aggregation;
  readonly batch?: number;
  readonly adapter?: string;
  readonly half?: boolean;
  readonly statsOnly?: boolean;
  readonly shard?: Shard;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

export function profileCommand(): Command {
  return new Command('profile')
    .description(
      'compute the saliency profile of every sample of a data set, and their mean and deviation; a run that was ended goes on with the same command'
    )
    .argument('<data...>', 'a folder of class folders, a folder with labels.csv, CIFAR binary files, or inputs.npy,labels.npy')
    .requiredOption('--model <file>', 'the network, an ONNX classifier')
    .requiredOption('--out <folder>', 'where the profiles go: a new folder, or that of a run to go on with')
    .option('--classes <file>',
      'names of the classes, line k for class k: class folders and labels are matched to them by WordNet id or name')
    .option('--preprocess <how>',
      'imagenet, cifar10 or a JSON file {"resize":256|null,"crop":224|null,"mean":[3],"std":[3]}; imagenet where the model takes 224 x 224')
    .addOption(new Option('--aggregation <kind>', "a filter's saliency: the mean of its weights' |gradient|, or |mean gradient|")
      .choices(['mean-abs', 'abs-mean']).default('mean-abs'))
    .option('--batch <count>', 'samples computed at once; by default what the adapter has room for', positive)
    .option('--adapter <which>', "hardware, software, or part of an adapter's name")
    .option('--half', 'store profiles as float16')
    .addOption(new Option('--stats-only', 'store no profiles, only the other columns and the statistics').conflicts('half'))
    .option('--shard <I/N>', 'only every N-th sample, from the I-th on; `misfire merge` joins the shards', shard)
    .option('--json [file]', 'write a summary at the end as JSON, to a file or to standard output')
    .option('--quiet', 'no notices and no progress')
    .action(profile);
}

/** I and I + N are the same shard, so that I may count from 0 or from 1. */
function shard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(count >= 1 && index <= count)) throw new InvalidArgumentError('It must be I/N, with I from 0 to N - 1 or from 1 to N.');
  return { index: index % count, count };
}

async function profile(data: string[], options: ProfileOptions): Promise<void> {
  const json = options.json === true ? '-' : options.json;
  if (json !== undefined && json !== '-') await checkWritable(json);
  const file = await openModel(options.model);
  const names = options.classes === undefined ? null : parseClasses(await readText(options.classes), options.classes);
  const opened = await openSet(data, file, names, options.preprocess);
  if (!options.quiet) { for (const text of opened.set.notices) notice(`${text}.`); }
  const meta = describe(file.path, file.sha256, opened, options);
  const total = shardSize(opened.set.count, options.shard ?? WHOLE);
  if (total === 0) {
    throw new Error(`shard ${meta.shard!.index}/${meta.shard!.count} of ${opened.set.count} samples is empty; take fewer shards`);
  }

  if (!(await readMeta(options.out))) await makeFolder(options.out);
  const interrupt = new Interrupt();
  const lock = await Lock.take(options.out);
  let summary: Summary;
  try {
    const begun = await readMeta(options.out);
    if (begun) {
      await checkSame(options.out, begun, { ...meta,
        batch: meta.batchAsked === null || meta.batchAsked === begun.batchAsked ? begun.batch : meta.batchAsked }, opened.set);
    }
    summary = begun && await isComplete(options.out)
      ? summarize(options.out, begun, await countsOf(options.out), null)
      : await run(opened, begun, meta, total, options, interrupt);
  } finally {
    await lock.release();
    await rmdir(options.out).catch(() => undefined); // where it was made for nothing
  }
  if (json === '-') process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    if (json !== undefined) await writeAtomic(json, `${JSON.stringify(summary)}\n`);
    if (!options.quiet || json === undefined) process.stdout.write(showSummary(summary));
  }
  interrupt.end();
}

const WHOLE: Shard = { index: 0, count: 1 };

/** All of a run's description that does not depend on the adapter. */
function describe(path: string, sha256: string, { set, network, how }: Opened, options: ProfileOptions): Meta {
  const layers = network.layers.map(({ node, weight, filters, offset }) => ({ node, weight, filters, offset }));
  return {
    format: 1,
    version,
    model: { file: resolve(path), sha256, filters: filterCount(network.layers), classes: network.classes,
      pictureShape: network.pictureShape, layers },
    preprocessing: how,
    aggregation: options.aggregation,
    data: { kind: set.kind, root: resolve(set.root), samples: set.count, sha256: listHash(set), columns: set.columns,
      classNames: set.classNames },
    shard: options.shard ?? null,
    profiles: options.statsOnly ? 'none' : options.half ? 'float16' : 'float32',
    batch: 0,
    partBatches: 0,
    batchAsked: options.batch ?? null,
    adapter: { vendor: '', architecture: '', description: '', software: false },
  };
}

async function run({ set, network, how }: Opened, begun: Meta | null, asked: Meta, total: number, options: ProfileOptions,
  interrupt: Interrupt): Promise<Summary> {
  const device = await openDawnDevice({ adapter: options.adapter });
  const decoder = new Decoder({ how, shape: network.pictureShape });
  const explainer = new Explainer(network, device, { batch: begun?.batch ?? options.batch, aggregation: options.aggregation });
  let writer: StoreWriter | null = null;
  try {
    if (!options.quiet) announce(device);
    if (begun && begun.adapter.description !== device.adapter.description && !options.quiet) {
      notice(
        `the run was begun on '${begun.adapter.description}' and goes on on '${device.adapter.description}'; their last digits may differ.`
      );
    }
    const batch = await explainer.batchSize();
    if (begun && batch !== begun.batch) {
      throw new Error(
        `the run was begun with batches of ${begun.batch}, for which '${device.adapter.description}' has no room; go on where it was begun, or begin again in another folder`
      );
    }
    const { vendor, architecture, description, software } = device.adapter;
    const meta = begun ??
      { ...asked, batch, partBatches: batchesPerPart(batch, asked.model.filters),
        adapter: { vendor, architecture, description, software } };
    if (!begun) await beginRun(options.out, meta, set);

    let moments = GroupedMoments.empty(meta.model.filters);
    writer = await StoreWriter.open(options.out, { form: formOf(meta), partBatches: meta.partBatches, state: () => moments.toBytes() });
    if (writer.resumed.state) moments = GroupedMoments.fromBytes(writer.resumed.state, meta.model.filters);
    const { batches, next: from } = writer.resumed;
    for (const finished of batches) await record({ moments, writer }, finished);
    const before = Math.min(total, from * batch);
    if (begun && !options.quiet) notice(`going on after ${before} of ${total} samples.`);

    const progress = new Progress(total, before, options.quiet);
    const done = await runPass({
      set,
      shard: meta.shard ?? WHOLE,
      explainer,
      decoder,
      writer,
      moments,
      batch,
      stopped: () => interrupt.stopped,
      progress: (n) => progress.update(n),
    }, from);
    progress.end();
    const speed = { computed: done - before, rate: progress.rate(done) };
    if (done < total) {
      notice(`stopped after ${done} of ${total} samples; the same command goes on from there.`);
      return summarize(options.out, meta, counts(moments, writer), speed, false);
    }
    await writer.finish();
    if (moments.all.count === 0) throw nothingWorked(total, []);
    await writeStatistics(options.out,
      statisticsText({ model: meta.model.sha256, aggregation: meta.aggregation, layers: meta.model.layers }, moments));
    await removeTraces(options.out);
    return summarize(options.out, meta, counts(moments, writer), speed);
  } finally {
    await writer?.close();
    await decoder.close();
    explainer.destroy();
    device.destroy();
  }
}

const counts = ({ right, wrong }: GroupedMoments, { errors }: StoreWriter): Counts => ({ right: right.count, wrong: wrong.count, errors });
