/** The computing of a run: device, decoder and writer are opened, the pass goes over what is left, and statistics end it. */
import { shardSample, shardSize, type Shard } from '../../src/dataset/dataset.js';
import { Decoder } from '../../src/dataset/decoder.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { GroupedMoments, statisticsText } from '../../src/saliency/statistics.js';
import { removeTraces } from '../../src/store/checkpoint.js';
import { LIST, type Meta } from '../../src/store/format.js';
import type { Lock } from '../../src/store/lock.js';
import { batchesPerPart, partForm } from '../../src/store/parts.js';
import { beginRun, markOf, mendList, writeStatistics } from '../../src/store/run.js';
import { StoreWriter } from '../../src/store/writer.js';
import type { Interrupt } from '../shared/interrupt.js';
import { Progress } from '../shared/progress.js';
import { announce, openComputer } from '../shared/computer.js';
import { goesOnElsewhere, goingOn, stopped } from '../shared/terminal.js';
import { WHOLE, type ProfileOptions } from './describe.js';
import type { Opened } from './open.js';
import { nothingWorked, record, runPass } from './pass.js';
import { notice } from '../shared/terminal.js';
import { summarize, Sure, type Counts, type Summary, type Sureness } from './summary.js';

/** What a run came to, and how sure the network was of the samples computed now; null where there were none. */
export interface Computed {
  readonly summary: Summary;
  readonly sureness: Sureness | null;
}

/** All of the run, or what is left of one that was begun; what it came to, also where it was stopped on the way. */
export async function compute({ set, network, how }: Opened, begun: Meta | null, wanted: Meta, options: ProfileOptions,
  { interrupt, lock }: { readonly interrupt: Interrupt; readonly lock: Lock }): Promise<Computed> {
  const allowed = () => lock.check();
  const total = shardSize(set.count, wanted.shard ?? WHOLE);
  const device = await openComputer(options);
  const decoder = new Decoder({ how, shape: network.pictureShape, channelsLast: network.channelsLast });
  // Rows beyond the last sample would be computed for nothing.
  const asked = options.batch && Math.min(options.batch, total);
  const explainer = new Explainer(network, device, { batch: begun?.batch ?? asked, aggregation: options.aggregation,
    onNotice: (text) => options.quiet || notice(`${text}.`) });
  let writer: StoreWriter | null = null;
  let progress: Progress | null = null;
  try {
    if (!options.quiet) announce(device, options);
    if (begun && !options.quiet) goesOnElsewhere('the run', begun.adapter.description, device.adapter.description);
    const { forwardOnly = false } = wanted;
    const features = wanted.features !== undefined;
    const batch = await explainer.batchSize({ forwardOnly, features });
    if (begun && batch !== begun.batch) {
      throw new Error(`the run was begun with batches of ${begun.batch}, for which '${device.adapter.description}' has no room; `
        + 'go on where it was begun, or begin again in another folder');
    }
    const { vendor, architecture, description, software } = device.adapter;
    const meta = begun ??
      { ...wanted, batch, partBatches: batchesPerPart(batch, wanted.model.filters + (wanted.features?.width ?? 0)),
        adapter: { vendor, architecture, description, software } };
    if (!begun) await beginRun(options.out, meta, set, allowed);
    else await mendList(options.out, meta, set);

    // Of a run of answers alone, right and wrong samples are counted and no filter is measured.
    const filters = forwardOnly ? 0 : meta.model.filters;
    let moments = GroupedMoments.empty(filters);
    writer = await StoreWriter.open(options.out, { form: partForm(meta), partBatches: meta.partBatches, state: () => moments.toBytes(),
      lock: lock.token, mark: await markOf(options.out), fits: ({ rows, errors }, k) =>
        isBatch([...rows, ...errors], k * batch, Math.min(batch, total - k * batch), meta.shard ?? WHOLE) });
    if (writer.resumed.state) moments = GroupedMoments.fromBytes(writer.resumed.state, filters);
    const { batches, next: from, damaged } = writer.resumed;
    if (damaged !== null && !options.quiet) notice(`${damaged} is damaged; the batches from there on are computed again.`);
    for (const finished of batches) await record({ moments, writer }, finished);
    const before = Math.min(total, from * batch);
    if (begun && !options.quiet) goingOn(before, total);

    progress = new Progress(total, before, { quiet: options.quiet, form: options.progress });
    progress.begin();
    const sure = new Sure();
    const done = await runPass({
      set,
      shard: meta.shard ?? WHOLE,
      explainer,
      decoder,
      writer,
      moments,
      forwardOnly,
      features,
      batch,
      seen: (rows) => sure.add(rows),
      stopped: () => interrupt.stopped,
      progress: (n) => progress!.update(n),
    }, from);
    progress.clear();
    const speed = { computed: done - before, rate: progress.rate(done) };
    if (done < total) {
      stopped(done, total);
      return { summary: summarize(options.out, meta, counts(moments, writer), speed, false), sureness: null };
    }
    await writer.finish();
    if (moments.all.count === 0) throw nothingWorked(total, []);
    const { model: { sha256, layers }, aggregation } = meta;
    await writeStatistics(options.out, statisticsText({ model: sha256, aggregation, layers, forwardOnly }, moments), { ...writer.sums,
      [LIST]: meta.data.sha256 }, allowed);
    await removeTraces(options.out);
    return { summary: summarize(options.out, meta, counts(moments, writer), speed), sureness: sure.sureness };
  } finally {
    progress?.clear();
    await writer?.close();
    await decoder.close();
    explainer.destroy();
    device.destroy();
  }
}

/** Whether these are the samples of a shard from the given one on, in any order. */
function isBatch(found: readonly { readonly id: number }[], from: number, count: number, shard: Shard): boolean {
  const ids = new Set(found.map(({ id }) => id));
  return found.length === count && Array.from({ length: count }, (_, j) => shardSample(from + j, shard)).every((id) => ids.has(id));
}

const counts = ({ right, wrong }: GroupedMoments, { errors }: StoreWriter): Counts => ({ right: right.count, wrong: wrong.count, errors });
