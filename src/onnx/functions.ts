/** Functions that a file brings along, written out where they are called: nested ones too, attributes given by reference. */
import onnxProto, { type onnx } from 'onnx-proto';
import { toNumber } from './tensor.js';
import { fields } from './wire.js';

/** A node, and the version of ONNX's operator set that it is written in. */
export interface PlainNode {
  readonly node: onnx.INodeProto;
  readonly opset: number;
}

const DEPTH = 64;
/** Field numbers of onnx.proto. The package that decodes it does not know a function's defaults yet. */
const MODEL_FUNCTIONS = 25, FUNCTION_DEFAULTS = 11;

const key = (domain: string | null | undefined, name: string | null | undefined): string => `${domain ?? ''}\n${name ?? ''}`;
export const isStandard = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

interface Called {
  readonly f: onnx.IFunctionProto;
  readonly defaults: ReadonlyMap<string, onnx.IAttributeProto>;
}

/**
 * The nodes of the model's graph with no call of its functions left; `bytes` are the file's. Throws where functions call each other
 * without end.
 */
export function withoutCalls(model: onnx.IModelProto, bytes: Uint8Array, opset: number): PlainNode[] {
  const defaults = model.functions?.length ? defaultsOf(bytes) : [];
  const functions = new Map((model.functions ?? []).map((f, k): [string, Called] => [key(f.domain, f.name), { f, defaults: defaults[k] }]));
  let calls = 0;
  const expand = (nodes: readonly onnx.INodeProto[], version: number, depth: number): PlainNode[] =>
    nodes.flatMap((node) => {
      const called = functions.get(key(node.domain, node.opType));
      if (!called) {
        return [{ node: functions.size === 0 ? node : withBodies(node, (body) => expand(body, version, depth)), opset: version }];
      }
      if (depth >= DEPTH) throw new Error(`the function ${called.f.name} of the file calls itself: a file written so cannot be run`);
      const own = (called.f.opsetImport ?? []).find((o) => isStandard(o.domain ?? ''));
      return expand(body(called, node, calls++), own ? toNumber(own.version) : version, depth + 1);
    });
  return expand(model.graph?.node ?? [], opset, 0);
}

/** The defaults of the attributes of each function, in the file's order. */
function defaultsOf(bytes: Uint8Array): ReadonlyMap<string, onnx.IAttributeProto>[] {
  return [...fields(bytes, 0, bytes.length)].filter((f) => f.number === MODEL_FUNCTIONS).map((f) => {
    const found = [...fields(bytes, f.body, f.end)].filter((a) => a.number === FUNCTION_DEFAULTS)
      .map((a) => onnxProto.onnx.AttributeProto.decode(bytes.subarray(a.body, a.end)));
    return new Map(found.map((a) => [a.name, a]));
  });
}

/** A node whose branches have been worked on. */
function withBodies(node: onnx.INodeProto, work: (nodes: readonly onnx.INodeProto[]) => PlainNode[]): onnx.INodeProto {
  if (!node.attribute?.some((a) => a.g)) return node;
  return { ...node,
    attribute: node.attribute.map((a) => (a.g ? { ...a, g: { ...a.g, node: work(a.g.node ?? []).map((n) => n.node) } } : a)) };
}

/** A function's nodes under the names of one call. */
function body({ f, defaults }: Called, call: onnx.INodeProto, k: number): onnx.INodeProto[] {
  const prefix = `${call.name || call.output?.[0] || f.name}#${k}/`;
  const names = new Map<string, string>([['', '']]);
  (f.input ?? []).forEach((name, i) => names.set(name, call.input?.[i] ?? ''));
  // An output that the call leaves out still needs a name inside.
  (f.output ?? []).forEach((name, i) => {
    if (call.output?.[i] && !names.has(name)) names.set(name, call.output[i]);
  });
  const rename = (name: string): string => names.get(name) ?? `${prefix}${name}`;
  const given = (name: string): onnx.IAttributeProto | undefined => call.attribute?.find((a) => a.name === name) ?? defaults.get(name);
  const attribute = (a: onnx.IAttributeProto): onnx.IAttributeProto[] => {
    if (a.refAttrName) {
      const value = given(a.refAttrName);
      return value ? [{ ...value, name: a.name }] : [];
    }
    return [a.g ? { ...a, g: graph(a.g) } : a];
  };
  const renamed = (n: onnx.INodeProto): onnx.INodeProto => ({ ...n, name: `${prefix}${n.name || n.output?.[0] || n.opType}`,
    input: (n.input ?? []).map(rename), output: (n.output ?? []).map(rename), attribute: (n.attribute ?? []).flatMap(attribute) });
  const graph = (g: onnx.IGraphProto): onnx.IGraphProto => ({ ...g, node: (g.node ?? []).map(renamed),
    output: (g.output ?? []).map((o) => ({ ...o, name: rename(o.name ?? '') })),
    initializer: (g.initializer ?? []).map((t) => ({ ...t, name: rename(t.name ?? '') })) });
  // An output that is an input handed on has the input's name inside: a node says so outside.
  const handed = (f.output ?? []).flatMap((name, i) => (call.output?.[i] && names.get(name) !== call.output[i]
    ? [{ opType: 'Identity', domain: '', name: `${prefix}${name}`, input: [rename(name)], output: [call.output[i]], attribute: [] }]
    : [])
  );
  return [...(f.node ?? []).map(renamed), ...handed];
}
