/** `misfire summary`: figures and tables of a whole run. */
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { parseClasses } from '../../src/data/classes.js';
import { checkWritable, readText, writeAtomic, writeFolderAtomic } from '../../src/files/files.js';
import { isComplete, readMeta, readParts, statisticsPath } from '../../src/store/run.js';
import type { Meta } from '../../src/store/format.js';
import { checkStatistics, parseStatistics } from '../../src/saliency/standardize.js';
import { RunSummary } from '../../src/saliency/summary.js';
import { notice, positive } from '../shared/terminal.js';
import { countsOf } from '../profile/summary.js';
import { confusionsCsv, layersCsv, profileCsv, summaryText } from '../summary/tables.js';

interface Options {
  readonly out?: string;
  readonly json?: string;
  readonly classes?: string;
  readonly top: number;
  readonly quiet?: boolean;
}

/** Written only where profiles are stored and some sample is wrong. */
const LAYER_FILES = ['layers.svg', 'layers.csv'] as const;

export function summaryCommand(): Command {
  return new Command('summary')
    .description(
      'show what a run of `misfire profile` found: averaged profiles, the layers of the most salient filters, the most frequent confusions'
    )
    .argument('<run>', 'the folder of a complete run')
    .option('--out <folder>', 'write figures (SVG) and tables (CSV) there; the folder may be new')
    .option('--json <file>', 'write the summary to a JSON file; - for standard output, and nothing else there')
    .option('--classes <file>', 'names of the classes, line k for class k; by default those the run was made with')
    .option('--top <count>', 'how many filters of a wrong sample count as its most salient', positive, 10)
    .option('--quiet', 'no notices; nothing on standard output either where --json names a file')
    .action(summary);
}

async function summary(run: string, options: Options): Promise<void> {
  const { out, json } = options;
  if (json !== undefined && json !== '-') await checkWritable(json);
  if (out !== undefined) await checkFolder(out);
  const meta = await openRun(run);
  const name = await classNames(meta, options.classes);
  const path = statisticsPath(run);
  const stats = parseStatistics(await readText(path), path);
  checkStatistics(stats, path, { sha256: meta.model.sha256, filters: meta.model.filters, aggregation: meta.aggregation });

  const found = new RunSummary(meta.model.layers, stats, meta.profiles !== 'none', options.top);
  for await (const { rows, profiles } of readParts(run, meta)) {
    rows.forEach((row, k) => found.add(row, profiles, k * meta.model.filters));
  }
  if (found.right + found.wrong !== stats.samples) {
    throw new Error(`${run} holds ${found.right + found.wrong} samples, but its statistics are of ${stats.samples}; the run is damaged`);
  }
  const shares = found.layerShares();
  const confusions = found.confusions();
  const { errors } = await countsOf(run);
  const { right, wrong, top } = found;
  const files = out === undefined ? null : await outputs(out, meta, found, name);
  if (files) {
    await writeFolderAtomic(out!, files);
    // What an earlier summary drew of other numbers must not stay beside these.
    for (const file of LAYER_FILES.map((name) => join(out!, name))) if (!files.has(file)) await rm(file, { force: true });
  }
  if (!options.quiet && out !== undefined && shares === null) {
    notice(`${run} ${wrong === 0 ? 'has no wrong samples' : 'stores no profiles'}, so layers.svg and layers.csv are left out.`);
  }
  if (json === undefined || (json !== '-' && !options.quiet)) {
    process.stdout.write(summaryText({ run, right, wrong, errors, top }, shares, confusions, name));
  }
  if (json === undefined) return;
  const text = `${
    JSON.stringify({
      run,
      samples: right + wrong,
      right,
      wrong,
      accuracy: right + wrong > 0 ? right / (right + wrong) : null,
      errors,
      top,
      layers:
        shares?.map(({ layer: { node, weight, filters, offset }, living, count, share, chance }) => ({ node, weight, filters, offset,
          living, count, share, chance })
        ) ?? null,
      confusions: confusions.map((c) => ({ ...c, labelName: name(c.label), predictedName: name(c.predicted) })),
    }, null, 1)
  }\n`;
  if (json === '-') process.stdout.write(text);
  else await writeAtomic(json, text);
}

async function openRun(run: string): Promise<Meta> {
  const meta = await readMeta(run);
  if (!meta) throw new Error(`${run} is no run of misfire: it has no meta.json`);
  if (!(await isComplete(run))) throw new Error(`${run} is not complete; the same command that began it goes on with it`);
  return meta;
}

async function classNames({ model, data }: Meta, path: string | undefined): Promise<(k: number) => string> {
  if (path === undefined) return (k) => data.classNames?.[k] ?? `class ${k}`;
  const classes = parseClasses(await readText(path), path);
  if (classes.count !== model.classes) throw new Error(`${path} names ${classes.count} classes, but the run's model has ${model.classes}`);
  return (k) => classes.show(k);
}

async function outputs(folder: string, meta: Meta, found: RunSummary,
  name: (k: number) => string): Promise<Map<string, string | Iterable<string>>> {
  // The drawing library is large; nothing else needs it.
  const { curvesFigure, layersFigure, standardizedCurves } = await import('../../src/report/figures/summary.js');
  const { model: { file, layers }, aggregation } = meta;
  const profiles = found.groupProfiles();
  const shares = found.layerShares();
  const of = basename(file);
  const band = meta.profiles === 'none' ? '' : '; bands: 10th to 90th percentile of samples';
  const files = new Map<string, string | Iterable<string>>([
    ['figure1.svg', await curvesFigure(layers, profiles.map(({ group, samples, raw }) => ({ group, samples, curve: raw })), {
      title: 'Filter saliency, averaged over samples',
      subtitle: `${of}${band}`,
      y: aggregation === 'mean-abs' ? 'mean |gradient of the loss|' : '|mean gradient of the loss|',
    })],
    ['figure2.svg',
      await curvesFigure(layers,
        standardizedCurves(profiles).map(({ group, samples, standardized }) => ({ group, samples, curve: standardized })), {
        title: 'Standardized filter saliency, averaged over samples',
        subtitle: `${of}; 0 is the mean over all samples${band}`,
        y: 'saliency in standard deviations',
      })],
    ['profile.csv', profileCsv(layers, profiles)],
    ['confusions.csv', confusionsCsv(found.confusions(), name)],
  ]);
  if (shares) {
    const [figure, table] = LAYER_FILES;
    files.set(figure, await layersFigure(shares, {
      title: `Layers of the ${found.top} most salient filters of each wrong sample`,
      subtitle: `${of}; ${found.wrong} wrong samples; by chance: the layer's share of living filters`,
      y: 'share of the most salient filters',
    }));
    files.set(table, layersCsv(shares));
  }
  return new Map([...files].map(([file, text]) => [join(folder, file), text]));
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found && !found.isDirectory()) throw new Error(`Cannot write into ${folder}: it is a file, not a folder`);
  await checkWritable(found ? join(folder, 'figure1.svg') : folder);
}
