/** What `misfire doctor` found of a model and its data, for a person and for a program. */
import { percent, plural, whole } from '../../src/report/numbers.js';
import { table, wrapped } from '../../src/report/text-table.js';
import { atChance } from '../../src/saliency/chance.js';
import { lossBetween } from '../../src/saliency/fit.js';
import type { FitResult, Tried } from './result.js';

/** Best first; the first of equals in the order in which they were tried. */
const ranked = (tried: readonly Tried[]): Tried[] => [...tried].sort((a, b) => a.fit.loss - b.fit.loss);

export function fitJson({ samples, of, classes, ways, orders, given, best }: FitResult): string {
  const shown = ({ name, how, order, fit: { right, loss, confidence } }: Tried) => ({ name, preprocessing: how, classes: order.name, right,
    loss, confidence });
  return `${
    JSON.stringify({ samples, of, classes, ways: ways.map(shown), orders: orders.map(shown), given: given && shown(given),
      best: shown(best) }, null, 1)
  }\n`;
}

export function fitText(result: FitResult): string {
  const { samples, of, ways, orders, given } = result;
  const drawn = samples < of ? `${plural(samples, 'picture')} of ${whole(of)}, drawn at random` : plural(samples, 'picture');
  const row = (name: string, tried: Tried) => {
    const { right, loss, confidence } = tried.fit;
    return [name + (tried === given ? ' *' : ''), `${right} of ${samples}`, loss.toFixed(3), percent(confidence)];
  };
  const head = (what: string) => [what, 'right', 'loss', 'confidence'];
  const lines = [
    `${drawn}, best first${given ? '; * is what is used without a change' : ''}:`,
    '',
    ...table([head('prepared'), ...ranked(ways).map((t) => row(t.name, t))], [1, 2, 3], '  '),
    '',
    ...(orders.length > 1
      ? [...table([head('classes'), ...ranked(orders).map((t) => row(t.order.name, t))], [1, 2, 3], '  '), '']
      : []),
    ...wrapped(verdict(result)),
    ...advice(result),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What fits best, and whether that is more than chance. */
function verdict({ samples, classes, given, best, orders }: FitResult): string {
  const what = best.order === orders[0].order ? best.name : `${best.name}, and ${best.order.name}`;
  const found = `${what}: ${best.fit.right} of ${samples} right, loss ${best.fit.loss.toFixed(3)}`;
  if (atChance(best.fit.right, samples, classes, 1)) {
    return `None of these fits: the best (${found}) is no better than chance among ${whole(classes)} classes. The network may have been ` +
      'trained for other classes, or with a preprocessing that is none of these.';
  }
  if (given === null) return `Fits best: ${found}.`;
  if (best === given) return `What is used without a change fits best: ${found}.`;
  const { mean, low, high } = lossBetween(given.fit, best.fit);
  const between = `its loss is lower by ${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] (95 % interval)`;
  return low > 0
    ? `Fits better than what is used without a change: ${found}; ${between}.`
    : `Fits best: ${found}; but no better than what is used without a change within chance, ${between}. More pictures (--limit) may tell.`;
}

/** What to type then. */
function advice({ options: { save }, given, best, orders }: FitResult): string[] {
  const lines: string[] = [];
  if (best.how && best !== given) {
    lines.push('', save === undefined ? 'As a file for --preprocess (--save FILE writes it):' : `For --preprocess, written to ${save}:`,
      `  ${JSON.stringify(best.how)}`);
  }
  if (best.order !== orders[0].order) {
    lines.push('', 'Mend the order of the classes file (--classes), or the labels.');
  }
  return lines;
}
