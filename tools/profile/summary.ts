/** What a run came to: for `--json` and for a person. */
import { join } from 'node:path';
import { atChance, farFromConfidence } from '../../src/saliency/chance.js';
import { percent } from '../../src/report/numbers.js';
import { ERRORS, type Meta, type Row } from '../../src/store/format.js';
import type { StoredRun } from '../../src/store/stored-run.js';

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

/** What a complete run came to, from its files. */
export async function countsOf(run: StoredRun): Promise<Counts> {
  return { right: 0, wrong: 0, ...(await run.readCounts()), errors: (await run.readErrors()).length };
}

/** How sure the network was of the samples that this command has computed. */
export interface Sureness {
  readonly samples: number;
  readonly right: number;
  /** Mean softmax at the class given. */
  readonly confidence: number;
}

/** Adds up how sure the network is. */
export class Sure {
  private samples = 0;
  private right = 0;
  private confidence = 0;

  add(rows: readonly Pick<Row, 'label' | 'predicted' | 'confidence'>[]): void {
    this.samples += rows.length;
    for (const { label, predicted, confidence } of rows) {
      this.right += Number(label === predicted);
      this.confidence += confidence;
    }
  }

  get sureness(): Sureness | null {
    const { samples, right, confidence } = this;
    return samples === 0 ? null : { samples, right, confidence: confidence / samples };
  }
}

/**
 * What is likely wrong where a complete run's accuracy is far from what chance or the network's own confidence suggest, with the command
 * that finds it out; null where it is not, or the run tells nothing.
 */
export function doubtOf({ complete, right, wrong }: Summary, classes: number, sureness: Sureness | null, doctor: string): string | null {
  const samples = right + wrong;
  const cause = 'the likely cause is that pictures are prepared otherwise than in training (--preprocess), or that classes have another ' +
    `order (--classes); this tries the usual ones: ${doctor}`;
  if (!complete) return null;
  if (atChance(right, samples, classes)) {
    return `${right} of ${samples} named rightly is no better than chance among ${classes} classes: ${cause}`;
  }
  if (!sureness || !farFromConfidence(sureness.right, sureness.samples, sureness.confidence)) return null;
  return `${percent(sureness.right / sureness.samples)} named rightly is far from the network's own mean confidence of ` +
    `${percent(sureness.confidence)}: ${cause}`;
}

export function showSummary({ run, complete, samples, accuracy, errors, computed, samplesPerSecond }: Summary): string {
  const parts = [
    `${samples} samples${complete ? '' : ' so far'}`,
    ...(accuracy !== null ? [`${percent(accuracy, 2)} named rightly`] : []),
    ...(errors > 0 ? [`${errors} that could not be computed, listed in ${join(run, ERRORS)}`] : []),
    ...(samplesPerSecond !== null
      ? [`${samplesPerSecond.toPrecision(3)} samples/s`]
      : computed === 0 && complete
      ? ['all of them there already']
      : []),
  ];
  return `${run}: ${parts.join(', ')}\n`;
}
