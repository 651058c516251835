/** What other networks of the same task call the picture. */
import { alsoSentence } from '../also.js';
import type { OtherAnswer, Report } from '../data.js';
import { html } from '../page/html.js';
import { pageTable } from '../page/table.js';
import { confidence } from '../numbers.js';
import { fileName } from '../words.js';
import type { Section } from './section.js';

export function alsoSection(report: Report, others: readonly OtherAnswer[]): Section {
  const { predicted, label } = report.answer;
  const row = (model: string, given: OtherAnswer['predicted'], labelProbability: number) => [
    fileName(model),
    html`<span class="${given.class === label.class ? 'good' : 'mark'}">${given.name}</span>`,
    confidence(given.probability),
    confidence(labelProbability),
  ];
  const rows = [row(report.made.model.file, predicted, label.probability), ...others.map((o) => row(o.model, o.predicted, o.label))];
  return {
    charts: [],
    html: html`<section><h2>Do other networks make it too?</h2>
<p>${alsoSentence(report.answer, others)}</p>
${
      pageTable({ caption: `The picture is labelled ${label.name}`, head: ['network', 'it says', 'confidence', "the label's"], rows,
        words: [0, 1] })
    }
<p class="how">How to read this: networks of one task that differ only in chance disagree on single pictures. A mistake that only one of \
them makes may be gone in the next training.</p></section>`,
  };
}
