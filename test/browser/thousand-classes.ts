/** The page of a run with a thousand classes, of numbers made up. */
import type { Meta, Row } from '../../src/store/format.js';
import { summaryPage } from '../../tools/summary/page.js';
import { random } from '../../reference/random.js';

const CLASSES = 1000, EACH = 50;

export function thousandClasses(): Promise<string> {
  const draw = random('a thousand classes');
  const below = (n: number): number => Math.floor(n * draw());
  const counts = Array.from({ length: CLASSES }, (_, label) => ({ label, samples: EACH, right: 20 + below(31) }));
  const confusions = counts.flatMap(({ label, samples, right }) => {
    const wrong = samples - right;
    const near = Math.floor(wrong * draw());
    return [[(label ^ 1) % CLASSES, near], [(label + 7) % CLASSES, wrong - near]].filter(([, count]) => count > 0)
      .map(([predicted, count]) => ({ label, predicted, count, ofLabel: count / samples }));
  }).sort((a, b) => b.count - a.count);
  const row: Row = { id: 3, path: 'some/folder/with/a/long/name/of/a/picture_that_is_long_too.jpeg', label: 1, predicted: 2,
    confidence: 0.99, labelConfidence: 0.001, loss: 6.9, carried: [] };
  const meta = { model: { file: '/tmp/somewhere/model.onnx' }, adapter: { description: 'none' }, version: '0' } as unknown as Meta;
  return summaryPage({ meta, run: '/tmp/somewhere/run', name: (k) => `class number ${k}, which has a long name`, counts, confusions,
    profiles: [], shares: null, top: 10, worst: [{ row, picture: null }], suspects: [{ row, agreeing: 8, neighbors: 10, suspect: true }] });
}
