/**
 * What the numbers of a report come to: a verdict, and sentences computed from them. The verdict's rules, also in docs/report.md, over
 * all numbers of filters (or shares of pixels) that were tried, the most salient turned off (or covered):
 *
 *   repaired    a mistake, and with some of the numbers the answer is the label
 *   changed     a mistake, never the label, and with some of the numbers the answer is a third class: still wrong
 *   broken      no mistake, and with some of the numbers the answer is no longer the label
 *   unchanged   with none of the numbers the answer changes
 *
 * It is told of the least number that earns it; beside it, what as many at random did.
 */
import { alsoSentence } from './also.js';
import type { Report, Step, Verdict } from './data.js';
import { confidence, plural, whole } from './numbers.js';
import { className, isMistake } from './words.js';

type Numbers = Omit<Report, 'conclusion' | 'verdict'>;

/** The verdict on turning filters off, and on covering pixels and a known cause where that was done. */
export const verdicts = (report: Numbers): Report['verdict'] => ({
  filters: judged(report, report.off).verdict,
  pixels: report.masked && judged(report, report.masked).verdict,
  ...(report.known && { known: judged(report, [report.known]).verdict }),
});

/**
 * First what the network says; then a sentence or two on filters, on pixels or the known cause, on neighbours and on what other networks
 * say, if there are such.
 */
export function conclude(report: Numbers): string[] {
  const covering = report.known ? [known(report, report.known)] : report.masked ? [pixels(report)] : [];
  return [answered(report), filters(report), ...covering, ...(report.neighbors ? [neighbors(report)] : []),
    ...(report.also?.length ? [alsoSentence(report.answer, report.also)] : [])];
}

function answered(report: Numbers): string {
  const { predicted, label } = report.answer;
  const said = `The network calls this picture ${predicted.name} with ${confidence(predicted.probability)} confidence`;
  return isMistake(report)
    ? `${said}; it is labelled ${label.name}, which gets ${confidence(label.probability)}.`
    : `${said}, and that is its label.`;
}

function filters(report: Numbers): string {
  const of = plural(report.made.model.filters, 'filter');
  const by = report.saliency.standardized ? '' : ' by raw gradient';
  return told(report, report.off, {
    most: (count) => (count === 1 ? `the single most salient of ${of}${by} off` : `the ${whole(count)} most salient of ${of}${by} off`),
    random: (count) => (count === 1 ? 'With a random one off' : 'With as many random ones off'),
    blame: 'about these filters',
    strength: ({ count }) => whole(count),
  });
}

function pixels(report: Numbers): string {
  const share = (count: number): string => `${100 * report.masked!.find((p) => p.count === count)!.share} %`;
  return told(report, report.masked!, {
    most: (count) => `the ${share(count)} most salient pixels covered`,
    random: () => 'With as many random ones covered',
    blame: 'about these pixels',
    strength: ({ count }) => share(count),
  });
}

function known(report: Numbers, { name, ...step }: NonNullable<Report['known']>): string {
  return told(report, [step], {
    most: (count) => `${name} covered (${plural(count, 'pixel')})`,
    random: () => 'With a patch of the same form covered elsewhere',
    blame: `about ${name}`,
    strength: ({ count }) => whole(count),
  });
}

function neighbors(report: Numbers): string {
  const { found, blank } = report.neighbors!;
  if (blank) return 'The network is so sure of this picture that its profile is almost zero: which mistakes are most alike says nothing.';
  const { predicted, label } = report.answer;
  const mistake = isMistake(report);
  const alike = found.filter((n) => n.label === label.class && (!mistake || n.predicted === predicted.class)).length;
  const many = alike === 0 ? 'none is' : alike === 1 ? '1 is' : `${whole(alike)} are`;
  return `Of the ${plural(found.length, 'mistake')} whose filters are blamed most alike, ` +
    `${many} ${mistake ? `the same, ${label.name} called ${predicted.name}` : `of pictures labelled ${label.name}`}.`;
}

/** The verdict, the step it is told of, and the steps that earn it: of an unchanged answer the last step. */
function judged(report: Numbers, steps: readonly Step[]): { verdict: Verdict; step: Step; earning: readonly Step[] } {
  const { predicted, label } = report.answer;
  const moved = steps.filter((s) => s.salient.predicted !== predicted.class);
  const repaired = moved.filter((s) => s.salient.predicted === label.class);
  const earn = (verdict: Verdict, earning: readonly Step[]) => ({ verdict, step: earning[0], earning });
  if (repaired.length > 0) return earn('repaired', repaired);
  if (moved.length > 0) return earn(isMistake(report) ? 'changed' : 'broken', moved);
  return earn('unchanged', steps.slice(-1));
}

/** How a change is spoken of. */
interface Words {
  readonly most: (count: number) => string;
  readonly random: (count: number) => string;
  readonly blame: string;
  readonly strength: (step: Step) => string;
}

const TITLES: Readonly<Record<Verdict, string>> = { repaired: 'Repaired', changed: 'Changed, still wrong', broken: 'No longer right',
  unchanged: 'Unchanged' };

/** The verdict and what earned it, then the controls. */
function told(report: Numbers, steps: readonly Step[], words: Words): string {
  const { predicted, label } = report.answer;
  const { draws } = report.made.settings;
  const { verdict, step, earning } = judged(report, steps);
  const now = step.salient.predicted;
  const sure = confidence(probabilityOf(report, step, now));
  const told = {
    repaired: `the network says ${label.name}, the label (${sure})`,
    changed: `the network says ${className(report, now)} (${sure}), not ${label.name}, the label (${confidence(step.salient.label)})`,
    broken: `the network says ${className(report, now)} (${sure}) instead of ${label.name}, the label`,
    unchanged: `the network still says ${predicted.name} (${sure}, ${confidence(predicted.probability)} before)`,
  }[verdict];
  const tried = steps.filter((s) => s.count > 0);
  const later = tried.slice(tried.indexOf(step));
  const only = verdict === 'repaired' && earning.length < later.length
    ? `; of the numbers tried, only with ${earning.map(words.strength).join(', ')}`
    : verdict === 'unchanged' && tried.length > 1
    ? ', and so with fewer'
    : '';
  const { moved, repaired } = step.random;
  const count = verdict === 'repaired' ? repaired : moved;
  const happens = verdict === 'repaired' ? 'it says so' : 'the answer changes';
  const little = verdict !== 'unchanged' && 2 * count >= draws ? `, so that this says little ${words.blame}` : '';
  return `${TITLES[verdict]}: with ${words.most(step.count)}, ${told}${only}. ` +
    `${words.random(step.count)}, ${happens} in ${count} of ${plural(draws, 'draw')}${little}.`;
}

/** Softmax, after the change, at a class that was given then. */
function probabilityOf(report: Numbers, { salient }: Step, k: number): number {
  if (k === report.answer.label.class) return salient.label;
  return k === report.answer.predicted.class ? salient.wrong : salient.rivals[report.rivals.indexOf(k)];
}
