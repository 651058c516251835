/** An ONNX classifier as the saliency method sees it: one picture in, logits out, its convolutions numbered. */
import type { Layer, MaskOptions } from './engine/convolutions.js';
import { size, type Node, type Shape } from './engine/graph.js';
import { importGraph, type ImportedGraph } from './onnx/import.js';
import type { OnnxModel } from './onnx/model.js';
import { pictureInput } from './onnx/picture-input.js';
import type { Network, NetworkGraph } from './saliency/network.js';

export interface Classifier extends Network {
  readonly name: string;
  /** [channels, height, width] of one picture, whatever the order is in which the file has them. */
  readonly pictureShape: Shape;
  /** Whether the file has it [height, width, channels]. */
  readonly channelsLast: boolean;
  readonly classes: number;
}

/**
 * Throws one sentence where the model does not take one picture [N,C,H,W] or [N,H,W,C] and give one row of logits per sample.
 * `pictureShape` [channels, height, width] gives the sizes that the file leaves open.
 */
export function classifier(model: OnnxModel, pictureShape?: Shape): Classifier {
  if (model.inputs.length !== 1) {
    throw new Error(
      `${model.name} has ${model.inputs.length} inputs (${model.inputs.map((i) => i.name).join(', ')}); a classifier of pictures has one`
    );
  }
  const { channelsLast } = pictureInput(model);
  const inOrder = (shape: Shape): Shape => (channelsLast ? [shape[1], shape[2], shape[0]] : shape);
  const shapes = (batch: number) => (pictureShape ? { [model.inputs[0].name]: [batch, ...inOrder(pictureShape)] } : undefined);
  const build = (batch: number, options: MaskOptions = {}): ImportedGraph =>
    importGraph(model, { batch, shapes: shapes(batch), channelsLast, ...options });
  const once = build(1);
  const [{ shape }] = once.inputs;
  if (shape.length !== 4) throw new Error(`${model.name} takes an input of shape [${shape}]; a picture has [N,C,H,W]`);
  const classes = size(rows(model, once).shape);
  const layers: Layer[] = once.convs.map(({ node, weight, filters, offset }) => ({ node, weight, filters, offset }));
  return {
    name: model.name,
    pictureShape: shape.slice(1),
    channelsLast,
    classes,
    layers,
    weights: new Map([...once.weights].map(([name, w]) => [name, w.data])),
    build: (batch, options): NetworkGraph => {
      const graph = build(batch, options);
      const convs = graph.convs.flatMap((layer) => [layer, ...layer.others]);
      return { input: graph.inputs[0].node as Node<'input'>, logits: rows(model, graph), convs };
    },
  };
}

function rows(model: OnnxModel, graph: ImportedGraph): Node {
  const { logits } = graph;
  if (logits.shape.length !== 2) {
    throw new Error(`${model.name} gives an output of shape [${logits.shape}]; a classifier gives [N, classes]`);
  }
  return logits;
}
