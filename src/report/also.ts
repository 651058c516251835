/** What other networks of the same task say of a picture: whether a mistake is one network's own luck or shared by all. */
import type { ClassAnswer, OtherAnswer, Report } from './data.js';
import { confidence, plural } from './numbers.js';
import { fileName } from './words.js';

/** Of a mistake: 'own' where all others are right, 'shared' where all make the same one, 'wrong' where all are wrong; else 'some'. */
export type Sharing = 'own' | 'shared' | 'wrong' | 'some';

type Answered = Pick<Report['answer'], 'predicted' | 'label'>;

/** Null where it is no mistake, or no other network was asked. */
export function sharingOf({ predicted, label }: Answered, others: readonly OtherAnswer[]): Sharing | null {
  if (predicted.class === label.class || others.length === 0) return null;
  const wrong = others.filter((o) => o.predicted.class !== label.class);
  if (wrong.length === 0) return 'own';
  if (wrong.length < others.length) return 'some';
  return wrong.every((o) => o.predicted.class === predicted.class) ? 'shared' : 'wrong';
}

/** A sentence, its verdict before a colon as the other sentences of a conclusion have it. */
export function alsoSentence({ predicted, label }: Answered, others: readonly OtherAnswer[]): string {
  const all = others.length === 1 ? `the other network (${fileName(others[0].model)})` : `all ${plural(others.length, 'other network')}`;
  const says = others.length === 1 ? 'says' : 'say';
  const wrong = others.filter((o) => o.predicted.class !== label.class), same = wrong.filter((o) => o.predicted.class === predicted.class);
  switch (sharingOf({ predicted, label }, others)) {
    case 'own':
      return `Its own luck: ${all} ${says} ${label.name}, the label, so that what is blamed here explains this training and not the ` +
        'picture.';
    case 'shared':
      return `Shared by all: ${all} ${says} ${predicted.name} too, so that the mistake lies in the picture, its label or the data more ` +
        'than in one training.';
    case 'wrong':
      return `Wrong in all: ${all} ${others.length === 1 ? 'is' : 'are'} wrong too, ${same.length} with the same answer.`;
    case 'some':
      return `Shared by some: ${wrong.length} of ${plural(others.length, 'other network')} ${
        wrong.length === 1 ? 'is' : 'are'
      } wrong too ` +
        `(${same.length} with the same answer); the others say ${label.name}, the label.`;
    default:
      return wrong.length === 0
        ? `Right in all: ${all} ${says} ${label.name} too.`
        : `Not right in all: ${wrong.length} of ${plural(others.length, 'other network')} ${
          wrong.length === 1 ? 'calls' : 'call'
        } it otherwise, ` +
          `${list(wrong.map((o) => o.predicted))}.`;
  }
}

/** "killer whale (88.9 %)". */
export const sureOf = ({ name, probability }: ClassAnswer): string => `${name} (${confidence(probability)})`;

const list = (answers: readonly ClassAnswer[]): string => [...new Set(answers.map(sureOf))].join(', ');
