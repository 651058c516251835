/** Figures of what a change of the network or of the picture does to the answer. */
import type { Report, Spread, Step } from '../data.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { confidence, plural } from '../numbers.js';
import { className, isMistake } from '../words.js';

/** The confidences as more and more filters are off. */
export function offFigure(id: string, report: Report): Promise<Chart> {
  return changeFigure(id, report, report.off.map((s) => ({ ...s, x: s.count })), { title: 'Confidences as filters are turned off',
    axis: 'filters turned off', type: 'sqrt', format: 'd' });
}

/** The confidences as more and more pixels are covered. */
export function maskedFigure(id: string, report: Report): Promise<Chart> {
  return changeFigure(id, report, report.masked!.map((s) => ({ ...s, x: s.share })), { title: 'Confidences as pixels are covered',
    axis: 'share of the pixels covered', type: 'linear', format: '.0%' });
}

/** Other classes that win have a line each, at most so many. */
const RIVALS = [COLORS.orange, COLORS.purple, COLORS.green] as const;

interface Line {
  readonly name: string;
  readonly color: string;
  readonly salient: (step: Step) => number;
  readonly random: (step: Step) => Spread;
}

/** The class that was said, the label, and the other classes that become the answer in some of the steps. */
function linesOf(report: Report, steps: readonly Step[]): Line[] {
  const { predicted, label } = report.answer;
  const should: Line = { name: `${label.name} (label)`, color: COLORS.blue, salient: (s) => s.salient.label,
    random: (s) => s.random.label };
  const said: Line = { name: `${predicted.name} (said)`, color: COLORS.red, salient: (s) => s.salient.wrong,
    random: (s) => s.random.wrong };
  const winning = report.rivals.map((k, r) => ({ k, r })).filter(({ k }) => steps.some((s) => s.salient.predicted === k));
  const others = winning.slice(0, RIVALS.length).map(({ k, r }, n): Line => ({ name: `${className(report, k)} (said then)`,
    color: RIVALS[n], salient: (s) => s.salient.rivals[r], random: (s) => s.random.rivals[r] })
  );
  return [...(isMistake(report) ? [said] : []), should, ...others];
}

interface Axis {
  readonly title: string;
  readonly axis: string;
  readonly type: 'sqrt' | 'linear';
  readonly format: string;
}

function changeFigure(id: string, report: Report, steps: readonly (Step & { readonly x: number })[],
  { title, axis, type, format }: Axis): Promise<Chart> {
  const lines = linesOf(report, steps);
  const ways = ['most salient', `random (${plural(report.made.settings.draws, 'draw')})`];
  const rows = steps.flatMap((step) =>
    lines.flatMap(({ name, salient, random }) => {
      const { mean, low, high } = random(step);
      return [
        { x: step.x, class: name, chosen: ways[0], p: salient(step) },
        { x: step.x, class: name, chosen: ways[1], p: mean, low, high },
      ].map((row) => ({ ...row, line: `${row.class} ${row.chosen}` }));
    })
  );
  const x = { field: 'x', type: 'quantitative' as const, scale: { type, nice: false },
    axis: { title: axis, values: steps.map((s) => s.x), format, grid: false, labelOverlap: 'greedy' as const } };
  const y = { type: 'quantitative' as const, scale: { domain: [0, 1] }, axis: { title: 'confidence', format: '.0%', tickCount: 5 } };
  const color = { field: 'class', scale: { domain: lines.map((l) => l.name), range: lines.map((l) => l.color) },
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1, symbolSize: 300, columns: 1 } };
  const strokeDash = { field: 'chosen', scale: { domain: ways, range: [[1, 0], [4, 4]] },
    legend: { title: null, symbolType: 'stroke', symbolStrokeColor: 'currentColor', symbolStrokeWidth: 2, symbolSize: 500 } };
  const detail = { field: 'line' };
  const tooltip = [{ field: 'class' }, { field: 'chosen' }, { field: 'x', title: axis, format }, { field: 'p', title: 'confidence',
    format: '.1%' }];
  const last = steps[steps.length - 1];
  return chart(id, {
    height: 260,
    data: { values: rows },
    layer: [
      { transform: [{ filter: 'isValid(datum.low)' }], mark: { type: 'area', opacity: 0.15 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, detail } },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y: { ...y, field: 'p' }, color, strokeDash, detail } },
      { mark: { type: 'point', filled: true, size: 40, opacity: 1 }, encoding: { x, y: { ...y, field: 'p' }, color, tooltip } },
    ],
  }, {
    title,
    description: lines.map(({ name, salient, random }) =>
      `${name} goes from ${confidence(salient(steps[0]))} to ${confidence(salient(last))} for the most salient, ` +
      `to ${confidence(random(last).mean)} on average for random ones.`
    ).join(' '),
  });
}
