/** TensorProto to numbers: raw bytes, typed fields, half precision, and data kept in files beside the model. */
import onnxProto, { type onnx } from 'onnx-proto';
import { fromBfloat16, fromHalf } from '../data/half.js';
import { BFLOAT16, BOOL, DOUBLE, FLOAT, FLOAT16, INT16, INT32, INT64, INT8, ITEM_SIZE, UINT16, UINT32, UINT64, UINT8, isFloat, typeName,
  type HostTensor, type Int64, type Numbers, type ReadExternal, type StoredTensor } from './types.js';

/** Protobuf's 64-bit fields come as Long objects in Node and as numbers where that package is absent. */
export const toNumber = (v: unknown): number => (typeof v === 'number' ? v : v == null ? 0 : (v as { toNumber(): number }).toNumber());

/**
 * A tensor's numbers. Throws one sentence naming the tensor where its type holds no numbers, its data do not fit its
 * shape, or its external file cannot be had.
 */
export function decodeTensor(t: StoredTensor, what: string, readExternal?: ReadExternal): HostTensor {
  const type = t.dataType ?? 0;
  const shape = (t.dims ?? []).map(toNumber);
  const itemSize = ITEM_SIZE[type];
  if (itemSize === undefined) {
    throw new Error(`${what} holds elements of ${typeName(type)}, which cannot be read: export it with float or integer elements`);
  }
  if (shape.some((d) => d < 0)) throw new Error(`${what} has the impossible shape [${shape}]`);
  const count = shape.reduce((n, d) => n * d, 1);
  if (t.segment) throw new Error(`${what} is split into segments, which cannot be read: export the model again`);
  if (t.dataLocation === 1) return { type, shape, data: fromRaw(external(t, what, count * itemSize, readExternal), type, count, what) };
  if (t.rawData && t.rawData.length > 0) return { type, shape, data: fromRaw(t.rawData, type, count, what) };
  return { type, shape, data: fromFields(t, type, count, what) };
}

/** A file that is one TensorProto, as ONNX's own tests keep inputs and outputs. */
export function decodeTensorFile(bytes: Uint8Array, name = 'the tensor file'): HostTensor {
  let t: onnx.TensorProto;
  try {
    if (bytes.length === 0) throw new Error('it is empty');
    t = onnxProto.onnx.TensorProto.decode(bytes);
  } catch (e) {
    throw new Error(`${name} is not an ONNX tensor: ${(e as Error).message}`);
  }
  return decodeTensor(t, name);
}

/** Throws where a weight is NaN or infinite: a network with such a weight must not answer. */
export function checkFinite(data: Numbers | readonly number[], what: string, infinityAllowed = false): void {
  for (let k = 0; k < data.length; k++) {
    const v = data[k];
    if (v - v === 0 || (infinityAllowed && v === v)) continue;
    throw new Error(
      `${what} holds ${v === v ? 'an infinite value' : 'NaN'} at position ${k}: the model is damaged or its training diverged`
    );
  }
}

// ---- storage forms -------------------------------------------------------------------------------------------------

function fromRaw(raw: Uint8Array, type: number, count: number, what: string): Numbers {
  const itemSize = ITEM_SIZE[type];
  if (raw.length !== count * itemSize) {
    throw new Error(`${what} has ${raw.length} bytes of data where its shape and type ask for ${count * itemSize}: the file is damaged`);
  }
  // Protobuf aligns nothing: the copy starts a buffer of its own (slice would not, on a Node Buffer).
  const bytes = new Uint8Array(raw);
  const { buffer } = bytes;
  switch (type) {
    case FLOAT:
      return new Float32Array(buffer, 0, count);
    case DOUBLE:
      return new Float64Array(buffer, 0, count);
    case FLOAT16:
      return Float32Array.from(new Uint16Array(buffer, 0, count), fromHalf);
    case BFLOAT16:
      return Float32Array.from(new Uint16Array(buffer, 0, count), fromBfloat16);
    case INT64:
      return Float64Array.from(new BigInt64Array(buffer, 0, count), Number);
    case UINT64:
      return Float64Array.from(new BigUint64Array(buffer, 0, count), Number);
    case INT32:
      return Float64Array.from(new Int32Array(buffer, 0, count));
    case UINT32:
      return Float64Array.from(new Uint32Array(buffer, 0, count));
    case INT16:
      return Float64Array.from(new Int16Array(buffer, 0, count));
    case UINT16:
      return Float64Array.from(new Uint16Array(buffer, 0, count));
    case INT8:
      return Float64Array.from(new Int8Array(buffer, 0, count));
    default:
      return Float64Array.from(bytes);
  }
}

function fromFields(t: StoredTensor, type: number, count: number, what: string): Numbers {
  const values: ArrayLike<Int64> | null | undefined = (() => {
    switch (type) {
      case FLOAT:
        return t.floatData;
      case DOUBLE:
        return t.doubleData;
      case INT64:
        return t.int64Data;
      case UINT32:
      case UINT64:
        return t.uint64Data;
      case INT32:
      case INT16:
      case INT8:
      case UINT16:
      case UINT8:
      case BOOL:
      case FLOAT16:
      case BFLOAT16:
        return t.int32Data;
      default:
        return null;
    }
  })();
  const given = values?.length ?? 0;
  if (given !== count) throw new Error(`${what} has ${given} values where its shape asks for ${count}: the file is damaged`);
  const out: Numbers = isFloat(type) && type !== DOUBLE ? new Float32Array(count) : new Float64Array(count);
  const convert = type === FLOAT16 ? fromHalf : type === BFLOAT16 ? fromBfloat16 : (v: number) => v;
  for (let k = 0; k < count; k++) out[k] = convert(toNumber(values![k]));
  return out;
}

// ---- external data -------------------------------------------------------------------------------------------------

function external(t: StoredTensor, what: string, bytes: number, read?: ReadExternal): Uint8Array {
  const entry = new Map((t.externalData ?? []).map((e) => [e.key ?? '', e.value ?? '']));
  const path = entry.get('location') ?? '';
  const offset = Number(entry.get('offset') ?? 0);
  const length = Number(entry.get('length') ?? bytes);
  const parts = path.split(/[\\/]/);
  if (path === '' || path.includes('\0') || parts[0] === '' || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path) || parts.includes('..')) {
    throw new Error(`${what} is said to be in ${JSON.stringify(path)}, which is not a file within the model's folder: refused`);
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== bytes) {
    const place = `${entry.get('length') ?? bytes} bytes at ${entry.get('offset') ?? 0} of "${path}"`;
    throw new Error(`${what} is said to be ${place}, but its shape asks for ${bytes}: the file is damaged`);
  }
  if (!read) {
    throw new Error(`${what} is kept in the file "${path}" beside the model, which was opened without its folder: give a way to read it`);
  }
  let data: Uint8Array;
  try {
    data = read(path, offset, length);
  } catch (e) {
    const why = (e as Error).message;
    throw new Error(
      `${what} is kept in the file "${path}" beside the model, which cannot be read (${why}): put it into the model's folder`
    );
  }
  if (data.length !== length) {
    throw new Error(`${what} needs ${length} bytes at ${offset} of "${path}", which has only ${data.length} there: the file is cut short`);
  }
  return data;
}
