/** CIFAR-10's binary layout: records of a label byte and 3,072 bytes, the red plane first, 32 rows of 32. */
import type { Picture } from './picture.js';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE;

/** Labels 0..9 and pictures in file order. `name` is what messages call the file. Throws on a wrong length or label. */
export function parseCifar10(bytes: Uint8Array, name = 'the CIFAR-10 file'): { labels: Uint8Array; pictures: Picture[] } {
  const count = bytes.length / RECORD;
  if (count === 0 || !Number.isInteger(count)) {
    throw new Error(`${name}: ${bytes.length} bytes are not a whole number of CIFAR-10's records of ${RECORD} bytes.`);
  }
  const labels = new Uint8Array(count);
  const pictures: Picture[] = [];
  for (let n = 0; n < count; n++) {
    const start = n * RECORD;
    labels[n] = bytes[start];
    if (labels[n] > 9) throw new Error(`${name}: record ${n} has label ${labels[n]}, but CIFAR-10's labels are 0 to 9.`);
    pictures.push(cifarPicture(bytes, start + 1));
  }
  return { labels, pictures };
}

/** The picture whose 3,072 bytes begin at `start`. */
export function cifarPicture(bytes: Uint8Array, start: number): Picture {
  const data = new Uint8Array(3 * PLANE);
  for (let k = 0; k < PLANE; k++) {
    for (let c = 0; c < 3; c++) data[k * 3 + c] = bytes[start + c * PLANE + k];
  }
  return { width: SIDE, height: SIDE, data };
}
