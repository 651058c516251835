/** The sections of one report, in their order. */
import type { Report } from './data.js';
import { html, type Html } from './page/html.js';
import { glossary, type Word } from './page/reader.js';
import type { ReportPictures } from './pictures.js';
import { alsoSection } from './sections/also.js';
import { answerSection } from './sections/answer.js';
import { knownSection, maskedSection, offSection } from './sections/changes.js';
import { filtersSection } from './sections/filters.js';
import { mapsSection } from './sections/maps.js';
import { neighborsSection } from './sections/neighbors.js';
import { neuronsSection } from './sections/neurons.js';
import { provenanceSection } from './sections/provenance.js';
import { responsesSection } from './sections/responses.js';
import type { Section } from './sections/section.js';
import { blameSection } from './sparse-reading/blame.js';
import { confidence } from './numbers.js';
import { doubtSentence, SUSPECT_CAUTION } from './suspects.js';
import { fileName, isMistake } from './words.js';

/**
 * The sections of one report, in their order. `id` sets several reports in one page apart; the `first` of them explains the words and names
 * the paper.
 */
export async function sections(id: string, report: Report, pictures: ReportPictures, first: boolean): Promise<Section> {
  const mistake = isMistake(report);
  const { predicted, label, loss } = report.answer;
  const parts: Section[] = [
    mapsSection(id, report, pictures),
    await answerSection(id, report),
    await filtersSection(id, report),
    ...(report.features ? [blameSection(report.features)] : []),
    await offSection(id, report),
    ...(report.known ? [knownSection(report, report.known)] : []),
    ...(report.masked ? [await maskedSection(id, report, report.masked)] : []),
    ...(report.neighbors ? [neighborsSection(report, report.neighbors, pictures)] : []),
    ...(report.also?.length ? [alsoSection(report, report.also)] : []),
    ...(report.responses?.length ? [responsesSection(report.responses, pictures.responses ?? [])] : []),
    ...(report.neurons ? [neuronsSection(report.neurons, pictures.neurons ?? [])] : []),
    provenanceSection(report, first),
  ];
  const doubt = doubtSentence(report.labelDoubt, label.name, predicted.name);
  const words: Word[] = ['loss', 'salient', ...(report.saliency.standardized ? ['standardized' as const] : []), 'controls'];
  const verdict = mistake
    ? html` and should be <strong class="good">${label.name}</strong> (${confidence(label.probability)})`
    : ', which is its label';
  return {
    charts: parts.flatMap((p) => p.charts),
    html: html`<p class="lead"><span class="file">${fileName(report.input)}</span> is called \
<strong class="${mistake ? 'mark' : 'good'}">${predicted.name}</strong> (${confidence(predicted.probability)})${verdict}; \
loss ${loss.toPrecision(4)}.</p>
${
      doubt !== null && html`<p class="doubt">${doubt.join(', ')}; ${SUSPECT_CAUTION}.</p>
`
    }<div class="conclusion"><p>${concluded(report.conclusion.slice(1))}</p></div>
${first && glossary(words)}
${parts.map((p) => p.html)}`,
  };
}

/** The sentences, the verdicts that they begin with set off. */
function concluded(sentences: readonly string[]): Html[] {
  return sentences.map((text, k) => {
    const [, verdict, rest] = /^([^:.]+:)( .*)$/s.exec(text) ?? [];
    const space = k > 0 ? ' ' : '';
    return verdict === undefined ? html`${space}${text}` : html`${space}<strong>${verdict}</strong>${rest}`;
  });
}
