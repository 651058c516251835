/**
 * An ONNX file with other weights. The bytes are patched where the values stand: names, metadata and whatever a newer
 * version of the format has added stay as they are.
 */
import onnxProto from 'onnx-proto';
import { toBfloat16, toHalf } from '../data/half.js';
import { checkFinite, toNumber } from './tensor.js';
import { BFLOAT16, DOUBLE, FLOAT, FLOAT16, typeName } from './types.js';
import { field, fields, join, rewrite, type Field } from './wire.js';

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_INITIALIZER = 5;
const NODE_OUTPUT = 2;
const NODE_OP = 4;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_TENSOR = 5;
const TENSOR_NAME = 8;
const TENSOR = { floats: 4, int32s: 5, raw: 9, doubles: 10, external: 13, location: 14 } as const;
const VALUES: readonly number[] = Object.values(TENSOR);

/** Replaces the value of a tensor; undefined: not one that is to change. */
type Change = (name: string, message: Field) => Uint8Array[] | undefined;

/**
 * The file with the named weights' values replaced, each in the element type it has (float16 and bfloat16 round; data
 * kept in another file move into this one). Names are those of `ImportedGraph.weights`: initializers, and outputs of Constant nodes.
 * Throws where a name is unknown or of a weight that no bytes of the file hold, a length does not fit, or a value cannot be held.
 */
export function withWeights(bytes: Uint8Array, changes: ReadonlyMap<string, Float32Array>): Uint8Array {
  const left = new Set(changes.keys());
  const made = new Map<string, string>();
  const change: Change = (name, message) => {
    const values = changes.get(name);
    if (!values) return undefined;
    left.delete(name);
    return rewriteTensor(bytes, message, values, name);
  };
  const out = join(rewrite(bytes, 0, bytes.length, (f) => (f.number !== MODEL_GRAPH ?
    undefined
    : field(MODEL_GRAPH, ...rewrite(bytes, f.body, f.end, (g) => {
      if (g.number === GRAPH_INITIALIZER) {
        const tensor = change(text(bytes, g, TENSOR_NAME), g);
        return tensor && field(GRAPH_INITIALIZER, ...tensor);
      }
      return g.number === GRAPH_NODE ? rewriteConstant(bytes, g, change, made) : undefined;
    })))));
  for (const name of left) {
    throw new Error(made.has(name)
      ? `weight "${name}" is made by a ${made.get(name)} node: the file holds no values of it that could be replaced`
      : `the file has no weight "${name}"`);
  }
  return out;
}

/** A Constant node's tensor is a weight under the name of the node's output. */
function rewriteConstant(bytes: Uint8Array, node: Field, change: Change, made: Map<string, string>): Uint8Array[] | undefined {
  const output = text(bytes, node, NODE_OUTPUT);
  const op = text(bytes, node, NODE_OP);
  made.set(output, op);
  if (op !== 'Constant') return undefined;
  let changed = false;
  const content = rewrite(bytes, node.body, node.end, (a) => (a.number !== NODE_ATTRIBUTE ?
    undefined
    : field(NODE_ATTRIBUTE, ...rewrite(bytes, a.body, a.end, (t) => {
      const tensor = t.number === ATTRIBUTE_TENSOR ? change(output, t) : undefined;
      changed ||= tensor !== undefined;
      return tensor && field(ATTRIBUTE_TENSOR, ...tensor);
    }))));
  return changed ? field(GRAPH_NODE, ...content) : undefined;
}

function text(bytes: Uint8Array, message: Field, number: number): string {
  for (const f of fields(bytes, message.body, message.end)) {
    if (f.number === number) return new TextDecoder().decode(bytes.subarray(f.body, f.end));
  }
  return '';
}

function rewriteTensor(bytes: Uint8Array, message: Field, values: Float32Array, name: string): Uint8Array[] {
  const what = `weight "${name}"`;
  const present = [...fields(bytes, message.body, message.end)].map((f) => f.number);
  // All but the values, which can be hundreds of megabytes.
  const rest = rewrite(bytes, message.body, message.end, (f) => (VALUES.includes(f.number) ? [] : undefined));
  const head = onnxProto.onnx.TensorProto.decode(join(rest));
  const count = head.dims.reduce((n: number, d) => n * toNumber(d), 1);
  if (values.length !== count) throw new Error(`${what} has ${count} values, ${values.length} were given`);
  checkFinite(values, what);
  const raw = present.includes(TENSOR.raw) || present.includes(TENSOR.external);
  const replacement = encode(values, head.dataType ?? 0, raw, what);
  let placed = false;
  return rewrite(bytes, message.body, message.end, (f) => {
    if (!VALUES.includes(f.number)) return undefined;
    const instead = placed ? [] : replacement;
    placed = true;
    return instead;
  });
}

/** The field that holds the values: raw bytes where they were raw or in another file, the type's own field elsewhere. */
function encode(values: Float32Array, type: number, raw: boolean, what: string): Uint8Array[] {
  switch (type) {
    case FLOAT:
      return field(raw ? TENSOR.raw : TENSOR.floats, bytesOf(values));
    case DOUBLE:
      return field(raw ? TENSOR.raw : TENSOR.doubles, bytesOf(Float64Array.from(values)));
    case FLOAT16:
    case BFLOAT16: {
      const bits = Uint16Array.from(values, type === FLOAT16 ? toHalf : toBfloat16);
      const infinite = type === FLOAT16 ? 0x7c00 : 0x7f80;
      const k = bits.findIndex((v) => (v & 0x7fff) === infinite);
      if (k >= 0) throw new Error(`${what} is kept as ${typeName(type)}, which cannot hold ${values[k]} (position ${k})`);
      return raw ? field(TENSOR.raw, bytesOf(bits)) : field(TENSOR.int32s, varints(bits));
    }
    default:
      throw new Error(`${what} has elements of ${typeName(type)}; only weights of floating point can be replaced`);
  }
}

const bytesOf = (a: Float32Array | Float64Array | Uint16Array): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

/** Packed protobuf integers below 2^16. */
function varints(values: Uint16Array): Uint8Array {
  const out: number[] = [];
  for (const v of values) {
    if (v < 0x80) out.push(v);
    else if (v < 0x4000) out.push((v & 0x7f) | 0x80, v >>> 7);
    else out.push((v & 0x7f) | 0x80, ((v >>> 7) & 0x7f) | 0x80, v >>> 14);
  }
  return Uint8Array.from(out);
}
