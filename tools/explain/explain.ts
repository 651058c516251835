/** `misfire explain` at work: everything is read and checked, then samples are explained some at a time and written. */
import { join } from 'node:path';
import { parseClasses } from '../../src/data/classes.js';
import { parseLabels } from '../../src/data/labels.js';
import { checkWritable, readText, writeAtomic } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { FIRST_ORDER } from '../../src/saliency/attribution.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { filterCount } from '../../src/saliency/network.js';
import { checkStatistics } from '../../src/saliency/standardize.js';
import { openProfiles } from '../../src/store/stored-run.js';
import { openModel } from '../shared/model-file.js';
import { namesInModel } from '../shared/classes.js';
import { announce, openComputer } from '../shared/computer.js';
import { notice } from '../shared/terminal.js';
import { Progress } from '../shared/progress.js';
import type { ExplainedSample } from './explained.js';
import { explanationJson } from './json.js';
import { boostedFilters } from './maps.js';
import { openNetwork, readStatistics } from './open.js';
import { checkOptions, type ExplainOptions } from './options.js';
import { SampleExplainer } from './sample-explainer.js';
import { folderNames } from './save.js';
import { explanationText } from './text.js';

/** Pictures in memory at a time, where no batch is given. */
const CHUNK = 64;

export async function explain(images: string[], options: ExplainOptions): Promise<void> {
  checkOptions(options);
  for (const path of [options.json, options.report]) if (path !== undefined && path !== '-') await checkWritable(path);
  const inputs = await openInputs(images, options);
  const { file, classes, samples, labels, network, stats } = inputs;
  const wantsMap = options.map || (stats !== null && (options.out !== undefined || options.report !== undefined));
  const boosted = boostedFilters(options, network.layers);
  if (options.out !== undefined) await makeOutFolder(options.out);
  const folders = options.out === undefined ? null : folderNames(samples.map((s) => s.name)).map((name) => join(options.out!, name));

  const device = await openComputer(options);
  const progress = new Progress(samples.length, 0, { quiet: options.quiet, lines: false });
  try {
    if (!options.quiet) {
      for (const text of network.notices) notice(`${text}.`);
      announce(device, options);
    }
    const explainer = new Explainer(network, device, { batch: options.batch, aggregation: options.aggregation, onNotice: (text) =>
      options.quiet || notice(`${text}.`) });
    const sampleExplainer = new SampleExplainer(explainer, network, {
      ...inputs,
      aggregation: options.aggregation,
      adapter: device.adapter,
      top: options.top,
      seed: options.seed,
      map: wantsMap ? { boosted, boost: options.boost, reference: options.referenceMap ?? false } : null,
      compare: options.compare ?? (options.report === undefined ? [] : FIRST_ORDER),
      compareOf: options.compareOf,
      report: options.report !== undefined,
      responses: options.responses,
    });
    const toScreen = options.json === undefined || (options.json !== '-' && !options.quiet);
    const all: ExplainedSample[] = [];
    const step = options.batch ?? CHUNK;
    for (let at = 0; at < samples.length; at += step) {
      const some = await sampleExplainer.explain(samples.slice(at, at + step), labels.slice(at, at + step), at,
        folders?.slice(at, at + step) ?? null, (done) => progress.update(at + done));
      progress.clear();
      if (toScreen) { for (const one of some) process.stdout.write(explanationText(one, network.layers, stats, classes)); }
      if (options.json !== undefined) all.push(...some);
    }
    explainer.destroy();
    if (options.report !== undefined) await writeAtomic(options.report, await sampleExplainer.page());
    if (toScreen && options.report !== undefined) process.stdout.write(`The report: ${options.report}\n`);
    if (options.json === undefined) return;
    const json = explanationJson(file, network.layers, device.adapter, all);
    if (options.json === '-') { for (const part of json) process.stdout.write(part); }
    else await writeAtomic(options.json, json);
  } finally {
    progress.clear();
    device.destroy();
  }
}

/** All that is read before anything is computed. Throws one sentence where files do not belong together. */
async function openInputs(images: readonly string[], options: ExplainOptions) {
  const given = options.classes === undefined ? null : parseClasses(await readText(options.classes), options.classes);
  const run = options.run === undefined ? null : await openProfiles(options.run);
  const file = await openModel(options.model, { output: options.output ?? run?.meta.model.output, classes: given?.count });
  const { samples, network, how, notices } = await openNetwork(file, images, options.preprocess);
  const named = given === null ? namesInModel(file.model, network.classes) : null;
  const classes = given ?? named?.classes ?? null;
  if (!options.quiet) { for (const text of [...notices, ...(named ? [named.notice] : [])]) notice(`${text}.`); }
  const statsName = options.stats ?? (run ? run.statisticsPath : null);
  const stats = statsName === null ? null : await readStatistics(statsName, options.aggregation);
  if (stats) {
    checkStatistics(stats, statsName!, { sha256: file.sha256, filters: filterCount(network.layers), aggregation: options.aggregation });
  }
  if (run && run.meta.model.sha256 !== file.sha256) {
    throw new Error(
      `${run.folder} is a run of another model (sha256 ${run.meta.model.sha256.slice(0, 12)}..., ` +
        `this one is ${file.sha256.slice(0, 12)}...)`
    );
  }
  if (given && given.count !== network.classes) {
    throw new Error(`${options.classes} names ${given.count} classes, but ${file.path} has ${network.classes}`);
  }
  const labels = parseLabels(options.label, samples.length, network.classes, classes, (text) => options.quiet || notice(`${text}.`));
  return { file, classes, samples, labels, network, how, run, statsName, stats };
}
