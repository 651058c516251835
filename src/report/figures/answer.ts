/** The figure of a network's answer. In every figure, `id` sets those of several samples in one page apart. */
import type { Report } from '../data.js';
import { chart, COLORS, type Chart } from '../page/chart.js';
import { confidence } from '../numbers.js';

/** The probabilities of the top classes and of the label. */
export function answerFigure(id: string, { answer: { top, label, predicted } }: Report): Promise<Chart> {
  const color = (k: number) => (k === label.class ? COLORS.blue : k === predicted.class ? COLORS.red : COLORS.grey);
  const y = { field: 'row', type: 'ordinal' as const, axis: null };
  const rows = top.map((t, row) => ({ row, class: t.name, confidence: confidence(t.probability), probability: t.probability,
    color: color(t.class), text: `${confidence(t.probability)}  ${t.name}` })
  );
  const tooltip = [{ field: 'class' }, { field: 'confidence' }];
  return chart(id, {
    data: { values: rows },
    height: 44 * rows.length,
    layer: [
      { mark: { type: 'bar', height: 13, yOffset: 9, minBandSize: 1 }, encoding: {
        y,
        x: { field: 'probability', type: 'quantitative', scale: { domain: [0, 1] }, axis: { format: '.0%', title: null, tickCount: 5 } },
        tooltip,
        color: { field: 'color', type: 'nominal', scale: null },
      } },
      { mark: { type: 'text', align: 'left', baseline: 'middle', yOffset: -7, x: 0, dx: 4, fontSize: 13, limit: { expr: 'width - 8' } },
        encoding: { y, text: { field: 'text' }, tooltip } },
    ],
  }, {
    title: 'Its most probable answers',
    description: `Bars: ${top.map((t) => `${t.name} ${confidence(t.probability)}`).join(', ')}.`,
  });
}
