/** What the network said, and what it should have said. */
import type { Report } from '../data.js';
import { answerFigure } from '../figures/answer.js';
import { html } from '../page/html.js';
import { isMistake } from '../words.js';
import type { Section } from './section.js';

export async function answerSection(id: string, report: Report): Promise<Section> {
  const figure = await answerFigure(`${id}-answer`, report);
  const { label, top } = report.answer;
  const { trace } = report.made;
  const traced = trace && html`<p><strong>On a trace.</strong> Everything on this page, but maps that say "on the network", is of
the network as it was pruned for one picture (SPADE), and not of the network itself: ${trace.says}.</p>`;
  const beyond = top.length > 1 && label.probability < top[top.length - 2].probability && top[top.length - 1].class === label.class;
  const colours = isMistake(report) ? 'Red is its answer and blue the label' : 'Blue is its answer, which is the label';
  const last = beyond && top.length > 5 && ', which is not among its five most probable classes and stands last';
  return {
    charts: [figure],
    html: html`<section><h2>What it said, and what it should have said</h2>
${traced}
${figure.html}
<p class="how">How to read this: the bars are the network's confidences (softmax). ${colours}${last}; grey are other classes.</p>\
</section>`,
  };
}
