/**
 * How well misfire finds wrong labels: some labels of a set are exchanged, and the suspects of the rule (src/saliency/suspects.ts) are
 * held against what was exchanged.
 *
 *   node dist/bench/label-errors.js labels random|near IN.bin OUT.bin     every label of a CIFAR-10 file wrong, at random or by NEAR
 *   node dist/bench/label-errors.js measure TRUE WRONG [PLANTED...]       runs of `misfire profile` over IN.bin and over OUT.bin
 *
 * A picture's profile depends on its own label alone, so that a set with some labels wrong is made of rows of both runs: any number
 * of draws from two passes. Statistics are those of each set so made.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Random } from '../src/saliency/random.js';
import { isSurprising, SuspectSearch } from '../src/saliency/suspects.js';
import { GroupedMoments, statisticsText } from '../src/saliency/statistics.js';
import { parseStatistics } from '../src/saliency/standardize.js';
import type { Row } from '../src/store/format.js';
import { openProfiles, type StoredRun } from '../src/store/stored-run.js';

const RECORD = 3073, CLASSES = 10, DRAWS = 10;
/** What each class is easily taken for: airplane ship, automobile truck, bird deer, cat dog, deer horse, frog bird, and the other way. */
const NEAR = [8, 9, 4, 5, 7, 3, 2, 4, 0, 1];

interface Sample {
  readonly row: Row;
  readonly profile: Float32Array;
}

async function samplesOf(run: StoredRun): Promise<Sample[]> {
  const rows = await run.readRows();
  const samples: Sample[] = [];
  for await (const sample of run.samples(new Set(rows.map(({ id }) => id)))) samples.push(sample);
  return samples;
}

function exchange(kind: string, from: string, to: string): void {
  const bytes = readFileSync(from);
  const random = new Random(7, 0);
  for (let at = 0; at < bytes.length; at += RECORD) {
    bytes[at] = kind === 'near' ? NEAR[bytes[at]] : (bytes[at] + 1 + random.below(CLASSES - 1)) % CLASSES;
  }
  writeFileSync(to, bytes);
}

/** Suspects of one set, and the pictures that any rule starts from: what the network calls otherwise. */
function suspectsOf({ layers, meta }: StoredRun, samples: readonly Sample[]) {
  const moments = GroupedMoments.empty(meta.model.filters);
  for (const { row, profile } of samples) (row.label === row.predicted ? moments.right : moments.wrong).add(profile);
  const stats = parseStatistics(statisticsText({ model: meta.model.sha256, aggregation: meta.aggregation, layers }, moments), 'statistics');
  const wrong = samples.filter(({ row }) => row.label !== row.predicted);
  const surprising = wrong.filter(({ row }) => isSurprising(row));
  const search = new SuspectSearch(layers, stats, surprising.map(({ row, profile }) => ({ predicted: row.predicted, profile })));
  for (const { row, profile } of samples) if (row.label === row.predicted) search.add(row.label, profile, 0);
  const doubts = search.results();
  return { 'called otherwise': wrong, 'loss alone': surprising, 'loss and neighbours': surprising.filter((_, k) => doubts[k].suspect) };
}

async function measure(truth: string, wrong: string, planted: readonly number[]): Promise<void> {
  const run = await openProfiles(truth);
  const [right, exchanged] = [await samplesOf(run), await samplesOf(await openProfiles(wrong))];
  for (const n of planted) {
    const found = new Map<string, { flagged: number; hits: number }>();
    for (let draw = 0; draw < DRAWS; draw++) {
      const flipped = new Set(new Random(1, draw).choose(n, right.length));
      const samples = right.map((sample, k) => (flipped.has(k) ? exchanged[k] : sample));
      for (const [rule, flagged] of Object.entries(suspectsOf(run, samples))) {
        const sum = found.get(rule) ?? { flagged: 0, hits: 0 };
        sum.flagged += flagged.length;
        sum.hits += flagged.filter((sample) => flipped.has(samples.indexOf(sample))).length;
        found.set(rule, sum);
      }
    }
    for (const [rule, { flagged, hits }] of found) {
      const share = (a: number, b: number): string => `${((100 * a) / b).toFixed(1)} %`;
      console.log(`${n} of ${right.length} wrong  ${rule.padEnd(20)}  flagged ${(flagged / DRAWS).toFixed(1)}  precision ` +
        `${share(hits, flagged)}  recall ${share(hits, n * DRAWS)}`);
    }
  }
}

const [what, a, b, c, ...rest] = process.argv.slice(2);
if (what === 'labels') exchange(a, b, c);
else if (what === 'measure') await measure(a, b, [c, ...rest].filter((n) => n !== undefined).map(Number));
else console.error('say labels random|near IN.bin OUT.bin, or measure TRUE WRONG [PLANTED...]');
