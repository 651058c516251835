/** What was done to a model, written into its own file: a line in its doc_string, an entry of its metadata_props. */
import { field, fields, join, rewrite } from './wire.js';

/** Field numbers of onnx.proto. */
const MODEL_DOC = 6;
const MODEL_METADATA = 14;
const ENTRY_KEY = 1, ENTRY_VALUE = 2;

export interface Annotation {
  /** A sentence; it stands as a paragraph of its own after what doc_string has. */
  readonly sentence: string;
  /** A key of metadata_props; where it is taken, the first free one of `key.2`, `key.3`, ... */
  readonly key: string;
  readonly value: string;
}

/** The file with the annotation; every byte but those of doc_string stays, and no other entry of the metadata is touched. */
export function annotated(bytes: Uint8Array, { sentence, key, value }: Annotation): Uint8Array {
  let doc = '';
  const taken = new Set<string>();
  for (const f of fields(bytes, 0, bytes.length)) {
    if (f.number === MODEL_DOC) doc = text(bytes.subarray(f.body, f.end));
    if (f.number !== MODEL_METADATA) continue;
    for (const e of fields(bytes, f.body, f.end)) if (e.number === ENTRY_KEY) taken.add(text(bytes.subarray(e.body, e.end)));
  }
  let free = key;
  for (let k = 2; taken.has(free); k++) free = `${key}.${k}`;
  const kept = rewrite(bytes, 0, bytes.length, (f) => (f.number === MODEL_DOC ? [] : undefined));
  return join([...kept, ...field(MODEL_DOC, raw(doc === '' ? sentence : `${doc}\n\n${sentence}`)),
    ...field(MODEL_METADATA, ...field(ENTRY_KEY, raw(free)), ...field(ENTRY_VALUE, raw(value)))]);
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const raw = (value: string): Uint8Array => new TextEncoder().encode(value);
