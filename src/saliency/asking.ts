/**
 * Questions put to a network about pictures, in batches: what is checked of pictures, classes and answers, how many pictures are taken
 * at once, and the sentence where something is wrong. A question is a graph (questions.ts and the like) planned once per batch size.
 */
import type { Device } from '../engine/device.js';
import { asBackend, type Backend, type Outputs } from '../engine/run/backend.js';
import { Programs, type Values } from '../engine/run/programs.js';
import { atMost, checkLabel, type Network } from './network.js';
import { refuseProbabilities } from './prediction.js';
import { LABELS } from './questions.js';

export interface AskingOptions {
  /**
   * Pictures per run; default 16, fewer where a plan of 16 would pass MEMORY. Halved in any case while a plan passes what the
   * device has, or what 32-bit indices reach.
   */
  readonly batch?: number;
  /** Told, a sentence, where a batch that was asked for is halved, since there is no memory for it. */
  readonly onNotice?: (text: string) => void;
  /** Called after each batch with the number of pictures done and the total. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a question takes beside the pictures: picture k's row of each input. */
export type Inputs = Readonly<Record<string, (k: number) => Float32Array>>;

const BATCH = 16;
/** Bytes that a plan may take where no batch was asked for. */
const MEMORY = 3 * 2 ** 30;
/** On a GPU, where a batch costs little more than a picture until the GPU is full. */
const LARGE_BATCH = 256;

/** Throws as Explainer's methods do. Every question has an output `logits`. */
export class Asking<Question extends string> {
  readonly programs: Programs<Question>;
  private looked = false;

  /** `build` gives the outputs of a question's graph for so many pictures. Throws where the batch is no whole number of at least 1. */
  constructor(private readonly network: Network, private readonly device: Device | Backend,
    build: (question: Question, pictures: number) => Outputs, private readonly options: AskingOptions,
    runs?: (question: Question) => number) {
    const { batch, onNotice } = options;
    const backend = asBackend(device);
    this.programs = new Programs<Question>(backend, {
      build,
      weights: network.weights,
      batch: atMost(batch ?? BATCH, network),
      memory: batch === undefined ? Math.min(MEMORY, backend.atHand) : undefined,
      runs,
      onHalved: (rows, why) => batch !== undefined && onNotice?.(`a batch of ${rows} instead of ${batch}: ${why}`),
    });
  }

  /** Where no batch was asked for, a question takes as many pictures as fill the device. */
  widen(question: Question): void {
    if (this.options.batch !== undefined) return;
    this.programs.widen(question, atMost(this.device.adapter.software ? BATCH : LARGE_BATCH, this.network));
  }

  /** Answers that depend on a label or class of each picture. */
  async against(question: Question, pictures: readonly Float32Array[], labels: readonly number[], inputs: Inputs = {}): Promise<Values[]> {
    checkCount(pictures, labels, 'labels');
    if (pictures.length === 0) return [];
    const [, classes] = await this.outputShape(question, 'logits', pictures.length);
    for (const label of labels) checkLabel(label, classes);
    return this.answers(question, pictures, { ...inputs, [LABELS]: (k) => Float32Array.of(labels[k]) });
  }

  /** The first answers are looked at: what is a probability already must not go through a softmax again. */
  look(rows: readonly Float32Array[]): void {
    if (!this.looked && rows.length > 0) refuseProbabilities(rows);
    this.looked = true;
  }

  async answers(question: Question, pictures: readonly Float32Array[], inputs: Inputs = {}): Promise<Values[]> {
    const answers = await this.programs.answers(question, pictures.length, (input, k) => inputs[input]?.(k) ?? pictures[k], {
      batches: 'full',
      finite: 'logits',
      notFinite: (picture) =>
        `the network's answer to picture ${picture} is not finite; its weights or the picture hold values out of range`,
      wrongSize: (input, expected, got) =>
        `the network takes ${expected} values per picture as '${input}', got ${got}; check the preprocessing`,
      onProgress: this.options.onProgress,
    });
    this.look(answers.map((a) => a.logits));
    return answers;
  }

  async outputShape(question: Question, output: string, pictures: number): Promise<readonly number[]> {
    const { program } = await this.programs.fitting(question, pictures);
    return program.outputs.find((t) => t.name === output)!.shape;
  }

  destroy(): void {
    this.programs.destroy();
  }
}

/** Throws where pictures and what each of them needs differ in number. */
export function checkCount(pictures: readonly unknown[], given: readonly unknown[], what: string): void {
  if (given.length !== pictures.length) {
    throw new Error(`${pictures.length} pictures and ${given.length} ${what} were given; each picture needs one`);
  }
}
