/** --trace: a network with the weights that one picture needs of it, and what is to be said of that. */
import type { Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import type { Label } from '../../src/data/labels.js';
import { sha256 } from '../../src/data/sha256.js';
import { openTrace, type StoredTrace } from '../../src/local/trace-folder.js';
import { faithfulnessSentence } from '../../src/report/trace.js';
import type { Sample } from './samples.js';

export const TRACE = ['--trace <folder>',
  'in place of the network its trace for one picture, from a folder of `misfire spade`, or FOLDER:K'] as const;

/** A network on a trace. */
export interface Traced {
  readonly stored: StoredTrace;
  /** FOLDER:K. */
  readonly name: string;
  /** Whether it speaks for the network. */
  readonly says: string;
}

/** Throws one sentence where there is no such trace, it is of another model, or of other weights than the network has. */
export async function openTraced(option: string, hash: string, classes: Classes | null): Promise<Traced> {
  const stored = await openTrace(option, hash);
  const says = faithfulnessSentence(stored.record, (k) => (classes ? `${classes.show(k)} (${k})` : `class ${k}`));
  return { stored, name: `${stored.folder}:${stored.index}`, says };
}

/** Weights by name with the trace's in place of their own. Throws one sentence where there are no such weights. */
export function tracedWeights(weights: ReadonlyMap<string, Float32Array>, { stored, name }: Traced): Map<string, Float32Array> {
  for (const [weight, values] of stored.weights) {
    const own = weights.get(weight)?.length ?? 'none';
    if (own !== values.length) {
      throw new Error(`${name} has ${values.length} values of the weight "${weight}", of which the model has ${own}`);
    }
  }
  return new Map([...weights, ...stored.weights]);
}

/** The network with them. */
export const tracedNetwork = (network: Classifier, traced: Traced): Classifier => ({ ...network,
  weights: tracedWeights(network.weights, traced) });

/**
 * Labels of samples on a trace: where none is given, the class that the NETWORK names, which the trace was made to explain. Notices for
 * samples that are other pictures than the trace's own.
 */
export async function tracedLabels(samples: readonly Sample[], labels: readonly Label[],
  { stored: { record }, name }: Traced): Promise<{ labels: Label[]; notices: string[] }> {
  const notices: string[] = [];
  const out: Label[] = [];
  for (const [k, sample] of samples.entries()) {
    const own = await sha256(new Uint8Array(Float32Array.from((await sample.read()).data).buffer)) === record.sha256;
    if (!own) {
      notices.push(
        `${sample.name} is not the picture that the trace ${name} was made for, ${record.picture}: this is another picture's trace`
      );
    }
    out.push(labels[k] === 'predicted' && own ? record.denseClass : labels[k]);
  }
  return { labels: out, notices };
}
