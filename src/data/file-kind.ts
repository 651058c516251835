/** What a file is that is not what was asked for: told by its first bytes, whatever its name. */

/** What a file was opened as. */
export type Wanted = 'model' | 'picture' | 'array' | 'text';

interface Kind {
  /** "a GIF picture" */
  readonly what: string;
  /** How to get what was wanted from it; absent where nothing is to be said. */
  readonly mend?: string;
}

const EXPORT = 'export the network as ONNX (torch.onnx.export)';
const KERAS = 'convert it to ONNX (tf2onnx)';
const UNPACK = 'unpack it';

/** Signatures at their places; a number at the front says how many bytes come before. */
const SIGNATURES: readonly (readonly [at: number, signature: string, what: string, mend?: string])[] = [
  [0, '\x93NUMPY', 'a NumPy array'],
  [0, '\x89HDF\r\n\x1a\n', 'an HDF5 file, as Keras writes', KERAS],
  [4, 'TFL3', 'a TensorFlow Lite model', KERAS],
  [4, 'ORTM', "a model in ONNX Runtime's own format", 'take the .onnx file that it was made from'],
  [0, 'GGUF', 'a GGUF file of weights', EXPORT],
  [0, '\x1f\x8b', 'compressed with gzip', 'unpack it (gunzip)'],
  [0, '\xfd7zXZ\0', 'compressed with xz', 'unpack it (unxz)'],
  [0, '\x28\xb5\x2f\xfd', 'compressed with zstd', 'unpack it (unzstd)'],
  [0, 'BZh', 'compressed with bzip2', 'unpack it (bunzip2)'],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7z archive', UNPACK],
  [0, 'Rar!', 'a RAR archive', UNPACK],
  [257, 'ustar', 'a tar archive', UNPACK],
  [0, '%PDF', 'a PDF document'],
  [0, 'PAR1', 'a Parquet table'],
  [0, '\xff\xd8\xff', 'a JPEG picture'],
  [0, '\x89PNG\r\n\x1a\n', 'a PNG picture'],
  [8, 'WEBP', 'a WebP picture'],
  [0, 'GIF8', 'a GIF picture'],
  [0, 'BM', 'a BMP picture'],
  [0, 'II*\0', 'a TIFF picture'],
  [0, 'MM\0*', 'a TIFF picture'],
  [0, 'II+\0', 'a TIFF picture'],
  [0, 'MM\0+', 'a TIFF picture'],
  [4, 'ftypavi', 'an AVIF picture'],
  [4, 'ftyphei', 'a HEIC picture'],
  [4, 'ftypmif1', 'a HEIF picture'],
  [4, 'ftyp', 'a video'],
  [0, '\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
  [0, '\xff\x4f\xff\x51', 'a JPEG 2000 picture'],
  [0, '\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  [0, '\xff\x0a', 'a JPEG XL picture'],
  [0, '8BPS', 'a Photoshop picture'],
  [0, '\0\0\x01\0', 'an icon'],
  [0, '\x76\x2f\x31\x01', 'an OpenEXR picture'],
  [128, 'DICM', 'a DICOM picture'],
];

/** What these bytes begin like, as the end of a sentence ("a GIF picture: convert it to PNG"); null where they tell nothing. */
export function kindOf(bytes: Uint8Array, wanted: Wanted): string | null {
  const kind = textKind(bytes) ?? zipKind(bytes, wanted) ?? weightsKind(bytes) ?? signed(bytes, wanted);
  return kind && (kind.mend === undefined ? kind.what : `${kind.what}: ${kind.mend}`);
}

/** What stands in a sentence after "is no ONNX model": nothing where the bytes tell nothing. */
export function butIs(bytes: Uint8Array, wanted: Wanted): string {
  const kind = kindOf(bytes, wanted);
  return kind === null ? '' : `, but ${kind}`;
}

/** What stands where a file should stand whose content is elsewhere; null for any other file. */
export function placeholder(bytes: Uint8Array): string | null {
  const text = ascii(bytes, 0, 400).replace(/^\xef\xbb\xbf/, '');
  if (text.startsWith('version https://git-lfs')) {
    const size = /\nsize (\d+)/.exec(text);
    return `a Git LFS pointer${size ? ` to a file of ${size[1]} bytes` : ''}: fetch the file itself with "git lfs pull"`;
  }
  if (/^(\.\.\/)*\.?(git)?\/?annex\/objects\//.test(text)) return 'a git-annex pointer: fetch the file itself with "git annex get"';
  if (/^\s*(<!doctype html|<html|<head)/i.test(text)) {
    return 'a web page, saved in place of the file: download the file itself, not the page about it';
  }
  return null;
}

function textKind(bytes: Uint8Array): Kind | null {
  const stands = placeholder(bytes);
  if (stands !== null) return { what: stands };
  const text = ascii(bytes, 0, 300).replace(/^\xef\xbb\xbf/, '');
  if (/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg|<svg)/s.test(text)) return { what: 'an SVG drawing', mend: 'draw it as PNG' };
  if (text === '' || /[^\t\n\r\x20-\x7e]/.test(text)) {
    return bytes.length >= 64 && bytes.subarray(0, 4096).every((b) => b === 0)
      ? { what: 'nothing but zeros where it begins', mend: 'a download or a copy was not finished; fetch it again' }
      : null;
  }
  return { what: `text that begins ${JSON.stringify(text.trim().split('\n')[0].slice(0, 40))}` };
}

function zipKind(bytes: Uint8Array, wanted: Wanted): Kind | null {
  if (!/^PK(\x03\x04|\x05\x06)/.test(ascii(bytes, 0, 4))) return null;
  const first = ascii(bytes, 30, (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0));
  if (/(^|\/)data\.pkl$/.test(first)) return { what: 'a PyTorch file (a zip of pickles)', mend: EXPORT };
  if (/\.npy$/.test(first)) {
    const key = first.slice(0, -4);
    const mend = `take an array out of it: numpy.save("${key}.npy", numpy.load("FILE.npz")["${key}"])`;
    return { what: 'an archive of NumPy arrays (.npz)', mend: wanted === 'array' ? mend : undefined };
  }
  if (/^(metadata|config)\.json$/.test(first)) return { what: 'a Keras model', mend: KERAS };
  if (first === '[Content_Types].xml') return { what: 'an Office document' };
  return { what: `a zip archive${first === '' ? '' : ` (it begins with ${first.slice(0, 60)})`}`, mend: UNPACK };
}

function weightsKind(bytes: Uint8Array): Kind | null {
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) return { what: 'a Python pickle, as older PyTorch writes', mend: EXPORT };
  if (bytes.length < 10) return null;
  // The length of a JSON header, in eight bytes, and the header.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = view.getUint32(4, true) === 0 ? view.getUint32(0, true) : Infinity;
  return header < 1e8 && /^\{\s*["}]/.test(ascii(bytes, 8, 4))
    ? { what: 'a safetensors file, which holds weights without the network', mend: EXPORT }
    : null;
}

function signed(bytes: Uint8Array, wanted: Wanted): Kind | null {
  for (const [at, signature, what, mend] of SIGNATURES) {
    if (ascii(bytes, at, signature.length) !== signature) continue;
    if (signature === 'BM' && ascii(bytes, 6, 4) !== '\0\0\0\0') continue; // two letters alone say little
    return { what, mend: mend ?? (wanted === 'picture' && /picture|icon/.test(what) ? 'convert it to PNG' : undefined) };
  }
  return null;
}

/** Bytes as the characters of the same numbers. */
const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + Math.min(length, 1000)));
