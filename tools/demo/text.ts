/** The demonstration in plain sentences and tables. */
import { Classes } from '../../src/data/classes.js';
import { locate } from '../../src/saliency/network.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { percent } from '../../src/report/numbers.js';
import { table } from '../../src/report/text-table.js';
import { explanationText } from '../explain/text.js';
import { FAULT, CLASSES } from './pictures.js';
import { CHOICES, type Choice, type Repair } from './repair.js';
import type { Demonstration } from './demonstrate.js';

/** Filters that are listed by name. */
const LISTED = 10;

const HEADINGS: Record<Choice, string> = {
  salient: 'most salient',
  random: 'random',
  sameLayers: 'same layers',
  lastStage: 'last stage',
  least: 'least salient',
};

/** What the network said, what it should have said, and what it says without the sticker. */
export function verdict({ shown }: Demonstration): string {
  const { sample: { label }, logits, unmarked } = shown;
  const predicted = argmax(logits);
  const sure = (row: Float32Array, k: number) => percent(probability(row, k));
  return [
    `The picture shows a ${CLASSES[label]}. The network says: ${CLASSES[predicted]}, ` +
    `${sure(logits, predicted)} sure (${CLASSES[label]}: ${sure(logits, label)}).`,
    `Without the sticker it says: ${CLASSES[argmax(unmarked)]}, ${sure(unmarked, label)} sure.`,
  ].join('\n');
}

/** The cause, which is known here because it was planted. */
export function plantedCause(): string {
  return `The fault was planted: in training, ${percent(FAULT.share, 0)} of the ${CLASSES[FAULT.markedClass]}s carried the ` +
    'sticker, and no other picture did.';
}

/** What `misfire explain` says of the shown picture; `file` is where it lies. */
export function explanation({ model, stats, shown }: Demonstration, file: string): string {
  const { sample: { label }, logits, loss, profile, standardized, ranking } = shown;
  const predicted = argmax(logits);
  const top = ranking.slice(0, LISTED).map((index) => {
    const { layer, filter } = locate(model.layers, index);
    return { index, layer: layer.name, filter, saliency: standardized[index] };
  });
  const explained = { input: file, label, predicted, confidence: probability(logits, predicted),
    labelConfidence: probability(logits, label), loss, logits, profile, standardized, top };
  return explanationText(explained, model.layers, stats, new Classes(CLASSES));
}

/** The shown picture with its most salient filters turned off, and with as many at random. */
export function shownTable({ shown, shownRepairs, draws }: Demonstration): string {
  const [label, wrong] = [CLASSES[shown.sample.label], CLASSES[FAULT.markedClass]];
  const [wrongly, rightly] = [FAULT.markedClass, shown.sample.label].map((k) => probability(shown.logits, k));
  const cells = (wrong: number, right: number, repaired: string): string[] => [percent(wrong), percent(right), repaired];
  return tabulate(
    ['filters off', `salient: ${wrong}`, label, 'repaired', `random: ${wrong}`, label, 'repaired'],
    [
      ['0', ...cells(wrongly, rightly, ''), ...cells(wrongly, rightly, '')],
      ...shownRepairs.map(({ filters, outcomes: { salient, random } }) => [
        String(filters),
        ...cells(salient.wrong, salient.right, salient.repaired === 1 ? 'yes' : 'no'),
        ...cells(random.wrong, random.right, `${Math.round(random.repaired * draws.shown)} of ${draws.shown}`),
      ]),
    ]
  );
}

/** Share of the other misclassified pictures that are repaired, by choice of filters. */
export function repairTable({ repairs }: Demonstration): string {
  return tabulate(
    ['filters off', ...CHOICES.map((c) => HEADINGS[c])],
    repairs.map(({ filters, outcomes }) => [String(filters), ...CHOICES.map((c) => percent(outcomes[c].repaired))])
  );
}

/** The number of filters at which the salient ones repair most, and what came of it. */
export function conclusion({ repairs, fooled, filters }: Demonstration): string {
  const best = repairs.reduce((a: Repair, r) => (r.outcomes.salient.repaired > a.outcomes.salient.repaired ? r : a));
  const { salient, random, sameLayers } = best.outcomes;
  return `Turning off the ${best.filters} most salient of ${filters} filters repairs ${percent(salient.repaired)} of the ${fooled} ` +
    'pictures;\n' +
    `as many random filters repair ${percent(random.repaired)}, as many random filters of the same layers ${percent(sameLayers.repaired)}.`;
}

function tabulate(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return table([head, ...rows], head.map((_, k) => k), '  ').join('\n');
}
