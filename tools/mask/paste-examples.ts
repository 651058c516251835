/** Three pictures before and after a region was pasted onto them. */
import { pasteRegion } from '../../src/saliency/experiments/regions.js';
import { confidence } from '../../src/report/numbers.js';
import { shownPicture } from '../../src/report/pictures.js';
import type { Meta } from '../../src/store/format.js';
import { PreparedPictures } from '../../src/store/sample.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { html, type Html } from '../shared/page.js';
import type { PasteResult } from './paste-show.js';

/** Those in which the confidence rose most, middling and least; null where a picture cannot be read any more. */
export async function pasteExamples({ samples, source, region, name }: PasteResult, meta: Meta): Promise<Html | null> {
  const rise = ({ result: { before, salient } }: PasteResult['samples'][number]): number => salient.pulled - before.pulled;
  const falling = [...samples].sort((a, b) => rise(b) - rise(a) || a.sample.id - b.sample.id);
  const last = falling.length - 1;
  const chosen = [...new Set([0, Math.floor(last / 2), last])].map((k) => falling[k]);
  const { pictureShape } = meta.model;
  const pictures = new PreparedPictures(meta);
  try {
    const patch = await pictures.read(source);
    const cards = await Promise.all(chosen.map(async ({ sample, result: { before, salient } }) => {
      const bare = await pictures.read(sample);
      const uri = (prepared: Float32Array) => encodePicture(shownPicture(prepared, pictureShape, meta.preprocessing), 'thumbnail');
      const [was, is] = await Promise.all([uri(bare), uri(pasteRegion(bare, patch, pictureShape, region, region))]);
      const said = (pull: typeof before) => `${name(pull.predicted)}, ${confidence(pull.pulled)} ${name(source.predicted)}`;
      return html`<figure><figcaption>Sample ${sample.id}</figcaption>
<div class="shown"><img src="${was}" alt="Before: ${said(before)}"><img src="${is}" alt="With the region pasted: ${said(salient)}"></div>
<p class="how">Before: ${said(before)}.<br>With the region: ${said(salient)}.</p></figure>
`;
    }));
    return html`<section><h2>${chosen.length === 3 ? 'Three pictures' : 'Pictures'}, before and after</h2>
<p class="how">Of ${samples.length}, those in which the confidence rose most, middling and least.</p>
<div class="examples">${cards}</div></section>`;
  } catch {
    return null;
  } finally {
    pictures.close();
  }
}
