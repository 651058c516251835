/** What the numbers of a report come to, in sentences computed from them. */
import type { Report, Step } from './data.js';
import { confidence, plural, whole } from './numbers.js';
import { className, isMistake } from './words.js';

type Numbers = Omit<Report, 'conclusion'>;

export function conclude(report: Numbers): string[] {
  const covering = report.known ? [known(report, report.known)] : report.masked ? [pixels(report)] : [];
  return [verdict(report), filters(report), ...covering, ...(report.neighbors ? [neighbors(report)] : [])];
}

function verdict(report: Numbers): string {
  const { predicted, label } = report.answer;
  const said = `The network calls this picture ${predicted.name} with ${confidence(predicted.probability)} confidence`;
  return isMistake(report)
    ? `${said}; it is labelled ${label.name}, which gets ${confidence(label.probability)}.`
    : `${said}, and that is its label.`;
}

function filters(report: Numbers): string {
  const { count, does } = judged(report, report.off);
  const which = count === 1 ? 'the single most salient' : `the ${whole(count)} most salient`;
  return `Turning off ${which} of ${plural(report.made.model.filters, 'filter')} ` +
    `${does(count === 1 ? 'a random one' : 'as many random ones')}`;
}

function pixels(report: Numbers): string {
  const { count, does } = judged(report, report.masked!);
  const { share } = report.masked!.find((p) => p.count === count)!;
  return `Covering the ${100 * share} % most salient pixels ${does('as many random ones')}`;
}

function known(report: Numbers, { name, ...step }: NonNullable<Report['known']>): string {
  const { does } = judged(report, [step]);
  return `Covering ${name} (${plural(step.count, 'pixel')}) ${does('a patch of the same form elsewhere')}`;
}

function neighbors(report: Numbers): string {
  const { found } = report.neighbors!;
  const { predicted, label } = report.answer;
  const mistake = isMistake(report);
  const alike = found.filter((n) => n.label === label.class && (!mistake || n.predicted === predicted.class)).length;
  const many = alike === 0 ? 'none is' : alike === 1 ? '1 is' : `${whole(alike)} are`;
  return `Of the ${plural(found.length, 'mistake')} whose filters are blamed most alike, ` +
    `${many} ${mistake ? `the same, ${label.name} called ${predicted.name}` : `of pictures labelled ${label.name}`}.`;
}

/**
 * The change that tells most: the least that repairs the answer; failing that, the least that moves it; failing that, the
 * greatest that was tried. And what it does beside the `others`, random ones.
 */
function judged(report: Numbers, steps: readonly Step[]): { count: number; does: (others: string) => string } {
  const { predicted, label } = report.answer;
  const { draws } = report.made.settings;
  const inDraws = (n: number) => `in ${n} of ${plural(draws, 'draw')}`;
  const moved = steps.filter((s) => s.salient.predicted !== predicted.class);
  const repaired = moved.find((s) => s.salient.predicted === label.class);
  if (repaired) {
    return { count: repaired.count, does: (others) =>
      `moves the answer from ${predicted.name} to ${label.name}, the label; with ${others}, ` +
      `that happens ${inDraws(repaired.random.repaired)}.` };
  }
  const step = moved[0] ?? steps[steps.length - 1];
  const does = moved[0]
    ? `moves the answer from ${predicted.name} to ${className(report, step.salient.predicted)}`
    : 'does not change the answer';
  return { count: step.count, does: (others) => `${does}; with ${others}, it changes ${inDraws(step.random.moved)}.` };
}
