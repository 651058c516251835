/** What the loader makes of an ONNX file, as text. */
import { topological } from '../../src/engine/graph.js';
import { importGraph, type ImportedGraph } from '../../src/onnx/import.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { typeName } from '../../src/onnx/types.js';
import { table } from '../../src/report/text-table.js';
import { hasOpenSize } from '../shared/model-file.js';
import { sentence } from '../shared/terminal.js';

/** Inputs, outputs, ops and filters; shapes where the file, or the inputs given, settle them. */
export function describeModel(model: OnnxModel, shapes?: Readonly<Record<string, readonly number[]>>): string {
  let graph: ImportedGraph | null = null;
  let unsettled = '';
  try {
    graph = importGraph(model, { shapes });
  } catch (error) {
    // An open size is no fault of the file; everything else is.
    if (shapes || !model.inputs.some(hasOpenSize)) throw error;
    unsettled = `shapes are not settled: ${sentence(error)}`;
  }
  const counts = new Map<string, number>();
  for (const { op } of model.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const declared = (dims: readonly (number | string)[] | null) => (dims ? `[${dims.map((d) => d || '?').join(', ')}]` : 'of unknown rank');
  const values = (role: string, list: OnnxModel['inputs'], shapes: readonly (readonly number[])[] | undefined) =>
    list.map(({ name, type, dims },
      k) => [role, name, typeName(type), declared(dims), shapes ? `computed as [${shapes[k].join(', ')}]` : '']
    );
  const computed = graph && { inputs: graph.inputs.map(({ shape }) => shape), outputs: graph.outputs.map(({ node }) => node.shape) };
  return [
    `${model.name}: IR version ${model.irVersion}, opset ${model.opset}${model.producer ? `, written by ${model.producer}` : ''}`,
    '',
    ...table([...values('input', model.inputs, computed?.inputs), ...values('output', model.outputs, computed?.outputs)]),
    '',
    `${model.nodes.length} nodes: ` +
    `${[...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([op, n]) => `${op} ${n}`).join(', ')}`,
    ...(graph
      ? [`${topological(graph.outputs.map((o) => o.node)).length} nodes in the engine's graph`, '', ...filterTable(graph)]
      : ['', unsettled]),
    '',
  ].join('\n');
}

function filterTable(graph: ImportedGraph): string[] {
  if (graph.convs.length === 0) return ['no convolution, so no filters'];
  return [
    `${graph.filters} filters in ${graph.convs.length} convolutions:`,
    ...table([
      ['layer', 'node', 'weight', 'shape', 'first filter', 'filters', 'input', 'output'],
      ...graph.convs.map(({ name, node, weight, weightNode, filters, offset, input, output }) => {
        const [shape, from, to] = [weightNode, input, output].map((n) => n.shape.join('x'));
        return [name, node, weight, shape, String(offset), String(filters), from, to];
      }),
    ], [4, 5], '  '),
  ];
}
