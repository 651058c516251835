/** What a run came to: for `--json` and for a person. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../../src/files/files.js';
import { statisticsPath } from '../../src/store/run.js';
import { ERRORS } from '../../src/store/writer.js';
import type { Meta } from '../../src/store/format.js';
import { parseStatistics } from '../../src/saliency/standardize.js';

export interface Counts {
  readonly right: number;
  readonly wrong: number;
  readonly errors: number;
}

export interface Summary extends Counts {
  readonly run: string;
  readonly complete: boolean;
  readonly samples: number;
  /** Share of the samples that the network names rightly; null where there are none. */
  readonly accuracy: number | null;
  readonly filters: number;
  readonly batch: number;
  readonly adapter: string;
  /** Samples computed by this command, and how many in a second; the others were there already. */
  readonly computed: number;
  readonly samplesPerSecond: number | null;
}

export function summarize(run: string, { model, batch, adapter }: Meta, { right, wrong, errors }: Counts,
  speed: { computed: number; rate: number } | null, complete = true): Summary {
  const samples = right + wrong;
  return {
    run,
    complete,
    samples,
    right,
    wrong,
    accuracy: samples > 0 ? right / samples : null,
    errors,
    filters: model.filters,
    batch,
    adapter: adapter.description,
    computed: speed?.computed ?? 0,
    samplesPerSecond: speed && speed.computed > 0 ? speed.rate : null,
  };
}

/** Of a complete run, from its files. */
export async function countsOf(folder: string): Promise<Counts> {
  const path = statisticsPath(folder);
  const { groups } = parseStatistics(await readText(path), path);
  const errors = await readFile(join(folder, ERRORS), 'utf8');
  return { right: groups?.right.samples ?? 0, wrong: groups?.wrong.samples ?? 0, errors: errors.split('\n').length - 1 };
}

export function showSummary({ run, complete, samples, accuracy, errors, computed, samplesPerSecond }: Summary): string {
  const parts = [
    `${samples} samples${complete ? '' : ' so far'}`,
    ...(accuracy !== null ? [`${(100 * accuracy).toFixed(2)} % named rightly`] : []),
    ...(errors > 0 ? [`${errors} that could not be computed, listed in ${join(run, ERRORS)}`] : []),
    ...(samplesPerSecond !== null
      ? [`${samplesPerSecond.toPrecision(3)} samples/s`]
      : computed === 0 && complete
      ? ['all of them there already']
      : []),
  ];
  return `${run}: ${parts.join(', ')}\n`;
}
