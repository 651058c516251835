/** Damage as disks, networks and careless programs do it: bits flipped, ends cut off, pieces doubled, swapped, overwritten. */
import type { Random } from '../../reference/random.js';

const whole = (draw: Random, below: number): number => Math.floor(draw() * below);

type Damage = (bytes: Uint8Array, draw: Random) => Uint8Array;

function flipBits(bytes: Uint8Array, draw: Random): Uint8Array {
  const out = Uint8Array.from(bytes); // a Buffer's own slice is no copy
  for (let k = 1 + whole(draw, 8); k > 0; k--) out[whole(draw, out.length)] ^= 1 << whole(draw, 8);
  return out;
}

/** Values that are lengths and sizes in most formats: none, all ones, the sign bit. */
function extremes(bytes: Uint8Array, draw: Random): Uint8Array {
  const out = Uint8Array.from(bytes); // a Buffer's own slice is no copy
  const value = [0, 0xff, 0x7f, 0x80][whole(draw, 4)];
  const at = whole(draw, out.length);
  out.fill(value, at, Math.min(out.length, at + 1 + whole(draw, 8)));
  return out;
}

const cut: Damage = (bytes, draw) => bytes.subarray(0, whole(draw, bytes.length));

function piece(bytes: Uint8Array, draw: Random): readonly [number, number] {
  const at = whole(draw, bytes.length);
  return [at, Math.min(bytes.length, at + 1 + whole(draw, Math.min(4096, bytes.length)))];
}

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

function remove(bytes: Uint8Array, draw: Random): Uint8Array {
  const [from, to] = piece(bytes, draw);
  return join(bytes.subarray(0, from), bytes.subarray(to));
}

function double(bytes: Uint8Array, draw: Random): Uint8Array {
  const [from, to] = piece(bytes, draw);
  return join(bytes.subarray(0, to), bytes.subarray(from));
}

function copyElsewhere(bytes: Uint8Array, draw: Random): Uint8Array {
  const [from, to] = piece(bytes, draw);
  const out = Uint8Array.from(bytes); // a Buffer's own slice is no copy
  out.set(bytes.subarray(from, Math.min(to, from + 64)), whole(draw, Math.max(1, bytes.length - 64)));
  return out;
}

/** Half of all damage falls on the first kilobyte, where formats keep their structure. */
function inFront(damage: Damage): Damage {
  return (bytes, draw) => {
    const front = Math.min(1024, bytes.length);
    return join(damage(bytes.subarray(0, front), draw), bytes.subarray(front));
  };
}

const DAMAGES: readonly Damage[] = [flipBits, extremes, cut, remove, double, copyElsewhere, inFront(flipBits), inFront(extremes),
  inFront(remove), inFront(double)];

/** The bytes with one kind of damage, drawn at random; never the same array. */
export function damaged(bytes: Uint8Array, draw: Random): Uint8Array {
  return bytes.length === 0 ? new Uint8Array([whole(draw, 256)]) : DAMAGES[whole(draw, DAMAGES.length)](bytes, draw);
}
