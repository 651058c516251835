/** `misfire explain` at work: everything is read and checked, then samples are explained some at a time and written. */
import { join } from 'node:path';
import { checkWritable, writeAtomic } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { DRAWS as REPORT_DRAWS } from '../../src/report/gather.js';
import { FIRST_ORDER } from '../../src/saliency/attribution.js';
import { Device } from '../../src/engine/device.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { announce, openComputer } from '../shared/computer.js';
import { notice } from '../shared/terminal.js';
import { hanging } from '../../src/report/text-table.js';
import { togetherText, type FeatureBlame } from '../../src/report/sparse-reading/blame.js';
import { again, next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { openOthers, Others } from './also.js';
import { rawAdvice } from './advice.js';
import { changesText } from './changes.js';
import { Comparer } from './compared.js';
import type { ExplainedSample } from './explained.js';
import { openInputs, type Inputs } from './inputs.js';
import { explanationJson } from './json.js';
import { FeatureBlamer, openSource } from './features.js';
import { boostedFilters } from './maps.js';
import { checkOptions, type ExplainOptions } from './options.js';
import { SampleExplainer, trialsFor } from './sample-explainer.js';
import { folderNames } from './save.js';
import { explanationText } from './text.js';
import { costOf, neuronCost, Work } from './work.js';

/** Pictures in memory at a time, where no batch is given. */
const CHUNK = 64;
/** How often filters, and pixels, are drawn at random for the console. */
const DRAWS = 4;

export async function explain(images: string[], options: ExplainOptions): Promise<void> {
  checkOptions(images, options);
  for (const path of [options.json, options.report]) if (path !== undefined && path !== '-') await checkWritable(path);
  const inputs = await openInputs(images, options);
  try {
    await explainInputs(images, inputs, options);
    nextOf(inputs, options);
  } finally {
    inputs.close();
  }
}

async function explainInputs(images: readonly string[], inputs: Inputs, options: ExplainOptions): Promise<void> {
  const { file, samples, labels, network, stats, aggregation } = inputs;
  const wantsMap = options.map || (stats !== null && (options.out !== undefined || options.report !== undefined));
  const boosted = boostedFilters(options, network.layers);
  const source = options.sparse === undefined ? null : await openSource(options.sparse, inputs);
  if (options.out !== undefined) await makeOutFolder(options.out);
  const folders = options.out === undefined ? null : folderNames(samples.map((s) => s.name)).map((name) => join(options.out!, name));

  const device = await openComputer(options);
  const report = options.report !== undefined;
  const asked = {
    map: wantsMap ? { boosted, boost: options.boost, reference: options.referenceMap ?? false } : null,
    compare: options.compare ?? (report ? FIRST_ORDER : []),
    report,
    changes: { off: options.off ?? false, masked: options.map ?? false, draws: options.draws ?? DRAWS },
    draws: options.draws,
  };
  const parts = { map: wantsMap, compare: folders || report ? asked.compare : [], trials: trialsFor(asked),
    neurons: options.visualize ?? 0 };
  const progress = new Progress(samples.length * costOf(parts), 0, { quiet: options.quiet, parts: true });
  const work = new Work(progress, neuronCost(parts.neurons));
  let others: Others | null = null;
  try {
    if (!options.quiet) {
      for (const text of network.notices) notice(`${text}.`);
      announce(device, options);
    }
    const explainer = new Explainer(network, device, { batch: options.batch, aggregation, onNotice: (text) =>
      options.quiet || notice(`${text}.`), onProgress: (done, total) => work.at(done / total) });
    const comparer = new Comparer(explainer, inputs.untraced, device, parts.compare, { score: options.compareOf, seed: options.seed,
      begin: work.comparison, onNotice: (text) => options.quiet || notice(`${text}.`) }, options.batch, inputs.trace?.stored.weights);
    const name = (k: number) => inputs.classes?.show(k) ?? source?.classNames?.[k] ?? `class ${k}`;
    const networks = await openOthers(images, options, inputs);
    others = networks.length > 0 ? new Others(networks, device, options.batch, name) : null;
    const blamer = source && new FeatureBlamer(source, inputs, device, { listed: options.top, batch: options.batch, name });
    const sampleExplainer = new SampleExplainer(explainer, network, { ...inputs, ...asked, adapter: device.adapter,
      device: device instanceof Device ? device : null, top: options.top, seed: options.seed, compareOf: options.compareOf, comparer,
      others, blamer, responses: options.responses, visualize: options.visualize }, work);
    const toScreen = options.json === undefined || (options.json !== '-' && !options.quiet);
    const all: ExplainedSample[] = [];
    const blamed: { mistake: boolean; blame: FeatureBlame }[] = [];
    const step = options.batch ?? CHUNK;
    for (let at = 0; at < samples.length; at += step) {
      const some = await sampleExplainer.explain(samples.slice(at, at + step), labels.slice(at, at + step), at,
        folders?.slice(at, at + step) ?? null);
      progress.clear();
      if (toScreen) { for (const one of some) process.stdout.write(textOf(one, inputs, options)); }
      for (const { features, label, predicted } of some) if (features) blamed.push({ mistake: label !== predicted, blame: features });
      if (options.json !== undefined) all.push(...some);
    }
    comparer.destroy();
    explainer.destroy();
    blamer?.destroy();
    const together = togetherText(blamed);
    if (toScreen && together !== null) process.stdout.write(`${hanging(together, '').join('\n')}\n`);
    if (toScreen && !stats) process.stdout.write(rawAdvice(images, options));
    if (options.report !== undefined) await writeAtomic(options.report, await sampleExplainer.page());
    if (toScreen && options.report !== undefined) process.stdout.write(`The report: ${options.report}\n`);
    if (options.json === undefined) return;
    const json = explanationJson(file, inputs.trace, network.layers, device.adapter, all);
    if (options.json === '-') { for (const part of json) process.stdout.write(part); }
    else await writeAtomic(options.json, json);
  } finally {
    progress.clear();
    others?.destroy();
    device.destroy();
  }
}

/** From the list of filters to what they do, to a page, and to the run as a whole. */
function nextOf({ samples: [{ id }], stats }: Inputs, options: ExplainOptions): void {
  const { off, map, report, run } = options;
  const more = [...(off ? [] : ['--off']), ...(map || !stats ? [] : ['--map'])];
  if (more.length > 0 && report === undefined) next('what the answer becomes without them', again(...more), options);
  else if (report === undefined) next('all of it on one page', again('--report', 'report.html'), options);
  else if (run !== undefined && id !== undefined) next('who shares its cause', ['neighbors', run, '--query', String(id)], options);
  else if (run !== undefined) next('whether such filters cause the mistakes of the run', ['prune', run], options);
  else if (!stats && options.model !== undefined) {
    next('statistics over pictures of yours, by which filters are compared', ['profile', 'PICTURES', '--model', options.model, '--out',
      'run'], options);
  } else next('the maps as pictures and numbers', again('--out', 'maps'), options);
}

/** What a person sees of a sample: the explanation, and the tables that --off and --map ask for. */
function textOf(explained: ExplainedSample, { network, stats, classes }: Inputs, { off, map, draws, report }: ExplainOptions): string {
  const text = explanationText(explained, network.layers, stats, classes);
  if (!explained.changes || !(off || map)) return text;
  const changes = { off: off ? explained.changes.off : [], masked: map ? explained.changes.masked : null };
  return text + changesText(explained, changes, draws ?? (report === undefined ? DRAWS : REPORT_DRAWS), classes);
}
