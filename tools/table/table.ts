/** `misfire table` at work: a run's samples, one after another, into a Parquet or a CSV file. */
import { checkWritable, writeAtomic } from '../../src/files/files.js';
import { csvLine } from '../../src/report/csv.js';
import { nineDigits, plural } from '../../src/report/numbers.js';
import { SAMPLE_COLUMNS, sampleCells } from '../../src/report/sample-columns.js';
import { exportedRows, parquetFile, type ExportForm } from '../../src/store/run-table.js';
import type { Row } from '../../src/store/format.js';
import { openRun, type StoredRun } from '../../src/store/stored-run.js';
import { checkClasses, classNamer, readClasses } from '../shared/classes.js';
import { next } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { UsageError } from '../shared/usage.js';

export interface ExportOptions {
  readonly out: string;
  readonly standardized?: boolean;
  readonly profile?: boolean;
  readonly wrongOnly?: boolean;
  readonly classes?: string;
  readonly quiet?: boolean;
}

export async function writeTable(folder: string, options: ExportOptions): Promise<void> {
  const { out, standardized = false, profile = false, wrongOnly = false, quiet } = options;
  const kind = /\.(csv|parquet)$/i.exec(out)?.[1].toLowerCase();
  if (!kind) throw new UsageError(`--out ends in .parquet or .csv, which says what is written; got "${out}"`);
  await checkWritable(out);
  const run = await openRun(folder, (
    meta
  ) => ((standardized || profile) && meta.profiles === 'none' ? `${folder} has no profiles, having been made with --stats-only` : null));
  const classes = await readClasses(options.classes);
  checkClasses(classes, run.meta);
  const name = classNamer(run.meta, classes);
  const stats = standardized ? await run.readStatistics() : null;
  const rows = (await run.readRows()).filter((r) => !wrongOnly || r.label !== r.predicted).length;
  if (rows === 0) throw new Error(`${folder} has no sample ${wrongOnly ? 'that the network gets wrong' : 'to export'}`);
  const progress = new Progress(rows, 0, { quiet });
  let done = 0;
  const form: ExportForm = {
    keep: (row) => {
      const kept = !wrongOnly || row.label !== row.predicted;
      if (kept) progress.update(++done);
      return kept;
    },
    profile,
    stats,
    classNames: Array.from({ length: run.meta.model.classes }, (_, k) => name(k)),
  };
  try {
    await writeAtomic(out, kind === 'csv' ? csvFile(run, form, name) : parquetFile(run, form));
  } finally {
    progress.clear();
  }
  process.stdout.write(`${out}: ${plural(rows, 'sample')} of ${folder}\n`);
  next('what the run shows as a whole', ['summary', folder], { quiet });
}

/** A line for each sample; of a profile a column for each filter, called LAYER:CHANNEL. */
async function* csvFile(run: StoredRun, form: ExportForm, name: (label: number) => string): AsyncGenerator<string> {
  const { layers, meta: { data } } = run;
  const filters = layers.flatMap((l) => Array.from({ length: l.filters }, (_, k) => `${l.name}:${k}`));
  const columns = (what: string, wanted: boolean): string[] => (wanted ? filters.map((f) => `${what} ${f}`) : []);
  yield csvLine([...SAMPLE_COLUMNS, 'confidence', 'label_confidence', 'loss', ...data.columns, ...columns('profile', form.profile),
    ...columns('standardized', form.stats !== null)]);
  const numbers = (values: ArrayLike<number> | null): number[] => Array.from(values ?? [], nineDigits);
  for await (const { row, profile, standardized } of exportedRows(run, form)) {
    yield csvLine([...sampleCells(row, name), ...measured(row), ...row.carried, ...numbers(form.profile ? profile : null),
      ...numbers(standardized)]);
  }
}

const measured = ({ confidence, labelConfidence, loss }: Row): number[] => [confidence, labelConfidence, loss].map(nineDigits);
