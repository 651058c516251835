/** What a page tells readers who do not know the method: the paper, and the words that the page uses. */
import { html, trusted, type Html } from './html.js';

/** A link to the paper; a page has it once. */
export const PAPER: Html = trusted('<a href="https://arxiv.org/abs/2108.01335">Levin et al., '
  + '“Where do models go wrong? Parameter-space saliency maps for explainability”</a>');

/** What each word means, in the order in which one needs the other. */
const MEANINGS = {
  loss: ['Loss', 'how wrong an answer is: minus the logarithm of the confidence in the label. A sure right answer has 0.'],
  salient: ['Salient', "a filter is salient for an answer where the loss's gradient over its weights is large: a small change of these "
    + 'weights would change the loss much. The list of all filters’ saliencies is the profile of a picture.'],
  standardized: ['Standardized', 'some filters have large gradients for every picture. Standardized saliency says how many standard '
    + 'deviations a filter lies above what is usual for it over many pictures.'],
  controls: ['Controls',
    'the same done to others: as many filters (or pixels) chosen at random, for example. Only what happens to the most '
    + 'salient ones and not to the controls says that these ones matter.'],
} as const;

export type Word = keyof typeof MEANINGS;

/** The words a page uses, explained in front of what uses them. */
export function glossary(words: readonly Word[]): Html {
  const entries = (Object.keys(MEANINGS) as Word[]).filter((word) => words.includes(word)).map((word) =>
    html`<p><dfn>${MEANINGS[word][0]}</dfn>: ${MEANINGS[word][1]}</p>
`
  );
  return html`<div class="glossary" role="note" aria-label="What the words mean">
${entries}</div>`;
}
