/** Arrays on the disk: a .npy file, or one of an archive of them (.npz, a zip), written FILE.npz:KEY. */
import { open, stat } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { butIs } from '../data/file-kind.js';
import { fileError } from './files.js';

/** Where the bytes of a .npy file lie: a piece of a file, or in memory where they had to be unpacked. */
export interface NpyPlace {
  readonly file: string;
  readonly start: number;
  readonly size: number;
  readonly unpacked: Uint8Array | null;
}

interface Member {
  readonly key: string;
  readonly packed: boolean;
  /** Where its local header begins, and its bytes in the archive and unpacked. */
  readonly header: number;
  readonly stored: number;
  readonly size: number;
}

/** What is unpacked is kept in memory by every decoding thread. */
const MOST_UNPACKED = 2 ** 30;
const INPUTS = /^(x|inputs?|images?|imgs?|data|features)$/i, LABELS = /^(y|labels?|targets?)$/i;

export const isNpz = (path: string): boolean => /\.npz$/i.test(path);
/** A .npy file, or an array of an archive. */
export const isArray = (path: string): boolean => /\.npy$|\.npz:[^/\\]+$/i.test(path);

/** Throws one sentence where there is no such file, archive or key. */
export async function placeOf(path: string): Promise<NpyPlace> {
  const [, archive, key] = /^(.*\.npz):([^/\\]+)$/i.exec(path) ?? [];
  if (archive === undefined) {
    const { size } = await stat(path).catch((error) => {
      throw fileError('read', path, error);
    });
    return { file: path, start: 0, size, unpacked: null };
  }
  const members = await membersOf(archive);
  const member = members.find((m) => m.key === key);
  if (!member) throw new Error(`${archive} has no array "${key}"; it has ${members.map((m) => m.key).join(', ')}`);
  const local = await piece(archive, member.header, 30);
  const start = member.header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (!member.packed) return { file: archive, start, size: member.size, unpacked: null };
  if (member.size > MOST_UNPACKED) {
    throw new Error(`${path} is packed and has ${member.size} bytes unpacked, too many to hold; save it unpacked (numpy.save)`);
  }
  const packed = await piece(archive, start, member.stored);
  try {
    const unpacked = inflateRawSync(new Uint8Array(packed.buffer, 0, member.stored), { maxOutputLength: Math.max(1, member.size) });
    if (unpacked.length === member.size) return { file: archive, start: 0, size: member.size, unpacked: new Uint8Array(unpacked) };
  } catch { /* said below */ }
  throw new Error(`${path} cannot be unpacked; the archive is damaged`);
}

/** All bytes of an array's file, or as many as `most`. */
export async function readNpyBytes({ file, start, size, unpacked }: NpyPlace, most = Infinity): Promise<Uint8Array> {
  if (unpacked) return unpacked.subarray(0, most);
  const { buffer } = await piece(file, start, Math.min(size, most));
  return new Uint8Array(buffer);
}

/** The inputs of an archive: its one array, or the one that is called like inputs. Throws one sentence where that is not one. */
export async function inputsOf(archive: string): Promise<string> {
  const keys = (await membersOf(archive)).map((m) => m.key);
  const named = keys.length === 1 ? keys : keys.filter((key) => words(key).some((w) => INPUTS.test(w)));
  if (named.length === 1) return `${archive}:${named[0]}`;
  throw new Error(`${archive} holds the arrays ${keys.join(', ')}; say which are the inputs: ${archive}:${named[0] ?? keys[0]}`);
}

/** The inputs and labels of an archive, called so or x and y, perhaps with a word beside. Throws one sentence where that is no one pair. */
export async function pairOf(archive: string): Promise<readonly [string, string]> {
  const keys = (await membersOf(archive)).map((m) => m.key);
  const rest = (key: string, kind: RegExp): string => words(key).filter((w) => !kind.test(w)).join('_').toLowerCase();
  const of = (kind: RegExp): string[] => keys.filter((key) => words(key).some((w) => kind.test(w)));
  const pairs = of(INPUTS).flatMap((x) => of(LABELS).filter((y) => rest(x, INPUTS) === rest(y, LABELS)).map((y) => [x, y] as const));
  if (pairs.length === 1) return [`${archive}:${pairs[0][0]}`, `${archive}:${pairs[0][1]}`];
  const [x, y] = pairs[0] ?? keys;
  throw new Error(
    `${archive} holds the arrays ${keys.join(', ')}; say which are the inputs and the labels, as in ${archive}:${x},${archive}:${
      y ?? 'KEY'
    }`
  );
}

const words = (key: string): string[] => key.split(/[_\-. ]+/);

/** What the directory at the end of a zip lists. */
async function membersOf(archive: string): Promise<Member[]> {
  const { size } = await stat(archive).catch((error) => {
    throw fileError('read', archive, error);
  });
  const tail = await piece(archive, Math.max(0, size - 66_000), Math.min(size, 66_000));
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  const damaged = (why: string): Error => new Error(`${archive} is no archive of NumPy arrays${why}`);
  if (end < 0) {
    const head = new Uint8Array((await piece(archive, 0, Math.min(size, 1000))).buffer);
    throw damaged(head[0] === 0x50 ? ': it is cut short' : butIs(head, 'array'));
  }
  const count = tail.getUint16(end + 10, true), length = tail.getUint32(end + 12, true), from = tail.getUint32(end + 16, true);
  if (from + length > size) throw damaged(': it is damaged, or larger than 4 GB; save its arrays with numpy.save');
  const directory = await piece(archive, from, length);
  const members: Member[] = [];
  for (let k = 0, at = 0; k < count; k++) {
    if (at + 46 > length || directory.getUint32(at, true) !== 0x02014b50) throw damaged(': its directory is damaged');
    const method = directory.getUint16(at + 10, true);
    const nameLength = directory.getUint16(at + 28, true);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, Math.min(nameLength, length - at - 46)));
    const stored = directory.getUint32(at + 20, true), header = directory.getUint32(at + 42, true);
    if (name.endsWith('.npy') && (method === 0 || method === 8) && header + 30 + stored <= size) {
      members.push({ key: name.slice(0, -4), packed: method === 8, header, stored, size: directory.getUint32(at + 24, true) });
    }
    at += 46 + nameLength + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  if (members.length === 0) throw damaged(': it holds none');
  return members;
}

/** Bytes of a file, in a buffer of their own. Throws where it ends before. */
async function piece(path: string, start: number, length: number): Promise<DataView<ArrayBuffer>> {
  const handle = await open(path).catch((error) => {
    throw fileError('read', path, error);
  });
  try {
    const bytes = new Uint8Array(length);
    for (let got = 0; got < length;) {
      const { bytesRead } = await handle.read(bytes, got, length - got, start + got).catch((error) => {
        throw fileError('read', path, error);
      });
      if (bytesRead === 0) throw new Error(`${path} ends before byte ${start + length}; it is cut short`);
      got += bytesRead;
    }
    return new DataView(bytes.buffer);
  } finally {
    await handle.close();
  }
}
