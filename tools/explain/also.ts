/** `misfire explain --also`: other networks of the same task, asked about the same pictures. */
import type { Classifier } from '../../src/classifier.js';
import { mendShape } from '../../src/data/npy.js';
import type { OtherAnswer } from '../../src/report/data.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import type { Computer } from '../shared/computer.js';
import { classifierOf, hasOpenSize, openModel } from '../shared/model-file.js';
import type { Sample } from '../shared/samples.js';
import { notice } from '../shared/terminal.js';
import type { Inputs } from './inputs.js';
import { openNetwork } from './open.js';
import type { ExplainOptions } from './options.js';

/** Another network, and the pictures as it takes them. */
export interface OtherNetwork {
  readonly path: string;
  readonly network: Classifier;
  readonly samples: readonly Sample[];
}

/**
 * The networks of --also. Files are prepared for each as for the network itself: by --preprocess, else the run, else what its own file
 * says; samples of a run come as they were prepared for it. Throws one sentence where one is not of the same task.
 */
export async function openOthers(images: readonly string[], { also = [], preprocess, quiet }: ExplainOptions,
  { network, samples, run }: Inputs): Promise<OtherNetwork[]> {
  const others: OtherNetwork[] = [];
  for (const path of also) {
    const file = await openModel(path);
    const opened = images.length > 0
      ? await openNetwork(file, images, preprocess, run?.meta.preprocessing ?? null)
      : { network: classifierOf(file, hasOpenSize(file.model.inputs[0]) ? network.pictureShape : undefined), samples, notices: [] };
    if (opened.network.classes !== network.classes) {
      throw new Error(
        `${path} has ${opened.network.classes} classes and ${network.name} ${network.classes}; --also takes networks of one task`
      );
    }
    if (!quiet) { for (const text of opened.notices) notice(`${text}.`); }
    others.push({ path, network: opened.network, samples: opened.samples });
  }
  return others;
}

/** Asks them, some samples at a time. */
export class Others {
  private readonly explainers: readonly Explainer[];

  constructor(private readonly networks: readonly OtherNetwork[], computer: Computer, batch: number | undefined,
    private readonly name: (k: number) => string) {
    this.explainers = networks.map(({ network }) => new Explainer(network, computer, { batch }));
  }

  /** Of the samples from `first` on, one for each label, what each network answers. */
  async answers(first: number, labels: readonly number[]): Promise<OtherAnswer[][]> {
    const found: OtherAnswer[][] = labels.map(() => []);
    for (const [m, { path, network, samples }] of this.networks.entries()) {
      const pictures = await Promise.all(labels.map((_, k) => read(samples[first + k], network)));
      const logits = await this.explainers[m].logits(pictures);
      logits.forEach((z, k) => {
        const predicted = argmax(z);
        found[k].push({ model: path, predicted: { class: predicted, name: this.name(predicted), probability: probability(z, predicted) },
          label: probability(z, labels[k]) });
      });
    }
    return found;
  }

  destroy(): void {
    for (const explainer of this.explainers) explainer.destroy();
  }
}

async function read(sample: Sample, { name, pictureShape }: Classifier): Promise<Float32Array> {
  const { data, shape } = await sample.read();
  if (shape.join('x') !== pictureShape.join('x')) {
    throw new Error(`${sample.name} gives an input of ${shape.join(' x ')}, but ${name} of --also takes ${pictureShape.join(' x ')}; ` +
      mendShape(sample.name, shape, pictureShape));
  }
  return data;
}
