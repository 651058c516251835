/** An ONNX classifier as the saliency method sees it: one picture in, logits out, its convolutions numbered. */
import * as b from './engine/builder.js';
import type { Layer, MaskOptions } from './engine/convolutions.js';
import { size, type Node, type Shape } from './engine/graph.js';
import { importGraph, inFileOrder, type ImportedGraph } from './onnx/import.js';
import { decisionLayer } from './onnx/decision.js';
import { withEnds } from './onnx/ends.js';
import { withOutput, type OnnxModel } from './onnx/model.js';
import { originsOf } from './onnx/origin.js';
import type { Candidate } from './onnx/outputs.js';
import { pictureInput } from './onnx/picture-input.js';
import { findScores, logitsOf, type Scores } from './onnx/scores.js';
import type { Network, NetworkGraph } from './saliency/network.js';

export interface Classifier extends Network {
  readonly name: string;
  /** [channels, height, width] of one picture, whatever the order is in which the file has them. */
  readonly pictureShape: Shape;
  /** Whether the file has it [height, width, channels]. */
  readonly channelsLast: boolean;
  readonly classes: number;
  /** The tensor of the file that the scores of the classes are read from. */
  readonly output: string;
  /** The file's model as far as that output needs it. */
  readonly model: OnnxModel;
  /** Changed weights, whole, with their elements in the order that the file has them in: what `withWeights` takes. */
  stored(changes: ReadonlyMap<string, Float32Array>): Map<string, Float32Array>;
  /** What was decided and should be said: which of several outputs was taken, what its numbers were taken for. */
  readonly notices: readonly string[];
  /** Filters that are off only in part, because no end of their channel was found. */
  readonly offNotices: readonly string[];
}

export interface ClassifierOptions {
  /** The output to take, by name; by default one is chosen, and a notice says which. */
  readonly output?: string;
  /** How many classes there are, where that is known: an output of that size is taken first. */
  readonly classes?: number;
}

/** One of the outputs, looked at for one sample. */
interface Found {
  readonly candidate: Candidate;
  readonly model: OnnxModel;
  readonly graph: ImportedGraph;
  readonly scores: Scores;
  readonly logits: Node;
}

/**
 * Throws one sentence where the model does not take one picture [N,C,H,W] or [N,H,W,C] and give one row of scores per sample, or
 * these are independent sigmoids. `pictureShape` [channels, height, width] gives the sizes that the file leaves open. Probabilities
 * are led back to logits; one sigmoid (or one number) per sample is taken for two classes, 0 and 1.
 */
export function classifier(whole: OnnxModel, pictureShape?: Shape, options: ClassifierOptions = {}): Classifier {
  if (whole.inputs.length !== 1) {
    throw new Error(
      `${whole.name} has ${whole.inputs.length} inputs (${whole.inputs.map((i) => i.name).join(', ')}); a classifier of pictures has one`
    );
  }
  const { channelsLast } = pictureInput(whole);
  const inOrder = (shape: Shape): Shape => (channelsLast ? [shape[1], shape[2], shape[0]] : shape);
  const shapes = (batch: number) => (pictureShape ? { [whole.inputs[0].name]: [batch, ...inOrder(pictureShape)] } : undefined);
  const build = (model: OnnxModel, batch: number, mask: MaskOptions = {}): ImportedGraph =>
    importGraph(model, { batch, shapes: shapes(batch), channelsLast, ...mask });
  const look = (candidate: Candidate): Found => {
    const model = withOutput(whole, candidate);
    const graph = build(model, 1);
    const scores = findScores(graph, size(graph.logits.shape));
    return { candidate, model, graph, scores, logits: rows(model, graph, scores, 1) };
  };
  const { found: { model, graph: once, scores, logits, candidate }, notices } = choose(whole, look, options);
  const [{ shape }] = once.inputs;
  if (shape.length !== 4) throw new Error(`${model.name} takes an input of shape [${shape}]; a picture has [N,C,H,W]`);
  const layers: Layer[] = once.convs.map(({ name, node, weight, filters, offset }) => ({ name, node, weight, filters, offset }));
  return {
    name: model.name,
    pictureShape: shape.slice(1),
    channelsLast,
    classes: logits.shape[1],
    output: candidate.name,
    model,
    stored: (changes) => inFileOrder(changes, once.weights),
    notices: [...notices, ...said(model, once, scores), ...withoutFilters(model, once)],
    offNotices: once.tails.flatMap((t) => t.notice ?? []),
    layers,
    weights: new Map([...once.weights].map(([name, w]) => [name, w.data])),
    most: model.batch === 1 && !runsInBatches(() => rows(model, build(model, 2), scores, 2)) ? 1 : undefined,
    build: (batch, mask): NetworkGraph => {
      const graph = build(model, batch, mask);
      const convs = withEnds(graph);
      return { input: graph.inputs[0].node as Node<'input'>, logits: rows(model, graph, scores, batch), convs,
        origin: originsOf(model, graph), penultimate: () => penultimate(model, graph, batch) };
    },
  };
}

