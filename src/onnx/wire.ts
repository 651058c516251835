/** Protobuf's wire format, as far as it takes to replace one field deep inside a message and leave every other byte alone. */
import protobuf from 'protobufjs/minimal.js';

/** A field as it lies in the bytes: [start, end) with its tag, [body, end) without tag and length. */
export interface Field {
  readonly number: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

const LENGTH_DELIMITED = 2;

/** The fields of the message at [from, to). Throws where the bytes end within one. */
export function* fields(bytes: Uint8Array, from: number, to: number): Generator<Field> {
  const reader = protobuf.Reader.create(bytes);
  let start = from;
  while (start < to) {
    reader.pos = start;
    const tag = reader.uint32();
    let body = reader.pos;
    if ((tag & 7) === LENGTH_DELIMITED) {
      const length = reader.uint32();
      body = reader.pos;
      reader.skip(length);
    } else {
      reader.skipType(tag & 7);
    }
    if (reader.pos > to) throw new Error('a field of the file runs past the end of the message it stands in');
    yield { number: tag >>> 3, start, body, end: reader.pos };
    start = reader.pos;
  }
}

/** The message at [from, to) with some fields replaced; undefined leaves a field as it is. */
export function rewrite(bytes: Uint8Array, from: number, to: number,
  replace: (f: Field) => readonly Uint8Array[] | undefined): Uint8Array[] {
  const out: Uint8Array[] = [];
  let copied = from;
  for (const field of fields(bytes, from, to)) {
    const instead = replace(field);
    if (!instead) continue;
    out.push(bytes.subarray(copied, field.start), ...instead);
    copied = field.end;
  }
  out.push(bytes.subarray(copied, to));
  return out;
}

/** A length-delimited field. */
export function field(number: number, ...content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((n, c) => n + c.length, 0);
  return [protobuf.Writer.create().uint32((number << 3) | LENGTH_DELIMITED).uint32(length).finish(), ...content];
}

export function join(chunks: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0));
  let at = 0;
  for (const c of chunks) {
    out.set(c, at);
    at += c.length;
  }
  return out;
}
