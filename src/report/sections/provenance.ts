/** How a report was made: files, settings, adapter, version. */
import type { Report } from '../data.js';
import { html } from '../page/html.js';
import { plural, whole } from '../numbers.js';
import { PAPER } from '../page/reader.js';
import { fileName } from '../words.js';
import type { Section } from './section.js';

export function provenanceSection({ input, map, made }: Report, first: boolean): Section {
  const { model, statistics, adapter, settings, pictureShape } = made;
  const rows: (readonly [name: string, value: string])[] = [
    ['Picture', `${fileName(input)}, prepared as ${pictureShape.join(' × ')}`],
    ['Model', `${fileName(model.file)}, ${plural(model.filters, 'filter')} in ${plural(model.layers.length, 'layer')}`],
    ['SHA-256 of the model', model.sha256],
    ...(made.trace ? [['Trace', `${fileName(made.trace.name)}: ${made.trace.says}`] as const] : []),
    ['Statistics', statistics
      ? `${statistics.file.split(',').map(fileName).join(',')}${
        statistics.samples === null ? '' : `, over ${plural(statistics.samples, 'sample')}`
      }`
      : 'none: saliency is not standardized'],
    ['Aggregation', made.aggregation],
    ...(map ? [['Map', howMapped(map)] as const] : []),
    ['Random controls', `${plural(settings.draws, 'draw')}, seed ${settings.seed}`],
    ['Adapter', `${adapter.description}${adapter.software ? ' (software)' : ''}`],
    ['Made with', `misfire ${made.version}`],
  ];
  return {
    charts: [],
    html: html`<section><h2>How this was made</h2>
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="how">Every number on this page is also in it as JSON, in the element with the id “data”. ${
      first && html`The method is
that of ${PAPER}.`
    }</p></section>`,
  };
}

const howMapped = ({ boosted, boost, distance }: NonNullable<Report['map']>): string =>
  `gradient of the cosine distance to the profile with ${plural(boosted.length, 'filter')} boosted ${whole(boost)} times; `
  + `the distance is ${distance.toPrecision(4)}`;