/** Whether a file made for one sample can be built for two. */
function runsInBatches(build: () => Node): boolean {
  try {
    return build().shape[0] === 2;
  } catch {
    return false;
  }
}

/** The input of the decision layer, [batch, features]. */
function penultimate(model: OnnxModel, { tensors }: ImportedGraph, batch: number): Node {
  const { features, width } = decisionLayer(model), node = tensors.get(features);
  if (!node || size(node.shape) !== batch * width) {
    throw new Error(`${model.name}: the features "${features}" have shape [${node?.shape}], not ${width} numbers a picture`);
  }
  return b.reshape(node, [batch, width]);
}

/** The logits [batch, classes]; of one number per sample, those of two classes. */
function rows(model: OnnxModel, graph: ImportedGraph, scores: Scores, batch: number): Node {
  const logits = logitsOf(graph, scores, batch);
  if (logits.shape.length !== 2 || logits.shape[0] !== batch) {
    throw new Error(`${model.name} gives an output of shape [${graph.logits.shape}]; a classifier gives [N, classes]`);
  }
  if (scores.kind === 'sigmoids') {
    throw new Error(
      `${model.name} gives a sigmoid for each of ${logits.shape[1]} labels by itself ("${graph.outputs[0].name}"), so that a picture may ` +
        'have several or none; misfire takes classes of which one is right: export the network with a softmax or without the sigmoids'
    );
  }
  if (logits.shape[1] > 1) return logits;
  if (graph.softmax) {
    throw new Error(
      `${model.name} gives the softmax of one number ("${graph.outputs[0].name}"), which is always 1: export it with a sigmoid`
    );
  }
  return b.concat([b.mul(logits, b.constant(0)), logits], 1);
}

function withoutFilters({ name }: OnnxModel, { without }: ImportedGraph): string[] {
  if (without.length === 0) return [];
  const list = without.map((n) => `"${n}"`).join(', ');
  return [
    `of ${name}, ${list} ${without.length === 1 ? 'has' : 'have'} no weights of ${without.length === 1 ? 'its' : 'their'} own for each ` +
    'filter (a fixed kernel, such as a blur): left out',
  ];
}

function said(model: OnnxModel, graph: ImportedGraph, scores: Scores): string[] {
  const output = `output "${graph.outputs[0].name}" of ${model.name}`;
  const count = size(graph.outputs[0].node.shape);
  switch (scores.kind) {
    case 'softmax':
      return scores.of === count ? [] : [`the ${output} has ${count} of the ${scores.of} classes that its softmax goes over, from ` +
        `${scores.first} on; shares are among these ${count}`];
    case 'probabilities':
      return [`the ${output} is probabilities already, which no softmax at its end explains; their logarithms serve as logits`];
    case 'sigmoid':
      return [`the ${output} is one sigmoid: it is taken for two classes, 0 (no) and 1 (yes)`];
    default:
      return count === 1 ? [`the ${output} is one number: it is taken for the logit of class 1 (yes) against class 0 (no)`] : [];
  }
}

// ---- which output --------------------------------------------------------------------------------------------------

function choose(model: OnnxModel, look: (c: Candidate) => Found,
  { output, classes }: ClassifierOptions): { found: Found; notices: string[] } {
  const { candidates } = model;
  const all = [...new Set([...model.outputs.map((o) => o.name), ...candidates.map((c) => c.name)])];
  if (output !== undefined) {
    const named = candidates.find((c) => c.name === output) ?? candidates.find((c) => c.output === output);
    if (!named) throw new Error(`${model.name} has no output "${output}" that could be scores of classes; it has ${all.join(', ')}`);
    return { found: look(named), notices: [] };
  }
  const found: Found[] = [];
  let failure: unknown = new Error(`${model.name} has no output of numbers that could be scores of classes; it has ${all.join(', ')}`);
  for (const [k, candidate] of candidates.entries()) {
    try {
      found.push(look(candidate));
    } catch (error) {
      if (k === 0) failure = error;
    }
  }
  if (found.length === 0) throw failure;
  const right = found.filter((f) => f.logits.shape[1] === classes);
  const best = (right.length > 0 ? right : found).reduce((x, y) => (deeper(y, x) ? y : x));
  if (found.length === 1) return { found: best, notices: [] };
  const list = found.map((f) => `"${f.candidate.name}" [N,${f.logits.shape[1]}]`).join(', ');
  const why = right.length === 1
    ? `has the ${classes} classes`
    : found.some((f) => f !== best && deeper(best, f))
    ? 'is computed from the others'
    : 'comes first';
  return { found: best,
    notices: [`${model.name} has several outputs (${list}): "${best.candidate.name}" ${why} and is taken; --output NAME takes another`] };
}

/** Whether one output needs all the weights that another needs, and more: features come before what is made of them. */
function deeper(x: Found, y: Found): boolean {
  const [mine, others] = [x, y].map((f) => new Set(f.graph.weights.keys()));
  return mine.size > others.size && [...others].every((w) => mine.has(w));
}
